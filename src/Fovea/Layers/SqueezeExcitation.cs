using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>Squeeze-and-excitation: every channel of a map times a gate in which the means of all channels have their say.</summary>
/// <remarks>Hu, Shen, Sun: "Squeeze-and-Excitation Networks" (CVPR 2018), section 3, figures 1 and 2. The two fully connected layers are
/// 1x1 convolutions, named fc1 and fc2 as in torchvision.</remarks>
public sealed class SqueezeExcitation : Layer
{
    private readonly ConvolutionUnit _squeeze, _excite;

    /// <summary>A gate for each of so many channels.</summary>
    /// <param name="channels">C.</param>
    /// <param name="squeezed">Numbers between the two layers: C over the paper's reduction ratio.</param>
    /// <param name="activation">What follows the first layer.</param>
    /// <param name="gate">What follows the second one.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SqueezeExcitation(long channels, long squeezed, Activation activation = Activation.Relu, Activation gate = Activation.Sigmoid,
        Generator? generator = null)
    {
        _squeeze = Own(new ConvolutionUnit(Child("fc1", new Conv2d(channels, squeezed, 1, generator: generator)), activation: activation));
        _excite = Own(new ConvolutionUnit(Child("fc2", new Conv2d(squeezed, channels, 1, generator: generator)), activation: gate));
    }

    /// <summary>N x C x H x W to the same shape. Where no gradient is recorded, what is given is given away: it is gated in
    /// place.</summary>
    protected override Tensor Apply(Tensor input)
    {
        Tensor gate = _excite.Forward(_squeeze.Forward(Functional.AdaptiveAvgPool2d(input, 1, 1)));   // N,C,1,1
        return GradMode.IsEnabled ? input * gate : input.MultiplyInPlace(gate);
    }
}
