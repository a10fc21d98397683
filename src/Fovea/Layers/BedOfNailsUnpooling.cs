using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>Bed-of-nails unpooling: every pixel goes to the upper left corner of a square that is zero elsewhere.</summary>
/// <remarks>As Dosovitskiy et al.: "Learning to Generate Chairs with Convolutional Neural Networks" (CVPR 2015), section 3.2, unpool. Its
/// gradient is that of the corner.</remarks>
/// <param name="factor">Side of the square.</param>
public sealed class BedOfNailsUnpooling(int factor = 2) : Layer
{
    private readonly int _factor = Check.Positive(factor, nameof(factor));

    /// <summary>N x C x H x W to N x C x H factor x W factor.</summary>
    protected override Tensor Apply(Tensor input)
    {
        (long n, long channels, long height, long width) = (input.Size(0), input.Size(1), input.Size(2), input.Size(3));
        Tensor squares = input.Reshape(n, channels, height, 1, width, 1).Pad([0, _factor - 1, 0, 0, 0, _factor - 1]);
        return squares.Reshape(n, channels, height * _factor, width * _factor);    // N,C,H,f,W,f -> N,C,Hf,Wf
    }
}
