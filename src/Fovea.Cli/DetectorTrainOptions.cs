using System.CommandLine;
using Fovea.Training;
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
    private readonly Option<float[]?> _shapes = Options.Reals("--anchor-shapes",
        "YOLOv3's anchors: width and height of each in turn, in pixels of the network's picture, from small to large; 'fovea data " +
        "info' advises",
        "10,14,23,27,37,58,81,82,135,169,344,319");
    private readonly Option<double?> _mosaic =
        Options.Real("--mosaic", "Chance that four pictures become one (default: 0)", 0, 1);
    private readonly Option<int[]?> _multiScale = Options.Counts("--multi-scale",
        "Smallest and largest side of pictures in the network, multiples of 32: every ten batches another one (default: --size)",
        "320,608", 2);
    private readonly Option<int?> _maxDetections = Options.Count("--max-detections", "Detections of a picture at most (default: 100)", 1);
    private readonly Option<int?> _pyramid =
        Options.Count("--pyramid-channels", "Channels of the feature pyramid (default: 256); fewer are faster", 1, 4096);
    private readonly Option<int?> _head =
        Options.Count("--head-width", "Width of the second stage's layers (default: 1024); less is faster", 1, 1 << 16);
    private readonly Option<int?> _branch = Options.Count("--branch-width",
        "Channels of the branch for masks (default: 256) or key points (default: 512); fewer are faster", 1, 4096);
    private readonly Option<int?> _regions =
        Options.Count("--regions", "Regions of a picture that a step learns from (default: 512); fewer are faster", 1);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_anchors, _ratios, _shapes, _maxDetections, _pyramid, _head, _branch, _regions, _mosaic, _multiScale];

    /// <summary>What is given.</summary>
    /// <exception cref="UsageException">The size is too small for a detector.</exception>
    public DetectorSettings Read(ParseResult parsed, NetworkSize? size, bool frozenNorm) => new()
    {
        MinSize = size?.Short < NetworkSize.LeastOfDetectors ? throw new UsageException(
            $"--size: a detector needs at least {NetworkSize.LeastOfDetectors} pixels a side, but {size.Value.Short}x{size.Value.Long} arrived.") : size?.Short,
        MaxSize = size?.Long, FrozenBatchNorm = frozenNorm ? true : null,
        AnchorSizes = Options.List(parsed, _anchors), AspectRatios = Options.List(parsed, _ratios),
        AnchorShapes = Options.List(parsed, _shapes),
        DetectionsPerImage = parsed.GetValue(_maxDetections),
        PyramidChannels = parsed.GetValue(_pyramid), HeadWidth = parsed.GetValue(_head),
        BranchWidth = parsed.GetValue(_branch), TrainingRegions = parsed.GetValue(_regions),
    };

    /// <summary>How pictures are varied: what is given of it.</summary>
    /// <exception cref="UsageException">Sizes are no multiples of 32, or out of order.</exception>
    public AugmentationOptions Augmentation(ParseResult parsed, AugmentationOptions a)
    {
        int[]? sizes = Options.List(parsed, _multiScale);
        if (sizes is [var least, var most] && (least > most || sizes.Any(size => size % AugmentationOptions.SizeStep != 0)))
            throw new UsageException($"--multi-scale: {least},{most} arrived, but two multiples of {AugmentationOptions.SizeStep} were " +
                "expected, the smaller one first, such as 320,608.");
        return a with
        {
            Mosaic = parsed.GetValue(_mosaic) ?? a.Mosaic, LeastSize = sizes?[0] ?? a.LeastSize, MostSize = sizes?[1] ?? a.MostSize,
        };
    }
}
