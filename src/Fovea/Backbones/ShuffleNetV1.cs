using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>ShuffleNet: bottlenecks of grouped 1x1 convolutions, with a shuffle of channels between the groups.</summary>
/// <remarks>Zhang, Zhou, Lin, Sun: "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices" (CVPR 2018),
/// section 3, table 1, and the scale factors of section 4. The first 1x1 convolution of stage 2, which sees few channels, is not grouped
/// (section 3.3). The first map, of stride 4, is that of the stem behind its pooling. The paper leaves initial weights open: Kaiming
/// normal, fan-out, as for MobileNets; and how the stem is scaled: by the power of two below, which gives the multiply-adds that its
/// authors publish (24 channels at 1.5x, 48 at 2x). Parameter names: conv1, stage2.0.conv1, bn1, conv2, bn2, conv3, bn3, ..., fc.</remarks>
public sealed class ShuffleNetV1 : Backbone
{
    private const double StemChannels = 24;

    private static readonly int[] Repeats = [4, 8, 4];

    private readonly ConvNormActivation _stem;
    private readonly Sequential[] _stages;
    private readonly Dropout _dropout;
    private readonly Linear? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="groups">g: 1, 2, 3, 4 or 8, a column of table 1.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="scale">s: channels times those of table 1; in the stages the nearest multiple of 4g, so that the bottlenecks' quarter
    /// has g groups.</param>
    /// <exception cref="ArgumentOutOfRangeException">The table has no such column, or the scale is not above 0.</exception>
    public ShuffleNetV1(int groups, BackboneOptions options, Generator? generator = null, double scale = 1) : base(options)
    {
        Check.Positive(scale, nameof(scale));
        long width = groups switch
        {
            1 => 144,
            2 => 200,
            3 => 240,
            4 => 272,
            8 => 384,
            _ => throw new ArgumentOutOfRangeException(nameof(groups), groups, "ShuffleNet comes with 1, 2, 3, 4 or 8 groups."),
        };
        width = ChannelCount.Round(width * scale, 4 * groups);
        long channels = (long)Math.Ceiling(StemChannels * Math.Pow(2, Math.Floor(Math.Log2(scale))) / groups) * groups;
        using var scope = new TensorScope();
        var plan = new StridePlan(options.OutputStride);
        _stem = Child("conv1", new ConvNormActivation(3, channels, 3, 2, count => options.Norm(count), generator: generator));
        plan.Next(4);                                                   // the pooling's included
        var stages = new List<BackboneStage> { new("stem", ["conv1."], channels, plan.Stride) };
        _stages = new Sequential[Repeats.Length];
        int total = Repeats.Sum();
        for (int stage = 0, block = 0; stage < Repeats.Length; stage++, width *= 2)
        {
            var layers = new Layer[Repeats[stage]];
            for (int i = 0; i < layers.Length; i++, block++)
            {
                var shape = new GroupedShuffleShape(channels, width, groups, stage == 0 && i == 0 ? 1 : groups, plan.Next(i == 0 ? 2 : 1),
                    Joins: i == 0, (options.StochasticDepth ?? 0) * block / (total - 1));
                layers[i] = new GroupedShuffleUnit(shape, options, generator);
                channels = width;
            }
            string name = $"stage{stage + 2}";
            _stages[stage] = Child(name, new Sequential(layers));
            stages.Add(new BackboneStage(name, [$"{name}."], width, plan.Stride));
        }
        Stages = stages;
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0));
        if (options.ClassCount is { } classes) _classifier = Child("fc", new Linear(channels, classes, generator: generator));
        InitialWeights.FanOut(this, generator);
        InitialWeights.NormalLinear(this, 0.01, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc."];

    /// <summary>N x 3 x H x W to maps at strides 4, 8, 16 and 32, sizes rounded up.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        Tensor x = _stem.Forward(images.ChannelsLast());       // N,24s,H/2,W/2
        x = Functional.MaxPool2d(x, 3, 2, 1);                  // N,24s,H/4,W/4
        var maps = new Tensor[1 + _stages.Length];
        maps[0] = x;
        for (int stage = 0; stage < _stages.Length; stage++) maps[stage + 1] = x = _stages[stage].Forward(x);
        return maps;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(_dropout.Forward(Forward(images)[^1].Mean([2, 3])));
}

