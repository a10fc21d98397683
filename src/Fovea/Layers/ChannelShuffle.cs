using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>Channel shuffle: what a grouped layer's groups made, dealt out so that each group of the next layer sees all of them.</summary>
/// <remarks>Zhang, Zhou, Lin, Sun: "ShuffleNet" (CVPR 2018), section 3.1, figure 1.</remarks>
internal static class ChannelShuffle
{
    /// <summary>N,gC,H,W -> N,gC,H,W, channels-last: channel c of group k becomes channel cg + k.</summary>
    public static Tensor Apply(Tensor map, long groups)
    {
        (long n, long channels, long height, long width) = (map.Size(0), map.Size(1), map.Size(2), map.Size(3));
        // One copy; with channels foremost there would be another one to bring the layout back.
        return map.ChannelsLast().Permute(0, 2, 3, 1).View(n, height, width, groups, channels / groups)
            .Transpose(3, 4).Reshape(n, height, width, channels).Permute(0, 3, 1, 2);
    }
}
