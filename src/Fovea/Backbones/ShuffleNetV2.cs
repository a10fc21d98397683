using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>ShuffleNet V2: half of the channels pass a block untouched, and a shuffle mixes the halves.</summary>
/// <remarks>Ma, Zhang, Zheng, Sun: "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design" (ECCV 2018), section 3.2,
/// table 5. The first map, of stride 4, is that of the stem behind its pooling; the last one has the 1x1 convolution's channels. Parameter
/// names and initial weights are torchvision's.</remarks>
public sealed class ShuffleNetV2 : Backbone
{
    private const long StemChannels = 24;

    private static readonly int[] Repeats = [4, 8, 4];

    private readonly ConvNormActivation _stem, _last;
    private readonly Sequential[] _stages;
    private readonly Dropout _dropout;
    private readonly Linear? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="complexity">Which column of table 5: 0.5, 1, 1.5 or 2 times the width.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The table has no such column.</exception>
    public ShuffleNetV2(double complexity, BackboneOptions options, Generator? generator = null) : base(options)
    {
        (long[] widths, long lastChannels) = complexity switch
        {
            0.5 => ((long[])[48, 96, 192], 1024L),
            1.0 => ([116, 232, 464], 1024),
            1.5 => ([176, 352, 704], 1024),
            2.0 => ([244, 488, 976], 2048),
            _ => throw new ArgumentOutOfRangeException(nameof(complexity), complexity,
                "ShuffleNet V2 comes with 0.5, 1, 1.5 or 2 times the width."),
        };
        using var scope = new TensorScope();
        var plan = new StridePlan(options.OutputStride);
        _stem = Child("conv1", new ConvNormActivation(3, StemChannels, 3, 2, Norm, generator: generator));
        plan.Next(4);                                                   // the pooling's included
        var stages = new List<BackboneStage> { new("stem", ["conv1."], StemChannels, plan.Stride) };
        _stages = new Sequential[Repeats.Length];
        long channels = StemChannels;
        for (int stage = 0; stage < Repeats.Length; stage++)
        {
            long width = widths[stage];
            var layers = new Layer[Repeats[stage]];
            layers[0] = new ShuffleDownUnit(channels, width, plan.Next(2), Norm, generator);
            for (int i = 1; i < layers.Length; i++) layers[i] = new ShuffleUnit(width, plan.Dilation, Norm, generator);
            string name = $"stage{stage + 2}";
            _stages[stage] = Child(name, new Sequential(layers));
            bool last = stage == Repeats.Length - 1;
            stages.Add(new BackboneStage(name, last ? [$"{name}.", "conv5."] : [$"{name}."], last ? lastChannels : width, plan.Stride));
            channels = width;
        }
        _last = Child("conv5", new ConvNormActivation(channels, lastChannels, 1, 1, Norm, generator: generator));
        Stages = stages;
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0));
        if (options.ClassCount is { } classes) _classifier = Child("fc", new Linear(lastChannels, classes, generator: generator));

        Layer Norm(long count) => options.Norm(count);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc."];

    /// <summary>N x 3 x H x W to maps at strides 4, 8, 16 and 32, sizes rounded up.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        Tensor x = _stem.Forward(images.ChannelsLast());       // N,24,H/2,W/2
        x = Functional.MaxPool2d(x, 3, 2, 1);                  // N,24,H/4,W/4
        var maps = new Tensor[1 + _stages.Length];
        maps[0] = x;
        for (int stage = 0; stage < _stages.Length; stage++) maps[stage + 1] = x = _stages[stage].Forward(x);
        maps[^1] = _last.Forward(x);
        return maps;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(_dropout.Forward(Forward(images)[^1].Mean([2, 3])));
}

/// <summary>The basic unit: the second half of the channels through 1x1, depthwise 3x3 and 1x1 convolutions (Ma et al. 2018,
/// figure 3c).</summary>
internal sealed class ShuffleUnit : Layer
{
    private readonly ShuffleBranch _branch;
    private readonly long _half;

    public ShuffleUnit(long channels, long dilation, Func<long, Layer> norm, Generator? generator)
    {
        _half = channels / 2;
        _branch = Own(new ShuffleBranch(_half, _half, (1, dilation), norm, generator));
        Child("branch2", _branch.Layers);
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor[] halves = input.Split([_half, _half], 1);
        return ChannelShuffle.Apply(Tensor.Cat([halves[0], _branch.Forward(halves[1])], 1), 2);
    }
}

/// <summary>The unit that halves the map: all channels go both ways (Ma et al. 2018, figure 3d).</summary>
internal sealed class ShuffleDownUnit : Layer
{
    private readonly ConvolutionUnit _depthwise, _pointwise;
    private readonly ShuffleBranch _branch;

    public ShuffleDownUnit(long channels, long outChannels, (long Stride, long Dilation) step, Func<long, Layer> norm, Generator? generator)
    {
        long half = outChannels / 2;
        Conv2d depthwise = ShuffleBranch.Depthwise(channels, step, generator);
        var pointwise = new Conv2d(channels, half, 1, bias: false, generator: generator);
        (Layer norm1, Layer norm2) = (norm(channels), norm(half));
        _depthwise = Own(new ConvolutionUnit(depthwise, norm1));
        _pointwise = Own(new ConvolutionUnit(pointwise, norm2, Activation.Relu));
        Child("branch1", new Sequential(depthwise, norm1, pointwise, norm2));
        _branch = Own(new ShuffleBranch(channels, half, step, norm, generator));
        Child("branch2", _branch.Layers);
    }

    protected override Tensor Apply(Tensor input) =>
        ChannelShuffle.Apply(Tensor.Cat([_pointwise.Forward(_depthwise.Forward(input)), _branch.Forward(input)], 1), 2);
}

/// <summary>1x1, depthwise 3x3 and 1x1 convolutions, with torchvision's names for their parts.</summary>
internal sealed class ShuffleBranch : IDisposable
{
    private readonly ConvolutionUnit _first, _spatial, _last;

    public ShuffleBranch(long channels, long width, (long Stride, long Dilation) step, Func<long, Layer> norm, Generator? generator)
    {
        var first = new Conv2d(channels, width, 1, bias: false, generator: generator);
        Conv2d spatial = Depthwise(width, step, generator);
        var last = new Conv2d(width, width, 1, bias: false, generator: generator);
        (Layer norm1, Layer norm2, Layer norm3) = (norm(width), norm(width), norm(width));
        (_first, _spatial, _last) = (new ConvolutionUnit(first, norm1, Activation.Relu), new ConvolutionUnit(spatial, norm2),
            new ConvolutionUnit(last, norm3, Activation.Relu));
        Layers = new Sequential([("0", first), ("1", norm1), ("3", spatial), ("4", norm2), ("5", last), ("6", norm3)]);
    }

    /// <summary>What has state, for the owner's.</summary>
    public Sequential Layers { get; }

    public static Conv2d Depthwise(long channels, (long Stride, long Dilation) step, Generator? generator) =>
        new(channels, channels, 3, step.Stride, step.Dilation, step.Dilation, channels, bias: false, generator: generator);

    public Tensor Forward(Tensor input) => _last.Forward(_spatial.Forward(_first.Forward(input)));

    public void Dispose()
    {
        _first.Dispose();
        _spatial.Dispose();
        _last.Dispose();
    }
}
