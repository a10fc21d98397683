using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>Layer norm over the channels of each pixel.</summary>
internal static class PixelNorm
{
    /// <summary>N,C,H,W to the same shape, channels-last as it came.</summary>
    public static Tensor Apply(LayerNorm norm, Tensor map) => norm.Forward(map.Permute(0, 2, 3, 1)).Permute(0, 3, 1, 2);
}
