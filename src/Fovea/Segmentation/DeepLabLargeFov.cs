using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;

namespace Fovea.Segmentation;

/// <summary>DeepLab-LargeFOV (DeepLab v1): VGG-16 whose last two poolings have no stride, and whose first fully connected layer looks at
/// 3x3 pixels that are 12 apart.</summary>
/// <remarks>Chen, Papandreou, Kokkinos, Murphy, Yuille: "Semantic Image Segmentation with Deep Convolutional Nets and Fully Connected CRFs"
/// (ICLR 2015), section 3.1, and section 4.1, table 2: input stride 12, 3x3 kernel, field of view 224, 20.5 million parameters. conv5 is
/// dilated by 2, which with pool4 and pool5 at stride 1 leaves maps at 1/8 of the picture. pool4 is taken at every pixel; pool5, whose
/// window of 2x2 pixels would lie two apart, is 3x3 as in the authors' networks. fc6 and fc7 keep 1,024 of VGG's 4,096 channels: 16 times
/// the backbone's width here. Layers behind the backbone begin by He et al. (2015), fc8 from a deviation of 0.01.</remarks>
public sealed class DeepLabLargeFov : Segmenter
{
    /// <summary>Channels of fc6 and fc7 to one of the backbone's first block.</summary>
    internal const int HeadFactor = 16;

    private const int Rate = 12;

    private readonly Vgg _backbone;
    private readonly AtrousBranch _head;

    /// <summary>Puts the fully connected layers on a VGG.</summary>
    /// <param name="backbone">A VGG without a head, with an output stride of 8.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public DeepLabLargeFov(Vgg backbone, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        _backbone = Child("backbone", backbone);
        _head = Child("head", new AtrousBranch(backbone.Features[^1].Channels, HeadFactor * backbone.Design.Width, ClassCount, Rate,
            options.Dropout ?? 0.5, generator));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["head.fc8."];

    /// <inheritdoc/>
    protected override int SizeDivisor => 8;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor map = Functional.MaxPool2d(_backbone.Forward(images)[^1], 3, 1, 1);              // N,512,H/8,W/8
        return [scope.Keep(_head.Forward(map))];
    }
}
