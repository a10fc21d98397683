using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Darknet-53: residual blocks of a 1x1 and a 3x3 convolution, the network of YOLOv3.</summary>
/// <remarks>Redmon and Farhadi: "YOLOv3: An Incremental Improvement" (2018), section 2.4, table 1. The convolutions are in the order of the
/// network, as in Darknet's own weight files: conv1, then of each stage the one that halves the size and those of its blocks.</remarks>
public sealed class Darknet53 : Backbone
{
    private static readonly int[] Blocks = [1, 2, 8, 8, 4];

    private readonly ConvNormActivation _stem;
    private readonly Sequential[] _stages = new Sequential[Blocks.Length];
    private readonly Linear? _classifier;

    /// <summary>A network, with weights drawn as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-in mode.</summary>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Darknet53(BackboneOptions options, Generator? generator = null) : base(options)
    {
        using var scope = new TensorScope();
        _stem = Child("conv1", Convolution(3, 32, 3, options, generator));
        var stages = new List<BackboneStage> { new("conv1", ["conv1."], 32, 1, GivesMap: false) };
        long channels = 32, dilation = 1;
        int stride = 1;
        for (int stage = 0; stage < Blocks.Length; stage++, channels *= 2)
        {
            bool dilate = 2 * stride > options.OutputStride;
            var layers = new List<Layer> { Convolution(channels, 2 * channels, 3, options, generator, dilate ? 1 : 2, dilation) };
            if (dilate) dilation *= 2;
            else stride *= 2;
            for (int i = 0; i < Blocks[stage]; i++) layers.Add(new DarknetBlock(2 * channels, dilation, options, generator));
            _stages[stage] = Child($"stage{stage + 1}", new Sequential([.. layers]));
            stages.Add(new BackboneStage($"stage{stage + 1}", [$"stage{stage + 1}."], 2 * channels, stride, GivesMap: stage > 0));
        }
        Stages = stages;
        if (options.ClassCount is { } classes) _classifier = Child("fc", new Linear(channels, classes, generator: generator));
        foreach ((_, Module module) in NamedModules())
            if (module is Conv2d convolution) Init.KaimingNormal(convolution.Weight, generator: generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc."];

    /// <summary>N x 3 x H x W to the maps of strides 4, 8, 16 and 32 (128, 256, 512 and 1,024 channels), sizes rounded up.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        Tensor x = _stages[0].Forward(_stem.Forward(images.ChannelsLast()));        // N,64,H/2,W/2
        var maps = new Tensor[Blocks.Length - 1];
        for (int i = 0; i < maps.Length; i++) maps[i] = x = _stages[i + 1].Forward(x);
        return maps;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(Forward(images)[^1].Mean([2, 3]));

    /// <summary>Convolution, batch norm and leaky ReLU of slope 0.1.</summary>
    internal static ConvNormActivation Convolution(long channels, long width, long kernel, BackboneOptions options, Generator? generator,
        long stride = 1, long dilation = 1) =>
        new(channels, width, kernel, stride, count => options.Norm(count), Activation.LeakyRelu, dilation: dilation, generator: generator);
}

/// <summary>A 1x1 convolution to half the channels, a 3x3 one back, and a shortcut (Redmon and Farhadi 2018, table 1).</summary>
internal sealed class DarknetBlock : Layer
{
    private readonly ConvNormActivation _reduce, _expand;

    public DarknetBlock(long channels, long dilation, BackboneOptions options, Generator? generator)
    {
        _reduce = Child("conv1", Darknet53.Convolution(channels, channels / 2, 1, options, generator));
        _expand = Child("conv2", Darknet53.Convolution(channels / 2, channels, 3, options, generator, dilation: dilation));
        if (options.ZeroInitResidual) Shortcut.StartAtZero(_expand.Norm!);
    }

    // Leaky ReLU works in place and needs its output for the gradient: while one is recorded, the sum is a new tensor.
    protected override Tensor Apply(Tensor input) => Residual.Join(_expand.Forward(_reduce.Forward(input)), input);
}
