using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Scores from a feature map: a 3x3 convolution to a quarter of the channels, then a 1x1 convolution to the classes. The head of
/// fully convolutional networks on ResNets, and the auxiliary head of most networks since.</summary>
/// <remarks>Parameter names and initial weights are torchvision's.</remarks>
internal sealed class FcnHead : Layer
{
    private readonly ConvolutionUnit _reduce;
    private readonly Dropout _dropout;
    private readonly Conv2d _classify;

    /// <param name="channels">C of the map.</param>
    /// <param name="classCount">K.</param>
    /// <param name="dropout">Chance that a number is dropped while training.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="width">Channels between the convolutions, where they are not a quarter of the map's.</param>
    public FcnHead(long channels, int classCount, double dropout = 0.1, Generator? generator = null, long? width = null)
    {
        long reduced = width ?? channels / 4;
        Conv2d convolution = Child("0", new Conv2d(channels, reduced, 3, padding: 1, bias: false, generator: generator));
        _reduce = Own(new ConvolutionUnit(convolution, Child("1", new BatchNorm2d(reduced)), Activation.Relu));
        _dropout = Child("3", new Dropout(dropout));
        _classify = Child("4", new Conv2d(reduced, classCount, 1, generator: generator));
    }

    /// <summary>N x C x H x W to N x K x H x W.</summary>
    protected override Tensor Apply(Tensor input) => _classify.Forward(_dropout.Forward(_reduce.Forward(input)));
}
