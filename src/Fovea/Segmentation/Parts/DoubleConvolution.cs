using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Two 3x3 convolutions, each with its ReLU: what U-Nets are made of.</summary>
internal sealed class DoubleConvolution : Layer
{
    private readonly ConvNormActivation _first, _second;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="between">Channels between the two.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="padding">Zeros on each side: 1 keeps the size, 0 takes two pixels from each side.</param>
    /// <param name="norm">Makes the normalisation after each; none where null, and then they have biases.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public DoubleConvolution(long inChannels, long between, long outChannels, long padding, Func<long, Layer>? norm, Generator? generator)
    {
        _first = Child("first", new ConvNormActivation(inChannels, between, 3, 1, norm, padding: padding, generator: generator));
        _second = Child("second", new ConvNormActivation(between, outChannels, 3, 1, norm, padding: padding, generator: generator));
    }

    protected override Tensor Apply(Tensor input) => _second.Forward(_first.Forward(input));
}
