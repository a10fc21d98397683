using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Fovea.Inference;
using Fovea.Segmentation.Crf;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>How a detector or segmenter looks at pictures: the options that <c>predict</c> and <c>eval</c> share.</summary>
internal sealed class LookingOptions
{
    private readonly Option<float[]?> _scales =
        Options.Reals("--scales", "Detectors and segmenters: look at each picture at these sizes and merge, such as 0.75,1,1.25 (default: 1)", "0.75,1,1.25");
    private readonly Option<bool> _flip = new("--flip") { Description = "Detectors and segmenters: look at the mirror image too" };
    private readonly Option<int?> _tile = Options.Count("--tile",
        "Detectors and segmenters: look at pictures in squares of so many pixels a side, for large pictures with small objects (default: the whole " +
        "picture; for segmenters 1024 where it is larger than 1024x2048)", 16, 8192);
    private readonly Option<double?> _overlap =
        Options.Real("--tile-overlap", "Detectors and segmenters: how far tiles overlap, as a share of their side (default: 0.25)", 0, 0.75);
    private readonly Option<TileBlend?> _blend = Options.Word<TileBlend>("--tile-blend",
        "Segmenters: where tiles overlap, fade from one to the other, or take the nearer one", TileBlend.Feather);

    private readonly Option<bool> _crf = new("--crf")
    {
        Description = "Segmenters: sharpen the borders of classes along the picture's edges with a dense CRF; docs/crf.md",
    };
    private readonly Option<int?> _iterations =
        Options.Count("--crf-iterations", $"With --crf: rounds of mean field (default: {C.Iterations})", 0, 1000);
    private readonly Option<float[]?> _bilateral = Options.Reals("--crf-bilateral",
        FormattableString.Invariant($"With --crf: weight, width in pixels and width in colours of the kernel that sees colours (default: {Bilateral})"),
        Bilateral, 3);
    private readonly Option<float[]?> _spatial = Options.Reals("--crf-spatial",
        FormattableString.Invariant($"With --crf: weight and width in pixels of the kernel that smooths (default: {Spatial})"), Spatial, 2);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [.. Common, .. OfSegmenters];

    /// <summary>Those of detectors and segmenters.</summary>
    public IReadOnlyList<Option> Common => [_scales, _flip, _tile, _overlap];

    /// <summary>Those of segmenters alone.</summary>
    public IReadOnlyList<Option> OfSegmenters => [_blend, _crf, .. OfCrf];

    private static DenseCrfOptions C => DenseCrfOptions.Default;

    private static string Bilateral => FormattableString.Invariant($"{C.BilateralWeight},{C.BilateralWidth},{C.BilateralColorWidth}");

    private static string Spatial => FormattableString.Invariant($"{C.SpatialWeight},{C.SpatialWidth}");

    private Option[] OfCrf => [_iterations, _bilateral, _spatial];

    /// <summary>Refuses what is wrong whatever the model is.</summary>
    /// <exception cref="UsageException">A value is out of range, or goes with an option that is missing.</exception>
    public void Check(ParseResult parsed)
    {
        if (!parsed.GetValue(_crf) && OfCrf.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } stray)
            throw new UsageException($"{stray.Name} goes with --crf: add it.");
        Scales(parsed);
    }

    /// <summary>Refuses what is given and means nothing to a model.</summary>
    /// <exception cref="UsageException">Something is given.</exception>
    public void ExpectFor(ModelEntry entry, ParseResult parsed)
    {
        if (entry is not (SegmenterEntry or DetectorEntry)) Options.ExpectNone(parsed, Common, "detectors and segmenters", entry);
        if (entry is not SegmenterEntry) Options.ExpectNone(parsed, OfSegmenters, "segmenters", entry);
    }

    /// <summary>What is given for a segmenter.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public SegmentationInference ReadSegmentation(ParseResult parsed)
    {
        var d = new SegmentationInference();
        float[]? bilateral = Options.List(parsed, _bilateral), spatial = Options.List(parsed, _spatial);
        return d with
        {
            Crf = !parsed.GetValue(_crf) ? null : C with
            {
                Iterations = parsed.GetValue(_iterations) ?? C.Iterations,
                BilateralWeight = bilateral?[0] ?? C.BilateralWeight, BilateralWidth = bilateral?[1] ?? C.BilateralWidth,
                BilateralColorWidth = bilateral?[2] ?? C.BilateralColorWidth,
                SpatialWeight = spatial?[0] ?? C.SpatialWeight, SpatialWidth = spatial?[1] ?? C.SpatialWidth,
            },
            Scales = Scales(parsed) ?? d.Scales, Flip = parsed.GetValue(_flip), TileSize = parsed.GetValue(_tile),
            TileOverlap = parsed.GetValue(_overlap) ?? d.TileOverlap, TileBlend = parsed.GetValue(_blend) ?? d.TileBlend,
        };
    }

    /// <summary>What is given for a detector.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public DetectionInference ReadDetection(ParseResult parsed)
    {
        var d = new DetectionInference();
        if (parsed.GetValue(_tile) is null && parsed.GetResult(_overlap) is { Implicit: false })
            throw new UsageException($"{_overlap.Name} goes with {_tile.Name}: add it.");
        return d with
        {
            Scales = Scales(parsed) ?? d.Scales, Flip = parsed.GetValue(_flip), TileSize = parsed.GetValue(_tile),
            TileOverlap = parsed.GetValue(_overlap) ?? d.TileOverlap,
        };
    }

    private IReadOnlyList<double>? Scales(ParseResult parsed)
    {
        float[]? scales = Options.List(parsed, _scales);
        if (scales?.FirstOrDefault(s => s is < 0.1f or > 10) is { } bad && bad != 0)
            throw new UsageException($"--scales: {bad.ToString(CultureInfo.InvariantCulture)} arrived, but sizes from 0.1 to 10 were expected, such as " +
                "0.75,1,1.25.");
        return scales is null ? null : [.. scales.Select(s => (double)s)];
    }
}
