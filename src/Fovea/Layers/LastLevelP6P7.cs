using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>The levels P6 and P7 of a <see cref="FeaturePyramid"/>, by 3x3 convolutions of stride 2 from C5 or P5, with a ReLU
/// between.</summary>
/// <remarks>Lin, Goyal, Girshick, He, Dollar: "Focal Loss for Dense Object Detection" (ICCV 2017), section 4, footnote 2; names of
/// parameters are torchvision's.</remarks>
public sealed class LastLevelP6P7 : Module
{
    private readonly ConvolutionUnit _p6, _p7;

    /// <summary>Two levels on a map of so many channels.</summary>
    /// <param name="inChannels">Channels of C5 or P5.</param>
    /// <param name="outChannels">Channels of P6 and P7.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public LastLevelP6P7(long inChannels, long outChannels, Generator? generator = null)
    {
        using var scope = new TensorScope();
        _p6 = Own(new ConvolutionUnit(Child("p6", Halving(inChannels, outChannels, generator))));
        _p7 = Own(new ConvolutionUnit(Child("p7", Halving(outChannels, outChannels, generator))));
    }

    /// <summary>N x C x H x W to P6 and P7, half and a quarter as high and wide, rounded up.</summary>
    public (Tensor P6, Tensor P7) Forward(Tensor map)
    {
        using var scope = new TensorScope();
        Tensor p6 = _p6.Forward(map), p7 = _p7.Forward(p6.Relu());
        return (scope.Keep(p6), scope.Keep(p7));
    }

    private static Conv2d Halving(long inChannels, long outChannels, Generator? generator)
    {
        var convolution = new Conv2d(inChannels, outChannels, 3, stride: 2, padding: 1, generator: generator);
        Init.KaimingUniform(convolution.Weight, nonlinearity: Nonlinearity.LeakyRelu, slope: 1, generator: generator);
        Init.Constant(convolution.Bias!, 0);
        return convolution;
    }
}
