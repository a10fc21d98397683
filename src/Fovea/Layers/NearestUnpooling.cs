using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>Nearest-neighbour unpooling: every pixel becomes a square of its own value.</summary>
/// <remarks>The simplest way to undo a pooling. Its gradient is the sum over the square.</remarks>
/// <param name="factor">Side of the square.</param>
public sealed class NearestUnpooling(int factor = 2) : Layer
{
    private readonly int _factor = Check.Positive(factor, nameof(factor));

    /// <summary>N x C x H x W to N x C x H factor x W factor.</summary>
    protected override Tensor Apply(Tensor input) =>
        Functional.ResizeNearest(input, input.Size(2) * _factor, input.Size(3) * _factor);
}
