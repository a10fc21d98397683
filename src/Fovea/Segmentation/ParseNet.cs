using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>ParseNet: the mean of the last map joined to each of its pixels, both normalised, so that every pixel knows its whole
/// picture.</summary>
/// <remarks>Liu, Rabinovich, Berg: "ParseNet: Looking Wider to See Better" (2015), sections 3.2 and 3.3, figure 1, early fusion, on DeepLab's
/// LargeFOV network (Chen et al.: "Semantic Image Segmentation with Deep Convolutional Nets and Fully Connected CRFs", ICLR 2015): VGG-16
/// without the strides of pool4 and pool5, conv5 with a dilation of 2, fc6 a 3x3 convolution with a dilation of 12, fc6 and fc7 of 1,024
/// channels. Scales start at 10 (section 3.3). fc6 and fc7 start from He's distribution.</remarks>
public sealed class ParseNet : Segmenter
{
    private const double Scale = 10;

    private readonly Backbone _backbone;
    private readonly ConvolutionUnit _fc6, _fc7;
    private readonly Dropout _dropout;
    private readonly L2Normalization _localNorm, _globalNorm;
    private readonly Conv2d _score;

    /// <summary>Puts the layers on a VGG.</summary>
    /// <param name="backbone">A VGG without a head, with an output stride of 8.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="width">Channels of fc6 and fc7.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ParseNet(Vgg backbone, SegmenterOptions options, int width = 1024, Generator? generator = null) : base(options.ClassCount)
    {
        using var scope = new TensorScope();
        _backbone = Child("backbone", backbone);
        Conv2d fc6 = Child("fc6", new Conv2d(backbone.Features[^1].Channels, width, 3, padding: 12, dilation: 12, generator: generator));
        Conv2d fc7 = Child("fc7", new Conv2d(width, width, 1, generator: generator));
        foreach (Conv2d layer in (Conv2d[])[fc6, fc7])
        {
            Init.KaimingNormal(layer.Weight, generator: generator);
            Init.Constant(layer.Bias!, 0);
        }
        _fc6 = Own(new ConvolutionUnit(fc6, activation: Activation.Relu));
        _fc7 = Own(new ConvolutionUnit(fc7, activation: Activation.Relu));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0.5));
        _localNorm = Child("fc7_norm", new L2Normalization(width, Scale));
        _globalNorm = Child("pool6_norm", new L2Normalization(width, Scale));
        _score = Child("fc8", new Conv2d(2 * width, ClassCount, 1, generator: generator));
        Init.Normal(_score.Weight, 0, 0.01, generator);
        Init.Constant(_score.Bias!, 0);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["fc8."];

    /// <summary>VGG pools four times before its last block.</summary>
    protected override int SizeDivisor => 16;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] maps = _backbone.Forward(images);
        for (int i = 0; i < maps.Length - 1; i++) scope.Release(maps[i]);
        Tensor pool5 = Functional.MaxPool2d(maps[^1], 3, 1, padding: 1);                           // N,512,H/8,W/8
        Tensor fc7 = _dropout.Forward(_fc7.Forward(_dropout.Forward(_fc6.Forward(pool5))));        // N,C,H/8,W/8
        Tensor context = _globalNorm.Forward(fc7.Mean([2, 3], keepDimensions: true));              // N,C,1,1
        Tensor spread = context.Expand(-1, -1, fc7.Size(2), fc7.Size(3));
        return scope.Keep((Tensor[])[_score.Forward(Tensor.Cat([_localNorm.Forward(fc7), spread], 1))]);
    }
}
