using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>Which network of the FC-DenseNet family.</summary>
/// <param name="Layers">Layers of the dense blocks on the way down, and of the bottleneck last; those on the way up mirror the
/// former.</param>
/// <param name="Growth">k: channels that a layer adds.</param>
public sealed record FcDenseNetDesign(IReadOnlyList<int> Layers, long Growth)
{
    /// <summary>FC-DenseNet with so many convolutions: Jegou et al. 2017, section 4.1 and table 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no FC-DenseNet of this depth.</exception>
    public static FcDenseNetDesign OfDepth(int depth) => depth switch
    {
        56 => new([4, 4, 4, 4, 4, 4], 12),
        67 => new([5, 5, 5, 5, 5, 5], 16),
        103 => new([4, 5, 7, 10, 12, 15], 16),
        _ => throw new ArgumentOutOfRangeException(nameof(depth), depth, "FC-DenseNet comes with 56, 67 or 103 layers."),
    };
}

/// <summary>FC-DenseNet, "the one hundred layers tiramisu": dense blocks down and up, with skips between blocks of one size.</summary>
/// <remarks>Jegou, Drozdzal, Vazquez, Romero, Bengio: "The One Hundred Layers Tiramisu: Fully Convolutional DenseNets for Semantic
/// Segmentation" (CVPR Workshops 2017), section 3, figure 1, tables 1 and 2. On the way up only the channels that a block has added go on
/// (section 3.2), except from the last block, from which all reach the classifier, as table 2 counts them. Weights begin as in section 4.1,
/// by HeUniform (He et al. 2015). The transposed 3x3 convolutions have one row and column of output padding, which makes their output
/// exactly twice as large, where the paper crops.</remarks>
public sealed class FcDenseNet : Segmenter
{
    private const long StemChannels = 48;

    private readonly int _levels;
    private readonly ConvolutionUnit _stem;
    private readonly FcDenseBlock[] _down, _up;
    private readonly FcDenseBlock _bottleneck;
    private readonly FcDenseLayer[] _transitionDown;
    private readonly ConvTranspose2d[] _transitionUp;
    private readonly Conv2d _classifier;

    /// <summary>A network of the family.</summary>
    /// <param name="design">Its numbers.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads. Dropout is that of every layer, 0.2 where the
    /// options do not say.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public FcDenseNet(FcDenseNetDesign design, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        double dropout = options.Dropout ?? 0.2;
        (IReadOnlyList<int> layers, long growth) = (design.Layers, design.Growth);
        _levels = layers.Count - 1;
        (_down, _up) = (new FcDenseBlock[_levels], new FcDenseBlock[_levels]);
        (_transitionDown, _transitionUp) = (new FcDenseLayer[_levels], new ConvTranspose2d[_levels]);
        _stem = Own(new ConvolutionUnit(Child("stem", new Conv2d(3, StemChannels, 3, padding: 1, generator: generator))));
        long channels = StemChannels;
        var skips = new long[_levels];
        for (int i = 0; i < _levels; i++)
        {
            _down[i] = Child($"down{i + 1}", new FcDenseBlock(layers[i], channels, growth, true, dropout, generator));
            skips[i] = channels += layers[i] * growth;
            _transitionDown[i] = Child($"transition_down{i + 1}", new FcDenseLayer(channels, channels, 1, dropout, generator));
        }
        _bottleneck = Child("bottleneck", new FcDenseBlock(layers[_levels], channels, growth, false, dropout, generator));
        for (int i = _levels - 1; i >= 0; i--)
        {
            long added = layers[i + 1] * growth;
            _transitionUp[i] = Child($"transition_up{i + 1}", new ConvTranspose2d(added, added, 3, 2, 1, 1, generator: generator));
            channels = skips[i] + added;
            _up[i] = Child($"up{i + 1}", new FcDenseBlock(layers[i], channels, growth, i == 0, dropout, generator));
        }
        _classifier = Child("classifier", new Conv2d(channels + layers[0] * growth, ClassCount, 1, generator: generator));
        InitialWeights.FanInUniform(this, generator);
        Stages =
        [
            new("stem", ["stem."], StemChannels, 1),
            .. Enumerable.Range(0, _levels).Select(i =>
                new BackboneStage($"down{i + 1}", [$"down{i + 1}.", $"transition_down{i + 1}."], skips[i], 1 << i)),
            new("bottleneck", ["bottleneck."], layers[_levels] * growth, 1 << _levels),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <inheritdoc/>
    protected override int SizeDivisor => 1 << _levels;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor x = _stem.Forward(images.ChannelsLast());                        // N,48,H,W
        var skips = new Tensor[_levels];
        for (int i = 0; i < _levels; i++)
        {
            skips[i] = _down[i].Forward(x);
            scope.Release(x);
            x = TransitionDown(i, skips[i]);
        }
        Tensor added = _bottleneck.Forward(x);                                  // N,L k,H/32,W/32
        scope.Release(x);
        for (int i = _levels - 1; i >= 0; i--)
        {
            Tensor joined = Join(i, added, skips[i]);
            scope.Release(added);
            scope.Release(skips[i]);
            added = _up[i].Forward(joined);
            scope.Release(joined);
        }
        return [scope.Keep(_classifier.Forward(added))];
    }

    private Tensor TransitionDown(int i, Tensor x)
    {
        using var scope = new TensorScope();
        return scope.Keep(Functional.MaxPool2d(_transitionDown[i].Forward(x), 2, 2));
    }

    private Tensor Join(int i, Tensor added, Tensor skip)
    {
        using var scope = new TensorScope();
        return scope.Keep(Tensor.Cat([skip, _transitionUp[i].Forward(added).ChannelsLast()], 1));
    }
}
