using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Two 3x3 convolutions and a shortcut, without batch norm: BR, the boundary refinement of GCN; with a ReLU before the first one,
/// which the shortcut does not pass, RCU, the residual convolution unit of RefineNet.</summary>
/// <remarks>Peng et al.: "Large Kernel Matters" (CVPR 2017), section 3.1, figure 2 C; Lin, Milan, Shen, Reid: "RefineNet" (CVPR 2017), section
/// 3.2, figure 3 b. The second convolution begins from a deviation of 0.01, so that a row of units begins near the identity.</remarks>
internal sealed class ResidualConvolutionUnit : Layer
{
    private readonly ConvNormActivation _first, _second;
    private readonly bool _preactivated;

    /// <param name="channels">C.</param>
    /// <param name="preactivated">Whether a ReLU comes first.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ResidualConvolutionUnit(long channels, bool preactivated, Generator? generator)
    {
        _preactivated = preactivated;
        _first = Child("first", new ConvNormActivation(channels, channels, 3, 1, norm: null, generator: generator));
        _second = Child("second", new ConvNormActivation(channels, channels, 3, 1, norm: null, Activation.None, generator: generator));
        Init.KaimingNormal(_first.Convolution.Weight, generator: generator);
        Init.Constant(_first.Convolution.Bias!, 0);
        Init.Normal(_second.Convolution.Weight, 0, 0.01, generator);
        Init.Constant(_second.Convolution.Bias!, 0);
    }

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input)
    {
        Tensor x = _preactivated ? input.Relu() : input;
        return _second.Forward(_first.Forward(x)).AddInPlace(input);
    }
}
