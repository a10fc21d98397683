using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>Which network of the DenseNet family: the numbers of its table.</summary>
/// <param name="Layers">Layers of each of the four dense blocks.</param>
/// <param name="Growth">k: channels that a layer adds.</param>
/// <param name="StemChannels">Channels of the first convolution: 2k.</param>
public sealed record DenseNetDesign(IReadOnlyList<int> Layers, long Growth = 32, long StemChannels = 64)
{
    /// <summary>DenseNet with so many layers: Huang et al. 2017, table 1, and their section 4.4 for 161.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no DenseNet of this depth.</exception>
    public static DenseNetDesign OfDepth(int depth) => depth switch
    {
        121 => new([6, 12, 24, 16]),
        161 => new([6, 12, 36, 24], 48, 96),
        169 => new([6, 12, 32, 32]),
        201 => new([6, 12, 48, 32]),
        _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "DenseNet comes with 121, 161, 169 or 201 layers."),
    };
}

/// <summary>DenseNet-BC: every layer of a block sees the maps of all layers before it.</summary>
/// <remarks>Huang, Liu, van der Maaten, Weinberger: "Densely Connected Convolutional Networks" (CVPR 2017), section 3, table 1. A map is
/// that at the end of a dense block, after the normalisation and the ReLU that follow it: those of the transition, or the last ones.
/// Parameter names are torchvision's (features.conv0, features.denseblock1.denselayer1.norm1, ..., classifier).</remarks>
public sealed class DenseNet : Backbone
{
    private const int Blocks = 4;

    private readonly ConvolutionUnit _stem;
    private readonly DenseBlock[] _blocks = new DenseBlock[Blocks];
    private readonly Layer[] _norms = new Layer[Blocks];
    private readonly DenseTransition[] _transitions = new DenseTransition[Blocks - 1];
    private readonly Linear? _classifier;
    private readonly int _smallest;

    /// <summary>A network of the family, with weights drawn as in He et al.: "Delving Deep into Rectifiers" (ICCV 2015), fan-in
    /// mode.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all backbones; <see cref="BackboneOptions.Dropout"/> is that of the dense layers, none where
    /// they do not say.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public DenseNet(DenseNetDesign design, BackboneOptions options, Generator? generator = null) : base(options)
    {
        using var scope = new TensorScope();
        _smallest = options.OutputStride - 3;           // the stem rounds up, transitions round down
        long channels = design.StemChannels, dilation = 1;
        var conv0 = new Conv2d(3, channels, 7, stride: 2, padding: 3, bias: false, generator: generator);
        Layer norm0 = options.Norm(channels);
        _stem = Own(new ConvolutionUnit(conv0, norm0, Activation.Relu));
        var features = new List<(string Name, Layer Layer)> { ("conv0", conv0), ("norm0", norm0) };
        var stages = new List<BackboneStage> { new("stem", ["features.conv0.", "features.norm0."], channels, 2, GivesMap: false) };
        int stride = 4;
        for (int i = 0; i < Blocks; i++)
        {
            _blocks[i] = new DenseBlock(design.Layers[i], channels, design.Growth, dilation, options, generator);
            channels += design.Layers[i] * design.Growth;
            _norms[i] = options.Norm(channels);
            features.Add(($"denseblock{i + 1}", _blocks[i]));
            bool last = i == Blocks - 1;
            string norm = last ? "norm5" : $"transition{i + 1}.norm";
            string[] parts = [$"features.denseblock{i + 1}.", $"features.{norm}."];
            if (i > 0) parts = [$"features.transition{i}.conv.", .. parts];
            stages.Add(new BackboneStage($"denseblock{i + 1}", parts, channels, stride));
            if (last)
            {
                features.Add((norm, _norms[i]));
                break;
            }
            bool dilate = 2 * stride > options.OutputStride;
            _transitions[i] = new DenseTransition(_norms[i], channels, dilate ? dilation : null, generator);
            features.Add(($"transition{i + 1}", _transitions[i]));
            channels /= 2;
            if (dilate) dilation *= 2;
            else stride *= 2;
        }
        Child("features", new Sequential(features));
        Stages = stages;
        if (options.ClassCount is { } classes)
        {
            _classifier = Child("classifier", new Linear(channels, classes, generator: generator));
            Init.Constant(_classifier.Bias!, 0);
        }
        foreach ((_, Module module) in NamedModules())
            if (module is Conv2d convolution) Init.KaimingNormal(convolution.Weight, generator: generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <summary>N x 3 x H x W to the maps of the four blocks, after normalisation and ReLU.</summary>
    /// <exception cref="ArgumentException">The pictures are smaller than 29 x 29 (at the default output stride).</exception>
    public override Tensor[] Forward(Tensor images)
    {
        ExpectAtLeast(images, _smallest);
        Tensor x = _stem.Forward(images.ChannelsLast());        // N,2k,H/2,W/2
        x = Functional.MaxPool2d(x, 3, 2, 1);                   // N,2k,H/4,W/4
        var maps = new Tensor[Blocks];
        for (int i = 0; i < Blocks; i++) maps[i] = Stage(i, i == 0 ? x : maps[i - 1]);
        return maps;
    }

    /// <inheritdoc/>
    protected override Tensor Head(Tensor images) => _classifier!.Forward(Forward(images)[^1].Mean([2, 3]));

    // The map before, through the second half of its transition, to the next one.
    private Tensor Stage(int i, Tensor x)
    {
        using var scope = new TensorScope();
        if (i > 0) x = _transitions[i - 1].Forward(x);
        return scope.Keep(_norms[i].Forward(_blocks[i].Forward(x)).ReluInPlace());
    }
}
