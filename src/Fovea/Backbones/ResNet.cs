using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which network of the ResNet family: the numbers of its table.</summary>
public sealed record ResNetDesign
{
    /// <summary>Blocks of each of the four stages.</summary>
    public required IReadOnlyList<int> Blocks { get; init; }

    /// <summary>Blocks of 1x1, 3x3, 1x1 convolutions instead of two 3x3 ones.</summary>
    public required bool Bottleneck { get; init; }

    /// <summary>Independent groups of the bottleneck's 3x3 convolution: ResNeXt's cardinality.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Channels of the stem: 64. Those of all stages follow: a network with half of them is half as wide.</summary>
    public int Width { get; init => field = Check.Positive(value); } = 64;

    /// <summary>Channels of a group in the first stage: 64 in ResNet, 128 in wide ResNet, 4 or 8 in ResNeXt.</summary>
    public int WidthPerGroup { get; init; } = 64;

    /// <summary>Gates the channels of every residual branch by squeeze-and-excitation, with so many times fewer numbers between its two
    /// layers: 16 in SE-ResNet and SE-ResNeXt. None where null.</summary>
    public int? SqueezeRatio { get; init => field = value is null ? null : Check.Positive(value.Value); }

    /// <summary>ResNet with so many layers: He et al. 2016, table 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no ResNet of this depth.</exception>
    public static ResNetDesign OfDepth(int depth) => depth switch
    {
        18 => new() { Blocks = [2, 2, 2, 2], Bottleneck = false },
        34 => new() { Blocks = [3, 4, 6, 3], Bottleneck = false },
        50 => new() { Blocks = [3, 4, 6, 3], Bottleneck = true },
        101 => new() { Blocks = [3, 4, 23, 3], Bottleneck = true },
        152 => new() { Blocks = [3, 8, 36, 3], Bottleneck = true },
        _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "ResNet comes with 18, 34, 50, 101 or 152 layers."),
    };
}

/// <summary>ResNet: convolutions with shortcuts; with other numbers ResNeXt, wide ResNet, SE-ResNet and SE-ResNeXt.</summary>
/// <remarks>He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (CVPR 2016), table 1; with the stride of a
/// bottleneck on its 3x3 convolution, as in torchvision. Xie, Girshick, Dollar, Tu, He: "Aggregated Residual Transformations for Deep
/// Neural Networks" (CVPR 2017), and Zagoruyko and Komodakis: "Wide Residual Networks" (BMVC 2016), are the same with groups and with
/// wider bottlenecks; Hu, Shen, Sun: "Squeeze-and-Excitation Networks" (CVPR 2018), section 3.3, figure 3, table 1, the same with a gate
/// for each channel of a residual branch. Parameter names are torchvision's (conv1, bn1, layer1.0.conv1, ..., fc), and those of the
/// gates layer1.0.se.fc1 and fc2.</remarks>
public sealed class ResNet : Backbone
{
    private readonly ConvolutionUnit _stem;
    private readonly Sequential[] _stages;
    private readonly Linear? _classifier;

    /// <summary>A ResNet of the given depth.</summary>
    /// <param name="depth">18, 34, 50, 101 or 152.</param>
    /// <param name="options">What is common to all backbones; null for the defaults.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no ResNet of this depth.</exception>
    public ResNet(int depth, BackboneOptions? options = null, Generator? generator = null)
        : this(ResNetDesign.OfDepth(depth), options ?? new BackboneOptions(), generator) { }

