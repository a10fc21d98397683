using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>Pads pictures with their own mirror images, whose edges are the border pixels themselves: c b a b c d c b ...</summary>
/// <remarks>Borders may be wider than the picture: then the mirrors go on, back and forth. A picture of one pixel fills the border with
/// that pixel.</remarks>
public static class MirrorPadding
{
    /// <summary>N x C x H x W to N x C x (top + H + bottom) x (left + W + right), channels-last.</summary>
    /// <param name="images">The pictures, at least one pixel high and wide.</param>
    /// <param name="top">Rows above.</param>
    /// <param name="bottom">Rows below.</param>
    /// <param name="left">Columns on the left.</param>
    /// <param name="right">Columns on the right.</param>
    public static Tensor Pad(Tensor images, long top, long bottom, long left, long right)
    {
        using var scope = new TensorScope();
        Tensor rows = images.IndexSelect(2, Sources(images.Size(2), top, bottom).To(images.Device));
        return scope.Keep(rows.IndexSelect(3, Sources(images.Size(3), left, right).To(images.Device)).ChannelsLast());
    }

    // For each place of the padded side, the pixel that is seen there.
    private static Tensor Sources(long size, long before, long after)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegative(before);
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        var sources = new long[before + size + after];
        long period = Math.Max(1, 2 * (size - 1));
        for (long i = 0; i < sources.Length; i++)
        {
            long place = Math.Abs(i - before) % period;         // the mirror at 0 makes it symmetric
            sources[i] = Math.Min(place, period - place);
        }
        return Tensor.From(sources, sources.Length);
    }
}
