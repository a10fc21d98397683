using Fovea.Imaging;

namespace Fovea.Reconstruction;

/// <summary>Shows a picture and what was made of it.</summary>
public static class ReconstructionDrawing
{
    // Small pictures are enlarged to this side at least, so that a person sees something.
    private const int LeastSide = 192;

    /// <summary>The picture on the left, what was made of it on the right, both of one size.</summary>
    /// <param name="picture">The original, of any size.</param>
    /// <param name="made">What was made of it.</param>
    public static Image Draw(Image picture, Image made)
    {
        int side = Math.Max(LeastSide, Math.Max(made.Height, made.Width));
        var size = new ImageSize(side, side);
        Image left = picture.Resize(size), right = made.Resize(size);
        var pixels = new byte[2 * 3 * side * side];
        for (int y = 0; y < side; y++)
        {
            left.Pixels.AsSpan(3 * side * y, 3 * side).CopyTo(pixels.AsSpan(6 * side * y));
            right.Pixels.AsSpan(3 * side * y, 3 * side).CopyTo(pixels.AsSpan(6 * side * y + 3 * side));
        }
        return new Image(new ImageSize(side, 2 * side), pixels);
    }
}