/// <summary>The place of a unit in its network.</summary>
/// <param name="Channels">Channels that it is given.</param>
/// <param name="OutChannels">Channels that it gives.</param>
/// <param name="Groups">Groups of the last 1x1 convolution.</param>
/// <param name="FirstGroups">Groups of the first one.</param>
/// <param name="Step">Stride and dilation.</param>
/// <param name="Joins">Whether it begins a stage: the shortcut is pooled, and joined to the branch instead of added.</param>
/// <param name="Depth">Chance that the branch of a unit that adds is skipped while training.</param>
internal sealed record GroupedShuffleShape(
    long Channels, long OutChannels, long Groups, long FirstGroups, (long Stride, long Dilation) Step, bool Joins, double Depth);

/// <summary>Grouped 1x1 convolution, shuffle, depthwise 3x3 and grouped 1x1 convolutions, and a shortcut (Zhang et al. 2018, figures 2b and
/// 2c).</summary>
internal sealed class GroupedShuffleUnit : Layer
{
    private readonly GroupedShuffleShape _shape;
    private readonly ConvolutionUnit _reduce, _spatial, _expand;
    private readonly StochasticDepth _depth;
    private readonly Tensor? _window;

    public GroupedShuffleUnit(GroupedShuffleShape shape, BackboneOptions options, Generator? generator)
    {
        _shape = shape;
        ((long stride, long dilation), long inner) = (shape.Step, shape.OutChannels / 4);
        long made = shape.Joins ? shape.OutChannels - shape.Channels : shape.OutChannels;
        Conv2d conv1 = Child("conv1", new Conv2d(shape.Channels, inner, 1, groups: shape.FirstGroups, bias: false, generator: generator));
        Layer bn1 = Child("bn1", options.Norm(inner));
        Conv2d conv2 = Child("conv2", new Conv2d(inner, inner, 3, stride, dilation, dilation, inner, bias: false, generator: generator));
        Layer bn2 = Child("bn2", options.Norm(inner));
        Conv2d conv3 = Child("conv3", new Conv2d(inner, made, 1, groups: shape.Groups, bias: false, generator: generator));
        Layer bn3 = Child("bn3", options.Norm(made));
        _reduce = Own(new ConvolutionUnit(conv1, bn1, Activation.Relu));
        _spatial = Own(new ConvolutionUnit(conv2, bn2));
        _expand = Own(new ConvolutionUnit(conv3, bn3));
        _depth = Child("stochastic_depth", new StochasticDepth(shape.Joins ? 0 : shape.Depth));
        if (shape.Joins && dilation > 1)
            _window = Buffer("window", Tensor.Full([shape.Channels, 1, 3, 3], 1.0 / 9), persistent: false);
        if (options.ZeroInitResidual && !shape.Joins) Shortcut.StartAtZero(bn3);
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _expand.Forward(_spatial.Forward(ChannelShuffle.Apply(_reduce.Forward(input), _shape.Groups)));
        return _shape.Joins ? Tensor.Cat([Pooled(input), x.ReluInPlace()], 1) : _depth.Forward(x).AddInPlace(input).ReluInPlace();
    }

    /// <summary>Means of 3x3 windows. What they are of is above zero, as pooled maps and ReLU's are: ReLU has nothing to do.</summary>
    private Tensor Pooled(Tensor input)
    {
        (long stride, long dilation) = _shape.Step;
        return _window is null ? Functional.AvgPool2d(input, 3, stride, 1)
            : Functional.Conv2d(input, _window, null, [stride, stride], [dilation, dilation], [dilation, dilation], _shape.Channels);
    }
}
