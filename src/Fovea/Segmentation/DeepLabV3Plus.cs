using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>DeepLabv3+: DeepLabv3's pyramid as an encoder, and a small decoder that sharpens its map with a finer one of the
/// backbone.</summary>
/// <remarks>Chen, Zhu, Papandreou, Schroff, Adam: "Encoder-Decoder with Atrous Separable Convolution for Semantic Image Segmentation" (ECCV
/// 2018), section 3.1, figure 2, and section 4.1: the map at 1/4 of the picture is reduced to 48 channels, joined to the enlarged pyramid, and
/// goes through two 3x3 convolutions of 256 channels. Convolutions are plain ones, as in the paper's networks on ResNet-101; it has depthwise
/// separable ones on Xception. Rates of the pyramid are 6, 12 and 18 at output stride 16, and follow the stride. Dropout of 0.1 after the
/// pyramid is the authors' program's. Weights of the decoder begin by He et al. (2015).</remarks>
public sealed class DeepLabV3Plus : Segmenter
{
    private const int LowChannels = 48, RateStep = 96;

    private readonly Backbone _backbone;
    private readonly Aspp _pyramid;
    private readonly ConvNormActivation _reduce;
    private readonly Sequential _refine;
    private readonly Conv2d _classifier;

    /// <summary>Puts the pyramid and the decoder on a backbone.</summary>
    /// <param name="backbone">A network without a head, whose first map is at 1/4 of the picture.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="channels">Of the pyramid and the decoder: 256 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public DeepLabV3Plus(Backbone backbone, SegmenterOptions options, int channels = 256, Generator? generator = null)
        : base(options.ClassCount)
    {
        BackboneStage fine = backbone.Features[0], last = backbone.Features[^1];
        Func<long, Layer> norm = c => new BatchNorm2d(c);
        int rate = RateStep / last.Stride;
        _backbone = Child("backbone", backbone);
        _pyramid = Child("pyramid", new Aspp(last.Channels, [rate, 2 * rate, 3 * rate], channels, options.Dropout ?? 0.1, generator));
        _reduce = Child("reduce", new ConvNormActivation(fine.Channels, LowChannels, 1, 1, norm, generator: generator));
        _refine = Child("refine", new Sequential(
            new ConvNormActivation(channels + LowChannels, channels, 3, 1, norm, generator: generator),
            new ConvNormActivation(channels, channels, 3, 1, norm, generator: generator)));
        _classifier = Child("classifier", new Conv2d(channels, ClassCount, 1, generator: generator));
        InitialWeights.FanIn(_reduce, generator);
        InitialWeights.FanIn(_refine, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] maps = _backbone.Forward(images);
        Tensor coarse = _pyramid.Forward(maps[^1]);                                     // N,256,H/16,W/16
        return [scope.Keep(_classifier.Forward(_refine.Forward(Join(coarse, maps[0]))))];
    }

    // N,256,h,w and N,C,H/4,W/4 to N,256+48,H/4,W/4.
    private Tensor Join(Tensor coarse, Tensor fine)
    {
        using var scope = new TensorScope();
        Tensor enlarged = Functional.ResizeBilinear(coarse, fine.Size(2), fine.Size(3));
        return scope.Keep(Tensor.Cat([enlarged, _reduce.Forward(fine)], 1).ChannelsLast());
    }
}
