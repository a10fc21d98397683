using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>VGG's fully connected layers as convolutions that look at a dilated map: fc6 of 3x3 pixels that lie apart, fc7 and fc8 of one
/// pixel. The whole head of DeepLab-LargeFOV, and one of four side by side in DeepLab v2.</summary>
/// <remarks>Chen et al.: "Semantic Image Segmentation with Deep Convolutional Nets and Fully Connected CRFs" (ICLR 2015), section 3.1, and
/// "DeepLab" (PAMI 2018), figure 7.</remarks>
internal sealed class AtrousBranch : Layer
{
    private readonly ConvolutionUnit _fc6, _fc7;
    private readonly Dropout _dropout;
    private readonly Conv2d _fc8;

    /// <param name="channels">C of the map.</param>
    /// <param name="width">Channels of fc6 and fc7.</param>
    /// <param name="classCount">K.</param>
    /// <param name="rate">Dilation of fc6.</param>
    /// <param name="dropout">Chance that a number of fc6 or fc7 is dropped while training.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public AtrousBranch(long channels, long width, int classCount, int rate, double dropout, Generator? generator)
    {
        Conv2d fc6 = Child("fc6", new Conv2d(channels, width, 3, padding: rate, dilation: rate, generator: generator));
        Conv2d fc7 = Child("fc7", new Conv2d(width, width, 1, generator: generator));
        _fc6 = Own(new ConvolutionUnit(fc6, activation: Activation.Relu));
        _fc7 = Own(new ConvolutionUnit(fc7, activation: Activation.Relu));
        _fc8 = Child("fc8", new Conv2d(width, classCount, 1, generator: generator));
        _dropout = Child("dropout", new Dropout(dropout));
        InitialWeights.FanIn(this, generator);
        Init.Normal(_fc8.Weight, 0, 0.01, generator);
    }

    /// <summary>N x C x H x W to N x K x H x W.</summary>
    protected override Tensor Apply(Tensor input) =>
        _fc8.Forward(_dropout.Forward(_fc7.Forward(_dropout.Forward(_fc6.Forward(input)))));
}
