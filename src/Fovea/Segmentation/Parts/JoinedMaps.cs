using Fovea.Torch;

namespace Fovea.Segmentation.Parts;

/// <summary>Maps of several resolutions as one.</summary>
internal static class JoinedMaps
{
    /// <summary>The maps' channels one after the other, at the resolution of the first: coarser ones are enlarged bilinearly.</summary>
    /// <param name="maps">Each N x C x H x W, with a C, H and W of its own.</param>
    /// <returns>N x (sum of all C) x H x W, channels-last.</returns>
    public static Tensor AtFirst(IReadOnlyList<Tensor> maps)
    {
        using var scope = new TensorScope();
        (long height, long width) = (maps[0].Size(2), maps[0].Size(3));
        Tensor[] enlarged = [.. maps.Select((map, i) => i == 0 ? map : Functional.ResizeBilinear(map, height, width))];
        return scope.Keep(Tensor.Cat(enlarged, 1).ChannelsLast());
    }
}
