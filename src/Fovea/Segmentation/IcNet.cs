using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>ICNet: an image cascade. The deep network sees the picture at a quarter of its size, and branches on the half and the full size
/// refine what it finds.</summary>
/// <remarks>Zhao, Qi, Shen, Shi, Jia: "ICNet for Real-Time Semantic Segmentation on High-Resolution Images" (ECCV 2018), section 3, figures
/// 2 and 3. As in section 3.2, the low and the middle branch share weights and work: the backbone runs on the half-sized picture as far as
/// the first block of its second stage (1/16 of the picture), and from there on a map of half that size (1/32), dilated as in PSPNet.
/// Pyramid pooling adds its means of 1, 2, 3 and 6 bins to the map, as the authors' program does, and a 1x1 convolution leaves a quarter of
/// the channels. Losses of the three scales count 0.4, 0.4 and 1 (section 3.4); here all of them are taken at the picture's size. The stem
/// is torchvision's, so that ImageNet weights can begin it; a ResNet-50 with half of its channels is the paper's compressed network
/// (section 3.5), without the steps of pruning that led there.</remarks>
public sealed class IcNet : Segmenter
{
    private const int FusedChannels = 128;
    private static readonly int[] Bins = [1, 2, 3, 6];

    private readonly ResNet _backbone;
    private readonly ConvNormActivation _reduce;
    private readonly Sequential _detail;
    private readonly CascadeFeatureFusion _fuseLow, _fuseMiddle;
    private readonly Conv2d _classifier;
    private readonly Conv2d? _lowClassifier, _middleClassifier;

    /// <summary>Puts the branches on a backbone.</summary>
    /// <param name="backbone">A ResNet without a head, with an output stride of 8.</param>
    /// <param name="options">What is common to all segmenters; there is no dropout.</param>
    /// <param name="generator">Source of the branches' initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The backbone's output stride is another.</exception>
    public IcNet(ResNet backbone, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        BackboneStage last = backbone.Features[^1];
        if (last.Stride != 8)
            throw new ArgumentException($"A backbone of output stride {last.Stride} arrived: ICNet's is dilated to 8.", nameof(backbone));
        Func<long, Layer> norm = channels => new BatchNorm2d(channels);
        ConvNormActivation Halve(long channels, long output) => new(channels, output, 3, 2, norm, generator: generator);
        long low = last.Channels / 4, middle = backbone.Features[1].Channels;
        _backbone = Child("backbone", backbone);
        _reduce = Child("reduce", new ConvNormActivation(last.Channels, low, 1, 1, norm, generator: generator));
        _detail = Child("detail", new Sequential(Halve(3, 32), Halve(32, 32), Halve(32, 64)));
        _fuseLow = Child("fuse_low", new CascadeFeatureFusion(low, middle, FusedChannels, norm, generator));
        _fuseMiddle = Child("fuse_middle", new CascadeFeatureFusion(FusedChannels, 64, FusedChannels, norm, generator));
        _classifier = Child("classifier", new Conv2d(FusedChannels, ClassCount, 1, generator: generator));
        if (options.Auxiliary)
        {
            _lowClassifier = Child("low_classifier", new Conv2d(low, ClassCount, 1, generator: generator));
            _middleClassifier = Child("middle_classifier", new Conv2d(FusedChannels, ClassCount, 1, generator: generator));
        }
        InitialWeights.FanIn(_reduce, generator);
        InitialWeights.FanIn(_detail, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.", "low_classifier.", "middle_classifier."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => _lowClassifier is null ? [] : [0.4, 0.4];

    /// <inheritdoc/>
    protected override int SizeDivisor => 32;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor middle = Middle(images);                                         // N,C2,H/16,W/16
        Tensor low = Twice(Low(middle));                                        // N,C4/4,H/16,W/16
        Tensor fused = Twice(_fuseLow.Forward(low, middle));                    // N,128,H/8,W/8
        Tensor all = Twice(_fuseMiddle.Forward(fused, _detail.Forward(images.ChannelsLast())));     // N,128,H/4,W/4
        Tensor scores = _classifier.Forward(all);
        if (!auxiliary || _lowClassifier is null || _middleClassifier is null) return [scope.Keep(scores)];
        return scope.Keep([scores, _lowClassifier.Forward(low), _middleClassifier.Forward(fused)]);
    }

    // What the middle and the low branch share.
    private Tensor Middle(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor half = Functional.ResizeBilinear(images, images.Size(2) / 2, images.Size(3) / 2);
        Tensor x = _backbone.Stage(0).Forward(_backbone.Start(half));
        return scope.Keep(_backbone.Stage(1)[0].Forward(x));
    }

    private Tensor Low(Tensor middle)
    {
        using var scope = new TensorScope();
        Tensor x = Functional.ResizeBilinear(middle, middle.Size(2) / 2, middle.Size(3) / 2);
        for (int i = 1; i < _backbone.Stage(1).Count; i++) x = _backbone.Stage(1)[i].Forward(x);
        x = _backbone.Stage(3).Forward(_backbone.Stage(2).Forward(x));          // N,C4,H/32,W/32
        return scope.Keep(_reduce.Forward(PyramidSum(x)));
    }

    private static Tensor PyramidSum(Tensor map)
    {
        Tensor sum = map;
        foreach (int bins in Bins)
            sum = sum + Functional.ResizeBilinear(Functional.AdaptiveAvgPool2d(map, bins, bins), map.Size(2), map.Size(3));
        return sum;
    }

    private static Tensor Twice(Tensor map) => Functional.ResizeBilinear(map, 2 * map.Size(2), 2 * map.Size(3));
}
