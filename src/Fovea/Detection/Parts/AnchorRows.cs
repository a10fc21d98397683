using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>What a one-stage head's last convolution gives, anchor by anchor instead of channel by channel.</summary>
internal static class AnchorRows
{
    /// <summary>N x A*V x H x W to N x H*W*A x V: V numbers of each of the A anchors of a cell, cells row by row.</summary>
    /// <param name="map">The convolution's output; of a channels-last map nothing is copied.</param>
    /// <param name="values">V.</param>
    public static Tensor From(Tensor map, long values) => map.Permute(0, 2, 3, 1).Reshape(map.Size(0), -1, values);
}
