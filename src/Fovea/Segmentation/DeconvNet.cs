using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>DeconvNet: VGG with its fully connected layers, down to one pixel, and back by unpooling and deconvolution.</summary>
/// <remarks>Noh, Hong, Han: "Learning Deconvolution Network for Semantic Segmentation" (ICCV 2015), section 3, figure 2, and the table of
/// its appendix: about 252 million parameters, batch norm after every layer, no dropout (section 5.1). fc6 is a 7x7 convolution without
/// padding, which makes one pixel of a picture of 224 x 224, and its mirror image a 7x7 deconvolution. The paper warps the region around
/// each object proposal to 224 x 224 and puts the results together; here the network goes over the whole picture, as all its layers are
/// convolutions: pictures lower or narrower than 224 are padded to it with zeros (the mean colour) on the right and below, others to a
/// multiple of 32, and scores are cut. Deconvolutions of stride 1 are convolutions whose kernels are turned by half a circle, so that all
/// but the one of fc6 are written as such. Batch norm at fc6 and fc7 needs more than one pixel to learn: train with several pictures of
/// 224 x 224, or with larger ones.</remarks>
public sealed class DeconvNet : Segmenter
{
    private const int Grid = 7, Least = 32 * Grid, HeadFactor = 64;

    private readonly Vgg _backbone;
    private readonly ConvNormActivation _fc6, _fc7;
    private readonly ConvTranspose2d _deconvolution;
    private readonly BatchNorm2d _norm;
    private readonly UnpoolingDecoder _decoder;
    private readonly Conv2d _classifier;

    /// <summary>Puts the fully connected layers and the decoder on a VGG.</summary>
    /// <param name="backbone">VGG-16 with batch norm in the paper; without a head. Where it is narrower than 64 channels, all that follows
    /// is so too: fc6 and fc7 have 64 times its width.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public DeconvNet(Vgg backbone, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        long channels = backbone.Stages[^1].Channels, head = (long)HeadFactor * backbone.Design.Width;
        _backbone = Child("backbone", backbone);
        _fc6 = Child("fc6",
            new ConvNormActivation(channels, head, Grid, 1, c => new BatchNorm2d(c), padding: 0, generator: generator));
        _fc7 = Child("fc7", new ConvNormActivation(head, head, 1, 1, c => new BatchNorm2d(c), generator: generator));
        _deconvolution = Child("deconv_fc6", new ConvTranspose2d(head, channels, Grid, bias: false, generator: generator));
        _norm = Child("deconv_fc6_norm", new BatchNorm2d(channels));
        _decoder = Child("decoder", new UnpoolingDecoder(backbone.Design, generator));
        _classifier = Child("classifier", new Conv2d(backbone.Design.Width, ClassCount, 1, generator: generator));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <inheritdoc/>
    protected override int SizeDivisor => 32;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        (long height, long width) = (images.Size(2), images.Size(3));
        (long right, long below) = (Math.Max(0, Least - width), Math.Max(0, Least - height));
        Tensor padded = right + below > 0 ? images.Pad([0, right, 0, below]) : images;
        (Tensor map, Tensor[] places) = _backbone.ForwardWithPlaces(padded);    // N,512,H/32,W/32
        Tensor enlarged = _decoder.Forward(Connect(map), places);               // N,64,H,W
        return [_classifier.Forward(enlarged).Slice(2, 0, height).Slice(3, 0, width)];
    }

    // N,512,h,w through fc6 and fc7, N,4096,h-6,w-6, and back.
    private Tensor Connect(Tensor map)
    {
        using var scope = new TensorScope();
        Tensor deconvolved = _deconvolution.Forward(_fc7.Forward(_fc6.Forward(map)));
        return scope.Keep(_norm.Forward(deconvolved.ChannelsLast()).ReluInPlace());
    }
}
