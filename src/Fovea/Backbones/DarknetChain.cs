using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>One step of a <see cref="DarknetChain"/>: a convolution, or max pooling over 2 x 2 where <see cref="Width"/> is 0.</summary>
/// <param name="Width">Channels that a convolution gives.</param>
/// <param name="Kernel">Height and width of its window.</param>
/// <param name="Stride">Step of the window.</param>
/// <param name="GivesMap">Whether a detector uses its map.</param>
public readonly record struct DarknetStep(long Width, long Kernel, int Stride, bool GivesMap = false);

/// <summary>The plain networks of Darknet's detectors: convolutions with batch norm and leaky ReLU of slope 0.1, and max pooling, one
/// after the other.</summary>
/// <remarks>Redmon et al.: "You Only Look Once" (CVPR 2016), section 2.1, figure 3. The paper trained without batch norm; we follow
/// Darknet, which has it in all of them since. Without a classification head.</remarks>
public sealed class DarknetChain : Backbone
{
    private readonly FeatureChain _features;

    /// <summary>A network, with weights drawn as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-in mode.</summary>
    /// <param name="plan">Its layers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">A head was asked for, or another output stride.</exception>
    public DarknetChain(IReadOnlyList<DarknetStep> plan, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("a Darknet of plain convolutions");
        if (options.ClassCount is not null)
            throw new ArgumentException("A Darknet of plain convolutions has no classification head here: leave ClassCount out.",
                nameof(options));
        using var scope = new TensorScope();
        var links = new List<ChainLink>();
        long channels = 3;
        int stride = 1;
        foreach (DarknetStep step in plan)
        {
            Layer layer = step.Width > 0
                ? Darknet53.Convolution(channels, step.Width, step.Kernel, options, generator, step.Stride)
                : step.Stride == 1 ? new KeptSizeMaxPool() : new MaxPool2d(2, step.Stride);
            if (step.Width > 0) channels = step.Width;
            stride *= step.Stride;
            links.Add(new ChainLink(layer, channels, step.Stride, stride));
        }
        _features = Child("features", new FeatureChain(links, [.. Enumerable.Range(0, plan.Count).Where(i => plan[i].GivesMap)]));
        InitialWeights.FanIn(this, generator);
    }

    /// <summary>The first 20 convolutions of YOLO's network, those that the paper trained on ImageNet: N x 1,024 x H/32 x W/32.</summary>
    public static IReadOnlyList<DarknetStep> Yolo { get; } =
    [
        Convolution(64, 7, 2), Pool(), Convolution(192), Pool(),
        Convolution(128, 1), Convolution(256), Convolution(256, 1), Convolution(512), Pool(),
        .. Enumerable.Repeat<DarknetStep[]>([Convolution(256, 1), Convolution(512)], 4).SelectMany(pair => pair),
        Convolution(512, 1), Convolution(1024), Pool(), Convolution(512, 1), Convolution(1024), Convolution(512, 1), Map(1024),
    ];

    /// <summary>The nine convolutions of Fast YOLO (section 2.1, last paragraph): N x 1,024 x H/64 x W/64.</summary>
    public static IReadOnlyList<DarknetStep> FastYolo { get; } =
    [
        Convolution(16), Pool(), Convolution(32), Pool(), Convolution(64), Pool(), Convolution(128), Pool(), Convolution(256), Pool(),
        Convolution(512), Pool(), Convolution(1024), Convolution(1024), Map(1024),
    ];

    /// <summary>The network under YOLOv3-tiny, of Darknet's yolov3-tiny.cfg: maps of 256 channels at strides 16 and 32.</summary>
    public static IReadOnlyList<DarknetStep> TinyYoloV3 { get; } =
    [
        Convolution(16), Pool(), Convolution(32), Pool(), Convolution(64), Pool(), Convolution(128), Pool(), Map(256), Pool(),
        Convolution(512), Pool(1), Convolution(1024), Map(256, 1),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _features.Stages;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => [];

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor images) => _features.Maps(images);

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => throw new NotSupportedException("It has no head.");

    private static DarknetStep Convolution(long width, long kernel = 3, int stride = 1) => new(width, kernel, stride);

    private static DarknetStep Map(long width, long kernel = 3) => new(width, kernel, 1, GivesMap: true);

    private static DarknetStep Pool(int stride = 2) => new(0, 2, stride);
}

/// <summary>The largest of each pixel, its right, its lower and its lower right neighbour: max pooling over 2 x 2 with a step of 1 that
/// keeps the map's size.</summary>
internal sealed class KeptSizeMaxPool : Layer
{
    protected override Tensor Apply(Tensor input) =>
        Functional.MaxPool2d(input.Pad([0, 1, 0, 1], double.NegativeInfinity), 2, 1);
}
