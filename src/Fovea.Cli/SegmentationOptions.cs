using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Fovea.Inference;

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

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_scales, _flip, _tile, _overlap, _blend];

    /// <summary>What is given.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public SegmentationInference Read(ParseResult parsed)
    {
        var d = new SegmentationInference();
        float[]? scales = Options.List(parsed, _scales);
        if (scales?.FirstOrDefault(s => s is < 0.1f or > 10) is { } bad && bad != 0)
            throw new UsageException($"--scales: {bad.ToString(CultureInfo.InvariantCulture)} arrived, but sizes from 0.1 to 10 were expected, such as " +
                "0.75,1,1.25.");
        return d with
        {
            Scales = scales is null ? d.Scales : [.. scales.Select(s => (double)s)], Flip = parsed.GetValue(_flip), TileSize = parsed.GetValue(_tile),
            TileOverlap = parsed.GetValue(_overlap) ?? d.TileOverlap, TileBlend = parsed.GetValue(_blend) ?? d.TileBlend,
        };
    }
}
