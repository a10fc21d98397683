using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which ConvNeXt: the numbers of its list.</summary>
/// <param name="Width">C: channels of the first stage; twice as many in every further one.</param>
/// <param name="Blocks">B: blocks of each stage.</param>
/// <param name="StochasticDepth">Chance that the last residual branch is skipped, where the options name none.</param>
public sealed record ConvNeXtDesign(int Width, IReadOnlyList<int> Blocks, double StochasticDepth)
{
    /// <summary>ConvNeXt-T: Liu et al. 2022, section 3; stochastic depth as in appendix A.1.</summary>
    public static ConvNeXtDesign Tiny { get; } = new(96, [3, 3, 9, 3], 0.1);

    /// <summary>ConvNeXt-S: Liu et al. 2022, section 3; stochastic depth as in appendix A.1.</summary>
    public static ConvNeXtDesign Small { get; } = new(96, [3, 3, 27, 3], 0.4);

    /// <summary>ConvNeXt-B: Liu et al. 2022, section 3; stochastic depth as in appendix A.1.</summary>
    public static ConvNeXtDesign Base { get; } = new(128, [3, 3, 27, 3], 0.5);

    /// <summary>ConvNeXt-L: Liu et al. 2022, section 3; stochastic depth as in appendix A.1.</summary>
    public static ConvNeXtDesign Large { get; } = new(192, [3, 3, 27, 3], 0.5);
}

/// <summary>ConvNeXt: a ResNet brought up to what transformers taught: 7x7 depthwise convolutions, inverted bottlenecks, layer
/// norm.</summary>
/// <remarks>Liu, Mao, Wu, Feichtenhofer, Darrell, Xie: "A ConvNet for the 2020s" (CVPR 2022), section 2, figure 4. Layer norm is over the
/// channels of each pixel; the last one, behind the mean over pixels, belongs to the head. Parameter names and initial weights are
/// torchvision's.</remarks>
public sealed class ConvNeXt : Backbone
{
    internal const double Epsilon = 1e-6;
    private const int Patch = 4, CoarsestStride = 32;

    private readonly FeatureChain _features;
    private readonly Dropout _dropout;
    private readonly Sequential? _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">An output stride is asked for.</exception>
    public ConvNeXt(ConvNeXtDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        options.ExpectNoDilation("a ConvNeXt");
        using var scope = new TensorScope();
        int count = design.Blocks.Count, total = design.Blocks.Sum();
        double depth = options.StochasticDepth ?? design.StochasticDepth;
        var links = new List<ChainLink> { new(new ConvNeXtPatches(Patch, design.Width, generator), design.Width, Patch, Patch) };
        for (int stage = 0, block = 0; stage < count; stage++)
        {
            int width = design.Width << stage, stride = Patch << stage;
            if (stage > 0) links.Add(new(new ConvNeXtDownsampling(width / 2, width, generator), width, 2, stride));
            var blocks = new Layer[design.Blocks[stage]];
            for (int i = 0; i < blocks.Length; i++, block++)
                blocks[i] = new ConvNeXtBlock(width, depth * block / Math.Max(1, total - 1), options.ZeroInitResidual, generator);
            links.Add(new(new Sequential(blocks), width, 1, stride));
        }
        _features = Child("features", new FeatureChain(links, null));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0));
        long channels = links[^1].Channels;
        if (options.ClassCount is { } classes)
            _classifier = Child("classifier", new Sequential(
                [("0", new LayerNorm(channels, Epsilon)), ("2", new Linear(channels, classes, generator: generator))]));
        foreach ((_, Module module) in NamedModules())
        {
            (Tensor? weight, Tensor? bias) = module switch
            {
                Conv2d convolution => (convolution.Weight, convolution.Bias),
                Linear layer => (layer.Weight, layer.Bias),
                _ => default((Tensor?, Tensor?)),
            };
            if (weight is not null) Init.TruncatedNormal(weight, standardDeviation: 0.02, generator: generator);
            if (bias is not null) Init.Constant(bias, 0);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _features.Stages;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.2."];

    /// <summary>N x 3 x H x W to the maps of the four stages: N x C x H/4 x W/4 to N x 8C x H/32 x W/32, sizes rounded down.</summary>
    /// <exception cref="ArgumentException">The pictures are smaller than 32 x 32 pixels.</exception>
    public override Tensor[] Forward(Tensor images)
    {
        ExpectAtLeast(images, CoarsestStride);
        return _features.Maps(images);
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images)
    {
        ExpectAtLeast(images, CoarsestStride);
        return _classifier!.Forward(_dropout.Forward(_features.Pooled(images)));
    }
}

