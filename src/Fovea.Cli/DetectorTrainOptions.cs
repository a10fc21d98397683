using System.CommandLine;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>The options of <c>fovea train</c> that only detectors have.</summary>
internal sealed class DetectorTrainOptions
{
    private const int PyramidLevels = 5;

    private readonly Option<float[]?> _anchors = Options.Reals("--anchors",
        "Anchor sizes in pixels of the network's picture, one for each of the five pyramid levels (default: 32,64,128,256,512); 'fovea " +
        "data info' advises",
        "16,32,64,128,256", PyramidLevels);
    private readonly Option<float[]?> _ratios = Options.Reals("--ratios", "Anchor shapes: height over width (default: 0.5,1,2)", "0.5,1,2");
    private readonly Option<int?> _maxDetections = Options.Count("--max-detections", "Detections of a picture at most (default: 100)", 1);
    private readonly Option<int?> _pyramid =
        Options.Count("--pyramid-channels", "Channels of the feature pyramid (default: 256); fewer are faster", 1, 4096);
    private readonly Option<int?> _head =
        Options.Count("--head-width", "Width of the second stage's layers (default: 1024); less is faster", 1, 1 << 16);
    private readonly Option<int?> _regions =
        Options.Count("--regions", "Regions of a picture that a step learns from (default: 512); fewer are faster", 1);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_anchors, _ratios, _maxDetections, _pyramid, _head, _regions];

    /// <summary>What is given.</summary>
    /// <exception cref="UsageException">The size is too small for a detector.</exception>
    public DetectorSettings Read(ParseResult parsed, NetworkSize? size, bool frozenNorm) => new()
    {
        MinSize = size?.Short < NetworkSize.LeastOfDetectors ? throw new UsageException(
            $"--size: a detector needs at least {NetworkSize.LeastOfDetectors} pixels a side, but {size.Value.Short}x{size.Value.Long} arrived.") : size?.Short,
        MaxSize = size?.Long, FrozenBatchNorm = frozenNorm ? true : null,
        AnchorSizes = Options.List(parsed, _anchors), AspectRatios = Options.List(parsed, _ratios),
        DetectionsPerImage = parsed.GetValue(_maxDetections),
        PyramidChannels = parsed.GetValue(_pyramid), HeadWidth = parsed.GetValue(_head), TrainingRegions = parsed.GetValue(_regions),
    };
}
