using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>ResNet for pictures of about 32 x 32 pixels: ResNet-20, 32, 44, 56 and 110.</summary>
/// <remarks>He, Zhang, Ren, Sun: "Deep Residual Learning for Image Recognition" (CVPR 2016), section 4.2: a 3x3 convolution, then three
/// stages of as many blocks of two 3x3 convolutions, with 16, 32 and 64 channels at strides 1, 2 and 4. Shortcuts have no parameters
/// (option A): where the stride is 2 they take every second pixel, and zeros for the channels that are new, behind the old ones.
/// Parameter names are those of the larger ResNets (conv1, bn1, layer1.0.conv1, ..., fc).</remarks>
public sealed class CifarResNet : Backbone
{
    private readonly ConvolutionUnit _stem;
    private readonly Sequential[] _stages;
    private readonly Linear? _classifier;

    /// <summary>A network of the given depth.</summary>
    /// <param name="depth">Layers with weights: 20, 32, 44, 56, 110, or another 6n + 2.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The depth is no 6n + 2, or an output stride is asked for.</exception>
    public CifarResNet(int depth, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("a ResNet for small pictures");
        if (depth < 8 || depth % 6 != 2)
            throw new ArgumentOutOfRangeException(nameof(depth), depth,
                "A ResNet for small pictures has 6n + 2 layers, such as 20, 32, 44, 56 or 110.");
        using var scope = new TensorScope();
        Conv2d conv1 = Child("conv1", new Conv2d(3, 16, 3, padding: 1, bias: false, generator: generator));
        _stem = Own(new ConvolutionUnit(conv1, Child("bn1", options.Norm(16)), Activation.Relu));
        _stages = new Sequential[3];
        var stages = new List<BackboneStage> { new("stem", ["conv1.", "bn1."], 16, 1, GivesMap: false) };
        int count = depth / 6;
        for (int stage = 0, block = 0; stage < 3; stage++)
        {
            long width = 16L << stage;
            var layers = new Layer[count];
            for (int i = 0; i < count; i++, block++)
                layers[i] = new SmallBlock(i == 0 && stage > 0 ? width / 2 : width, width,
                    options, (options.StochasticDepth ?? 0) * block / Math.Max(1, 3 * count - 1), generator);
            _stages[stage] = Child($"layer{stage + 1}", new Sequential(layers));
            stages.Add(new BackboneStage($"layer{stage + 1}", [$"layer{stage + 1}."], width, 1 << stage));
        }
        Stages = stages;
        if (options.ClassCount is { } classes) _classifier = Child("fc", new Linear(64, classes, generator: generator));
        foreach ((_, Module module) in NamedModules())
            if (module is Conv2d convolution) Init.KaimingNormal(convolution.Weight, FanMode.Out, generator: generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc."];

    /// <summary>N x 3 x H x W to N x 16 x H x W, N x 32 x H/2 x W/2 and N x 64 x H/4 x W/4, sizes rounded up.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        Tensor x = _stem.Forward(images.ChannelsLast());
        var maps = new Tensor[3];
        for (int stage = 0; stage < 3; stage++) maps[stage] = x = _stages[stage].Forward(x);
        return maps;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(Forward(images)[^1].Mean([2, 3]));
}

/// <summary>Two 3x3 convolutions and a shortcut without parameters (He et al. 2016, section 4.2); the stride is 2 where channels
/// double.</summary>
internal sealed class SmallBlock : Layer
{
    private readonly long _newChannels;
    private readonly ConvolutionUnit _first, _second;
    private readonly StochasticDepth _depth;
    private readonly ResidualSum _sum;

    public SmallBlock(long channels, long width, BackboneOptions options, double depth, Generator? generator)
    {
        _newChannels = width - channels;
        long stride = channels == width ? 1 : 2;
        Conv2d conv1 = Child("conv1", new Conv2d(channels, width, 3, stride, padding: 1, bias: false, generator: generator));
        Layer bn1 = Child("bn1", options.Norm(width));
        Conv2d conv2 = Child("conv2", new Conv2d(width, width, 3, padding: 1, bias: false, generator: generator));
        Layer bn2 = Child("bn2", options.Norm(width));
        _first = Own(new ConvolutionUnit(conv1, bn1, Activation.Relu));
        _second = Own(new ConvolutionUnit(conv2, bn2));
        _depth = Child("stochastic_depth", new StochasticDepth(depth));
        _sum = Child("sum", new ResidualSum(Activation.Relu));
        if (options.ZeroInitResidual) Shortcut.StartAtZero(bn2);
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _depth.Forward(_second.Forward(_first.Forward(input)));
        if (_newChannels == 0) return _sum.Forward(x, input);
        Tensor kept = input.Slice(2, 0, step: 2).Slice(3, 0, step: 2);                        // every second pixel: N,C,H/2,W/2
        return _sum.Forward(x, kept.Pad([0, 0, 0, 0, 0, _newChannels]));
    }
}
