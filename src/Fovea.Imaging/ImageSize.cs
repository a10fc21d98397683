namespace Fovea.Imaging;

/// <summary>The size of a picture in whole pixels, always height first.</summary>
/// <param name="Height">Number of rows.</param>
/// <param name="Width">Number of columns.</param>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>Number of pixels; 64-bit, because a large scan has more than an <see cref="int"/> can count.</summary>
    public long Pixels => (long)Height * Width;

    /// <summary>Written as in "480 x 640" (height x width).</summary>
    public override string ToString() => $"{Height} x {Width}";
}