/// <summary>Patches of a picture to normalised pixels: N,3,H,W -> N,C,H/4,W/4 (Liu et al. 2022, section 2.2).</summary>
internal sealed class ConvNeXtPatches : Layer
{
    private readonly ConvolutionUnit _projection;
    private readonly LayerNorm _norm;

    public ConvNeXtPatches(int patch, int width, Generator? generator)
    {
        _projection = Own(new ConvolutionUnit(Child("0", new Conv2d(3, width, patch, stride: patch, generator: generator))));
        _norm = Child("1", new LayerNorm(width, ConvNeXt.Epsilon));
    }

    protected override Tensor Apply(Tensor input) => PixelNorm.Apply(_norm, _projection.Forward(input));
}

/// <summary>Layer norm and a 2x2 convolution of stride 2: N,C,H,W -> N,2C,H/2,W/2 (Liu et al. 2022, section 2.6).</summary>
internal sealed class ConvNeXtDownsampling : Layer
{
    private readonly LayerNorm _norm;
    private readonly ConvolutionUnit _projection;

    public ConvNeXtDownsampling(long channels, long outChannels, Generator? generator)
    {
        _norm = Child("0", new LayerNorm(channels, ConvNeXt.Epsilon));
        _projection = Own(new ConvolutionUnit(Child("1", new Conv2d(channels, outChannels, 2, stride: 2, generator: generator))));
    }

    protected override Tensor Apply(Tensor input) => _projection.Forward(PixelNorm.Apply(_norm, input));
}

/// <summary>A 7x7 depthwise convolution, layer norm, two layers across channels with GELU between them, a learned scale and a shortcut (Liu
/// et al. 2022, figure 4; the scale is LayerScale of Touvron et al.: "Going Deeper with Image Transformers", ICCV 2021).</summary>
internal sealed class ConvNeXtBlock : Layer
{
    private const double FirstScale = 1e-6;

    private readonly Tensor _scale;
    private readonly ConvolutionUnit _depthwise;
    private readonly LayerNorm _norm;
    private readonly Linear _expand, _reduce;
    private readonly StochasticDepth _depth;

    public ConvNeXtBlock(long width, double depth, bool zeroInit, Generator? generator)
    {
        _scale = Parameter("layer_scale", Tensor.Full([width, 1, 1], zeroInit ? 0 : FirstScale));
        var depthwise = new Conv2d(width, width, 7, padding: 3, groups: width, generator: generator);
        (_norm, _expand, _reduce) = (new LayerNorm(width, ConvNeXt.Epsilon), new Linear(width, 4 * width, generator: generator),
            new Linear(4 * width, width, generator: generator));
        _depthwise = Own(new ConvolutionUnit(depthwise));
        // Torchvision's 1, 4 and 6 turn the map round, and are the activation: they have no state.
        Child("block", new Sequential([("0", depthwise), ("2", _norm), ("3", _expand), ("5", _reduce)]));
        _depth = Child("stochastic_depth", new StochasticDepth(depth));
    }

    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _norm.Forward(_depthwise.Forward(input).Permute(0, 2, 3, 1));                        // N,H,W,C
        x = _reduce.Forward(_expand.Forward(x).Activate(Activation.Gelu)).Permute(0, 3, 1, 2);          // N,C,H,W
        x = GradMode.IsEnabled ? x * _scale : x.MultiplyInPlace(_scale);
        return _depth.Forward(x).AddInPlace(input);
    }
}
