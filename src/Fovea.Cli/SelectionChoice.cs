using System.CommandLine;
using System.CommandLine.Parsing;
using Fovea.Detection.Parts;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>Which of its finds a detector tells: the options that <c>predict</c> and <c>eval</c> share.</summary>
/// <param name="scores">What --score-threshold does.</param>
internal sealed class SelectionChoice(string scores)
{
    private readonly Option<double?> _threshold = Options.Real("--score-threshold", scores, 0, 1);
    private readonly Option<int?> _most =
        Options.Count("--max-detections", "Detectors: detections of a picture at most (default: the model's, 100)", 1);
    private readonly Option<Suppression?> _kind = Options.Choice<Suppression>("--nms",
        "Detectors: what becomes of detections of a class that overlap: hard drops all but the best; soft-linear and soft-gaussian lower " +
        "their scores; iou-guided drops all but the one that is believed to lie best (default: the model's)",
        ("hard", Suppression.Hard), ("soft-linear", Suppression.SoftLinear), ("soft-gaussian", Suppression.SoftGaussian),
        ("iou-guided", Suppression.IouGuided));
    private readonly Option<double?> _overlap = Options.Real("--nms-threshold",
        "Detectors: the IoU from which on detections overlap (default: the model's); not for soft-gaussian", 0, 1);
    private readonly Option<double?> _sigma = Options.Real("--nms-sigma",
        "Detectors: with soft-gaussian, scores fall by exp(-IoU^2/X) (default: the model's, 0.5)", 1e-6);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_threshold, _most, _kind, _overlap, _sigma];

    /// <summary>What is given.</summary>
    /// <exception cref="UsageException">A number belongs to another kind of suppression.</exception>
    public DetectorSettings Read(ParseResult parsed)
    {
        Suppression? kind = parsed.GetValue(_kind);
        if (kind == Suppression.SoftGaussian && parsed.GetValue(_overlap) is not null)
            throw new UsageException("--nms-threshold: soft-gaussian lowers scores at every overlap, so it has no threshold: leave it " +
                "out, or take --nms soft-linear.");
        if (kind is not (null or Suppression.SoftGaussian) && parsed.GetValue(_sigma) is not null)
            throw new UsageException("--nms-sigma goes with --nms soft-gaussian.");
        return new DetectorSettings
        {
            ScoreThreshold = parsed.GetValue(_threshold), DetectionsPerImage = parsed.GetValue(_most), Suppression = kind,
            NmsThreshold = parsed.GetValue(_overlap), NmsSigma = parsed.GetValue(_sigma),
        };
    }
}
