using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>WRN, wide residual network, for pictures of about 32 x 32 pixels: WRN-16-4, WRN-28-10 and others.</summary>
/// <remarks>Zagoruyko and Komodakis: "Wide Residual Networks" (BMVC 2016), table 1: a 3x3 convolution, then three stages of blocks B(3,3)
/// with 16k, 32k and 64k channels at strides 1, 2 and 4, and a last normalisation, which belongs to the last map here. Normalisation and
/// ReLU come before each convolution (He et al.: "Identity Mappings in Deep Residual Networks", ECCV 2016), and before both branches where
/// the shortcut is a 1x1 convolution, as in the authors' code. <see cref="BackboneOptions.Dropout"/> is that between a block's convolutions
/// (section 2.4); none where not given. <see cref="BackboneOptions.ZeroInitResidual"/> starts each block's last convolution at zero: its
/// last normalisation, with ReLU behind it, would never learn from there. Parameter names are those of the ResNets here (conv1,
/// layer1.0.bn1, layer1.0.conv1, ..., layer1.0.downsample, bn1, fc).</remarks>
public sealed class SmallWideResNet : Backbone
{
    private readonly ConvolutionUnit _stem;
    private readonly Sequential[] _stages;
    private readonly Layer _norm;
    private readonly Linear? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="depth">Layers with weights, counted as the paper does: 16, 22, 28, 40 or another 6n + 4.</param>
    /// <param name="widen">k: how many times wider than a plain ResNet.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The depth is no 6n + 4, or an output stride is asked for.</exception>
    public SmallWideResNet(int depth, int widen, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("a wide ResNet for small pictures");
        if (depth < 10 || depth % 6 != 4)
            throw new ArgumentOutOfRangeException(nameof(depth), depth,
                "A wide ResNet for small pictures has 6n + 4 layers, such as 16, 22, 28 or 40.");
        Check.Positive(widen, nameof(widen));
        using var scope = new TensorScope();
        _stem = Own(new ConvolutionUnit(Child("conv1", new Conv2d(3, 16, 3, padding: 1, bias: false, generator: generator))));
        _stages = new Sequential[3];
        var stages = new List<BackboneStage> { new("stem", ["conv1."], 16, 1, GivesMap: false) };
        int count = depth / 6;
        long channels = 16;
        for (int stage = 0, block = 0; stage < 3; stage++)
        {
            long width = 16L * widen << stage;
            var layers = new Layer[count];
            for (int i = 0; i < count; i++, block++)
                layers[i] = new WideBlock(i == 0 ? channels : width, width, i == 0 && stage > 0 ? 2 : 1,
                    options, (options.StochasticDepth ?? 0) * block / Math.Max(1, 3 * count - 1), generator);
            _stages[stage] = Child($"layer{stage + 1}", new Sequential(layers));
            stages.Add(new BackboneStage($"layer{stage + 1}", stage < 2 ? [$"layer{stage + 1}."] : ["layer3.", "bn1."], width, 1 << stage));
            channels = width;
        }
        Stages = stages;
        _norm = Child("bn1", options.Norm(channels));
        if (options.ClassCount is { } classes) _classifier = Child("fc", new Linear(channels, classes, generator: generator));
        foreach ((string name, Module module) in NamedModules())
        {
            if (module is not Conv2d convolution) continue;
            Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
            if (options.ZeroInitResidual && name.EndsWith(".conv2", StringComparison.Ordinal)) Init.Constant(convolution.Weight, 0);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc."];

    /// <summary>N x 3 x H x W to N x 16k x H x W, N x 32k x H/2 x W/2 and N x 64k x H/4 x W/4, sizes rounded up.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        Tensor x = _stem.Forward(images.ChannelsLast());
        var maps = new Tensor[3];
        for (int stage = 0; stage < 3; stage++) maps[stage] = x = _stages[stage].Forward(x);
        maps[2] = _norm.Forward(x).ReluInPlace();
        return maps;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(Forward(images)[^1].Mean([2, 3]));
}

/// <summary>Twice normalisation, ReLU and a 3x3 convolution, with a shortcut (Zagoruyko and Komodakis 2016, figure 1d).</summary>
internal sealed class WideBlock : Layer
{
    private readonly Layer _norm;
    private readonly ConvolutionUnit _first, _second;
    private readonly ConvolutionUnit? _shortcut;
    private readonly Dropout _dropout;
    private readonly StochasticDepth _depth;
    private readonly ResidualSum _sum;

    public WideBlock(long channels, long width, long stride, BackboneOptions options, double depth, Generator? generator)
    {
        _norm = Child("bn1", options.Norm(channels));
        Conv2d conv1 = Child("conv1", new Conv2d(channels, width, 3, stride, padding: 1, bias: false, generator: generator));
        _first = Own(new ConvolutionUnit(conv1, Child("bn2", options.Norm(width)), Activation.Relu));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0));
        _second = Own(new ConvolutionUnit(Child("conv2", new Conv2d(width, width, 3, padding: 1, bias: false, generator: generator))));
        _depth = Child("stochastic_depth", new StochasticDepth(depth));
        _sum = Child("sum", new ResidualSum());
        if (channels != width)
            _shortcut = Own(new ConvolutionUnit(
                Child("downsample", new Conv2d(channels, width, 1, stride, bias: false, generator: generator))));
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor active = _norm.Forward(input).ReluInPlace();
        Tensor x = _depth.Forward(_second.Forward(_dropout.Forward(_first.Forward(active))));
        return _sum.Forward(x, _shortcut?.Forward(active) ?? input);
    }
}
