using Fovea.Imaging;
using Fovea.Torch;

namespace Fovea.Structures;

/// <summary>Pictures as a network takes them: normalised, resized, and padded to one size.</summary>
/// <param name="Pixels">N x 3 x H x W, float32; H and W are multiples of the model's size divisor.</param>
/// <param name="Sizes">Each picture's size inside <paramref name="Pixels"/>, at its upper left corner.</param>
/// <param name="OriginalSizes">Each picture's size before it was resized: the frame of the results.</param>
public sealed record ImageBatch(Tensor Pixels, IReadOnlyList<ImageSize> Sizes, IReadOnlyList<ImageSize> OriginalSizes)
{
    /// <summary>Number of pictures, N.</summary>
    public int Count => Sizes.Count;

    /// <summary>H and W of <see cref="Pixels"/>.</summary>
    public ImageSize PaddedSize => new((int)Pixels.Size(2), (int)Pixels.Size(3));

    /// <summary>The batch on another device.</summary>
    public ImageBatch To(Device device) => this with { Pixels = Pixels.To(device) };
}
