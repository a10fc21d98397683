using Fovea.Imaging;

namespace Fovea.Structures;

// What networks' masks need: they are made pixel by pixel from probabilities, and resized as pictures' masks are in torchvision.
public sealed partial class RunLengthMask
{
    /// <summary>A mask of pieces that were added column by column.</summary>
    internal static RunLengthMask From(ImageSize size, ref RunBuilder pieces) => new(size, pieces.Finish(PixelsOf(size)));

    /// <summary>The mask at another size: each pixel is the source pixel that its own upper left corner falls on, as in libtorch's "nearest"
    /// interpolation.</summary>
    internal RunLengthMask ResizeByCorners(ImageSize size)
    {
        if (size == Size) return this;
        return Move(size, CornerSource(Size.Width, size.Width), FirstRows(CornerSource(Size.Height, size.Height), Size.Height));
    }

    // In float32, as libtorch computes it.
    private static int[] CornerSource(int from, int to)
    {
        float scale = (float)from / to;
        int[] source = new int[to];
        for (int i = 0; i < to; i++) source[i] = Math.Min((int)(i * scale), from - 1);
        return source;
    }
}
