using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>L2 normalisation: the channels of each pixel brought to a length of one, then each channel times a learned scale, so that maps of
/// different sizes of numbers can be joined.</summary>
/// <remarks>Liu, Rabinovich, Berg: "ParseNet: Looking Wider to See Better" (2015), section 3.3, equations 1 to 3.</remarks>
public sealed class L2Normalization : Layer
{
    private const double Epsilon = 1e-10;           // pixels whose channels are all zero stay zero, and have a gradient

    private readonly Tensor _scale;

    /// <summary>Normalises so many channels.</summary>
    /// <param name="channels">C.</param>
    /// <param name="scale">What every channel's scale starts from: a length that training gets on with, 10 to 20.</param>
    public L2Normalization(long channels, double scale)
    {
        _scale = Parameter("weight", Tensor.Full([channels], Check.Positive(scale)));
    }

    /// <summary>The same for a scale that belongs to another part.</summary>
    /// <param name="input">N x C x H x W.</param>
    /// <param name="scale">C factors.</param>
    public static Tensor Normalize(Tensor input, Tensor scale)
    {
        using var scope = new TensorScope();
        Tensor length = ((input * input).Sum(1).Unsqueeze(1) + Epsilon).Sqrt();        // N,1,H,W
        return scope.Keep(input / length * scale.Reshape(1, -1, 1, 1));
    }

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input) => Normalize(input, _scale);
}