    /// <summary>A network of the family, with weights drawn as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-out
    /// mode.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ResNet(ResNetDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        using var scope = new TensorScope();
        Conv2d conv1 = Child("conv1", new Conv2d(3, design.Width, 7, stride: 2, padding: 3, bias: false, generator: generator));
        Layer bn1 = Child("bn1", options.Norm(design.Width));
        _stem = Own(new ConvolutionUnit(conv1, bn1, Activation.Relu));
        _stages = new Sequential[4];
        int expansion = design.Bottleneck ? BottleneckBlock.Expansion : 1;
        var stages = new List<BackboneStage> { new("stem", ["conv1.", "bn1."], design.Width, 2, GivesMap: false) };
        long channels = design.Width, dilation = 1;
        int stride = 4;
        for (int stage = 0; stage < 4; stage++)
        {
            long step = stage == 0 ? 1 : 2, before = dilation;
            if (stride * step > options.OutputStride) (dilation, step) = (dilation * step, 1);   // the same view without the stride
            stride *= (int)step;
            long width = (long)design.Width << stage, outChannels = width * expansion;
            var layers = new Layer[design.Blocks[stage]];
            for (int i = 0; i < layers.Length; i++)
            {
                var shape = new BlockShape(i == 0 ? channels : outChannels, width, i == 0 ? step : 1, i == 0 ? before : dilation, dilation);
                layers[i] = design.Bottleneck
                    ? new BottleneckBlock(shape, width * design.WidthPerGroup / 64 * design.Groups, options, generator,
                        design.Groups, design.SqueezeRatio)
                    : new BasicBlock(shape, options, generator, design.SqueezeRatio);
            }
            _stages[stage] = Child($"layer{stage + 1}", new Sequential(layers));
            stages.Add(new BackboneStage($"layer{stage + 1}", [$"layer{stage + 1}."], channels = outChannels, stride));
        }
        Stages = stages;
        if (options.ClassCount is { } classes) _classifier = Child("fc", new Linear(channels, classes, generator: generator));
        foreach ((_, Module module) in NamedModules())
            if (module is Conv2d convolution) Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc."];

    /// <summary>N x 3 x H x W to C2, C3, C4, C5.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        Tensor x = Start(images);
        var features = new Tensor[4];
        for (int stage = 0; stage < 4; stage++) features[stage] = x = _stages[stage].Forward(x);
        return features;
    }

    /// <summary>The blocks of a stage, 0 to 3, for networks that go through them in ways of their own.</summary>
    internal Sequential Stage(int stage) => _stages[stage];

    /// <summary>N x 3 x H x W to N x 64 x H/4 x W/4: what comes before the stages.</summary>
    /// <remarks>In a scope of its own, because the map before the pooling is the largest of all.</remarks>
    internal Tensor Start(Tensor images)
    {
        using var scope = new TensorScope();
        // Channels-last maps spare oneDNN laying out every map anew, forward and backward; all that follows keeps the layout.
        Tensor x = _stem.Forward(images.ChannelsLast());       // N,64,H/2,W/2
        return scope.Keep(Functional.MaxPool2d(x, 3, 2, 1));   // N,64,H/4,W/4
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(Forward(images)[^1].Mean([2, 3]));
}

/// <summary>The place of a block in its network.</summary>
/// <param name="Channels">Of its input.</param>
/// <param name="Width">Of its 3x3 convolutions in ResNet.</param>
/// <param name="Stride">Of the first of them.</param>
/// <param name="Dilation">Of the first of them, on which the stride is, or would be in a network that is not dilated.</param>
/// <param name="NextDilation">Of all after it.</param>
internal readonly record struct BlockShape(long Channels, long Width, long Stride, long Dilation, long NextDilation);

/// <summary>Two 3x3 convolutions and a shortcut (He et al. 2016, figure 5 left).</summary>
internal sealed class BasicBlock : Layer
{
    private readonly ConvolutionUnit _first, _second;
    private readonly SqueezeExcitation? _gate;
    private readonly ConvolutionUnit? _shortcut;
    private readonly ResidualSum _sum;

