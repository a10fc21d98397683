using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Fovea.Inference;
using Fovea.Segmentation.Crf;

namespace Fovea.Cli;

/// <summary>How a segmenter looks at pictures: the options that <c>predict</c> and <c>eval</c> share.</summary>
internal sealed class SegmentationOptions
{
    private readonly Option<float[]?> _scales =
        Options.Reals("--scales", "Segmenters: look at each picture at these sizes and average, such as 0.75,1,1.25 (default: 1)", "0.75,1,1.25");
    private readonly Option<bool> _flip = new("--flip") { Description = "Segmenters: look at the mirror image too" };
    private readonly Option<int?> _tile = Options.Count("--tile",
        "Segmenters: look at pictures in squares of so many pixels a side (default: the whole picture, or 1024 where it is larger than 1024x2048)", 16, 8192);
    private readonly Option<double?> _overlap =
        Options.Real("--tile-overlap", "Segmenters: how far tiles overlap, as a share of their side (default: 0.25)", 0, 0.75);
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
    public IReadOnlyList<Option> All => [_scales, _flip, _tile, _overlap, _blend, _crf, .. OfCrf];

    private static DenseCrfOptions C => DenseCrfOptions.Default;

    private static string Bilateral => FormattableString.Invariant($"{C.BilateralWeight},{C.BilateralWidth},{C.BilateralColorWidth}");

    private static string Spatial => FormattableString.Invariant($"{C.SpatialWeight},{C.SpatialWidth}");

    private Option[] OfCrf => [_iterations, _bilateral, _spatial];

    /// <summary>What is given.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public SegmentationInference Read(ParseResult parsed)
    {
        var d = new SegmentationInference();
        float[]? scales = Options.List(parsed, _scales);
        if (scales?.FirstOrDefault(s => s is < 0.1f or > 10) is { } bad && bad != 0)
            throw new UsageException($"--scales: {bad.ToString(CultureInfo.InvariantCulture)} arrived, but sizes from 0.1 to 10 were expected, such as " +
                "0.75,1,1.25.");
        if (!parsed.GetValue(_crf) && OfCrf.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } stray)
            throw new UsageException($"{stray.Name} goes with --crf: add it.");
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
            Scales = scales is null ? d.Scales : [.. scales.Select(s => (double)s)], Flip = parsed.GetValue(_flip), TileSize = parsed.GetValue(_tile),
            TileOverlap = parsed.GetValue(_overlap) ?? d.TileOverlap, TileBlend = parsed.GetValue(_blend) ?? d.TileBlend,
        };
    }
}
