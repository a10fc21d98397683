using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>SegNet: VGG's convolutions as the encoder, and a decoder that is its mirror image and puts each value back to where the
/// encoder's pooling found its maximum.</summary>
/// <remarks>Badrinarayanan, Kendall, Cipolla: "SegNet: A Deep Convolutional Encoder-Decoder Architecture for Image Segmentation" (2015,
/// PAMI 2017), section 3, figure 2: 13 convolutions down and 13 up, all with batch norm and ReLU. The text gives the last of them 64
/// channels and puts a classifier behind it; the authors' program lets it give the class scores itself. The text is followed here, with
/// a 1x1 convolution as classifier, as in SegNet-Basic. Convolutions of the decoder have no bias, because batch norm follows; those of
/// the encoder have one, as the VGG weights that start it. Decoder weights begin as the paper's, by He et al. (2015).</remarks>
public sealed class SegNet : Segmenter
{
    private readonly Vgg _backbone;
    private readonly UnpoolingDecoder _decoder;
    private readonly Conv2d _classifier;

    /// <summary>Puts the decoder on a VGG.</summary>
    /// <param name="backbone">VGG-16 with batch norm in the paper; without a head.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="generator">Source of the decoder's initial weights; the default one where null.</param>
    public SegNet(Vgg backbone, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        _backbone = Child("backbone", backbone);
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
        (Tensor map, Tensor[] places) = _backbone.ForwardWithPlaces(images);    // N,512,H/32,W/32
        return [_classifier.Forward(_decoder.Forward(map, places))];            // N,64,H,W -> N,K,H,W
    }
}