    public BasicBlock(BlockShape shape, BackboneOptions options, Generator? generator, int? squeezeRatio = null)
    {
        (long channels, long width, long stride, long dilation, long next) = shape;
        Conv2d conv1 = Child("conv1", new Conv2d(channels, width, 3, stride, dilation, dilation, bias: false, generator: generator));
        Layer bn1 = Child("bn1", options.Norm(width));
        Conv2d conv2 = Child("conv2", new Conv2d(width, width, 3, 1, next, next, bias: false, generator: generator));
        Layer bn2 = Child("bn2", options.Norm(width));
        _first = Own(new ConvolutionUnit(conv1, bn1, Activation.Relu));
        _second = Own(new ConvolutionUnit(conv2, bn2));
        if (squeezeRatio is { } ratio) _gate = Child("se", Shortcut.Gate(width, ratio, generator));
        if (Shortcut.Create(channels, width, stride, options, generator) is { } projection)
            _shortcut = Own(Shortcut.Unit(Child("downsample", projection)));
        _sum = Child("sum", new ResidualSum(Activation.Relu));
        if (options.ZeroInitResidual) Shortcut.StartAtZero(bn2);
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _second.Forward(_first.Forward(input));
        if (_gate is not null) x = _gate.Forward(x);
        return _sum.Forward(x, _shortcut?.Forward(input) ?? input);
    }
}

/// <summary>1x1, 3x3, 1x1 convolutions and a shortcut (He et al. 2016, figure 5 right).</summary>
internal sealed class BottleneckBlock : Layer
{
    public const int Expansion = 4;

    private readonly ConvolutionUnit _reduce, _spatial, _expand;
    private readonly SqueezeExcitation? _gate;
    private readonly ConvolutionUnit? _shortcut;
    private readonly ResidualSum _sum;

    public BottleneckBlock(BlockShape shape, long inner, BackboneOptions options, Generator? generator, long groups = 1,
        int? squeezeRatio = null)
    {
        (long channels, long width, long stride, long dilation, _) = shape;
        Conv2d conv1 = Child("conv1", new Conv2d(channels, inner, 1, bias: false, generator: generator));
        Layer bn1 = Child("bn1", options.Norm(inner));
        Conv2d conv2 = Child("conv2",
            new Conv2d(inner, inner, 3, stride, dilation, dilation, groups, bias: false, generator: generator));
        Layer bn2 = Child("bn2", options.Norm(inner));
        Conv2d conv3 = Child("conv3", new Conv2d(inner, width * Expansion, 1, bias: false, generator: generator));
        Layer bn3 = Child("bn3", options.Norm(width * Expansion));
        _reduce = Own(new ConvolutionUnit(conv1, bn1, Activation.Relu));
        _spatial = Own(new ConvolutionUnit(conv2, bn2, Activation.Relu));
        _expand = Own(new ConvolutionUnit(conv3, bn3));
        if (squeezeRatio is { } ratio) _gate = Child("se", Shortcut.Gate(width * Expansion, ratio, generator));
        if (Shortcut.Create(channels, width * Expansion, stride, options, generator) is { } projection)
            _shortcut = Own(Shortcut.Unit(Child("downsample", projection)));
        _sum = Child("sum", new ResidualSum(Activation.Relu));
        if (options.ZeroInitResidual) Shortcut.StartAtZero(bn3);
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _expand.Forward(_spatial.Forward(_reduce.Forward(input)));
        if (_gate is not null) x = _gate.Forward(x);
        return _sum.Forward(x, _shortcut?.Forward(input) ?? input);
    }
}

/// <summary>The projection that lets a shortcut change its channels or stride, none where neither changes; and the gate of the branch
/// beside it.</summary>
internal static class Shortcut
{
    public static Sequential? Create(long channels, long outChannels, long stride, BackboneOptions options, Generator? generator) =>
        channels == outChannels && stride == 1
            ? null
            : new Sequential(new Conv2d(channels, outChannels, 1, stride, bias: false, generator: generator), options.Norm(outChannels));

    public static ConvolutionUnit Unit(Sequential projection) => new((Conv2d)projection[0], projection[1]);

    /// <summary>Squeeze-and-excitation of so many channels, with so many times fewer numbers between its layers.</summary>
    public static SqueezeExcitation Gate(long channels, int ratio, Generator? generator) =>
        new(channels, Math.Max(1, channels / ratio), generator: generator);

    /// <summary>The normalisation's scale at zero: the block begins as the identity.</summary>
    public static void StartAtZero(Layer norm)
    {
        if (norm is BatchNorm2d batch) Init.Constant(batch.Weight, 0);
    }
}
