namespace Fovea.Torch.Nn;

/// <summary>Convolution, normalisation and activation in a row: the brick that most networks since batch norm are made of.</summary>
/// <remarks>State as torchvision's Conv2dNormActivation: "0" is the convolution, "1" the normalisation. One fused operation at
/// prediction (<see cref="ConvolutionUnit"/>).</remarks>
public sealed class ConvNormActivation : Layer
{
    private readonly ConvolutionUnit _unit;

    /// <summary>A brick.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Height and width of the window.</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="norm">Makes the normalisation of so many channels; none where null, and then the convolution has a bias.</param>
    /// <param name="activation">What follows.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <param name="dilation">Distance between taps.</param>
    /// <param name="padding">Zeros on each side; null keeps the size at stride 1, for an odd kernel.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public ConvNormActivation(long inChannels, long outChannels, long kernel, long stride, Func<long, Layer>? norm,
        Activation activation = Activation.Relu, long groups = 1, long dilation = 1, long? padding = null, Generator? generator = null)
    {
        Convolution = Child("0", new Conv2d(inChannels, outChannels, kernel, stride, padding ?? (kernel - 1) / 2 * dilation, dilation,
            groups, bias: norm is null, generator));
        Norm = norm is null ? null : Child("1", norm(outChannels));
        _unit = Own(new ConvolutionUnit(Convolution, Norm, activation));
    }

    /// <summary>The convolution.</summary>
    public Conv2d Convolution { get; }

    /// <summary>The normalisation, or null.</summary>
    public Layer? Norm { get; }

    /// <inheritdoc/>
    protected override Tensor Apply(Tensor input) => _unit.Forward(input);
}
