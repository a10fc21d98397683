using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fovea.Imaging;

public sealed partial class Image
{
    /// <summary>The picture at another size, each side scaled by its own factor.</summary>
    /// <remarks>Pixel centres lie at half integers. Sums are float32 and rounded once. The same size gives a copy.</remarks>
    /// <param name="size">Height and width, both at least 1.</param>
    /// <param name="interpolation">The filter.</param>
    /// <exception cref="ArgumentException">The size is not positive or too large for one array.</exception>
    public Image Resize(ImageSize size, Interpolation interpolation = Interpolation.Bilinear)
    {
        CheckTarget(size);
        return size == Size ? new Image(Size, (byte[])Pixels.Clone()) : Resampler.Resize(this, size, interpolation);
    }

    /// <summary>A part of the picture at another size: what cutting it out and resizing that gives, at once, and for parts that do not
    /// begin or end at whole pixels too.</summary>
    /// <param name="top">Where the part begins, in pixels from the top.</param>
    /// <param name="left">Where it begins, in pixels from the left.</param>
    /// <param name="height">Its height in pixels, above 0.</param>
    /// <param name="width">Its width in pixels, above 0.</param>
    /// <param name="size">Height and width of the result, both at least 1.</param>
    /// <exception cref="ArgumentException">The part is empty or reaches over the picture's edge, or the size is impossible.</exception>
    public Image ResizePart(double top, double left, double height, double width, ImageSize size)
    {
        CheckTarget(size);
        const double Slack = 1e-6;                                        // left by rounding where the part ends at the edge
        if (!(top >= 0 && left >= 0 && height > 0 && width > 0 && top + height <= Height + Slack && left + width <= Width + Slack))
            throw new ArgumentException(FormattableString.Invariant(
                $"A part of {height} x {width} from row {top}, column {left} is empty or reaches over the edge of a picture of {Size}."));
        return Resampler.Resize(this, size, Taps.Between(top, Math.Min(height, Height - top), size.Height, Interpolation.Bilinear),
            Taps.Between(left, Math.Min(width, Width - left), size.Width, Interpolation.Bilinear));
    }

    /// <summary>The picture at another size, each side scaled by its own factor, with Pillow's bytes.</summary>
    /// <remarks>What PIL's <c>Image.resize</c> gives for 8-bit pictures, and so what torchvision's networks were measured with: first the
    /// rows are resampled and rounded to bytes, then the columns. <see cref="Resize"/> rounds once, is faster, and differs by one
    /// at most here and there. The same size gives a copy.</remarks>
    /// <param name="size">Height and width, both at least 1.</param>
    /// <param name="interpolation">The filter.</param>
    /// <exception cref="ArgumentException">The size is not positive or too large for one array.</exception>
    public Image ResizeAsPillow(ImageSize size, Interpolation interpolation = Interpolation.Bilinear)
    {
        CheckTarget(size);
        CheckTarget(new ImageSize(Height, size.Width));
        return size == Size ? Clone() : PillowResampler.Resize(this, size, interpolation);
    }

    /// <summary>The mirror image: left and right exchanged.</summary>
    public Image FlipHorizontal()
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(Pixels.Length);
        int stride = Width * 3;
        for (int row = 0; row < Pixels.Length; row += stride)
            FlipRow(Pixels.AsSpan(row, stride), pixels.AsSpan(row, stride));
        return new Image(Size, pixels);
    }

    /// <summary>A rectangle cut out of the picture.</summary>
    /// <param name="y">Its first row.</param>
    /// <param name="x">Its first column.</param>
    /// <param name="size">Its height and width; the rectangle lies inside the picture.</param>
    /// <exception cref="ArgumentException">The rectangle is empty or reaches over the picture's edge.</exception>
    public Image Crop(int y, int x, ImageSize size)
    {
        CheckTarget(size);
        if (y < 0 || x < 0 || y > Height - size.Height || x > Width - size.Width)
            throw new ArgumentException($"A crop of {size} from row {y}, column {x} reaches over the edge of a picture of {Size}.",
                nameof(size));
        byte[] pixels = GC.AllocateUninitializedArray<byte>((int)(size.Pixels * 3));
        int stride = size.Width * 3;
        for (int row = 0; row < size.Height; row++)
            Pixels.AsSpan(((y + row) * Width + x) * 3, stride).CopyTo(pixels.AsSpan(row * stride));
        return new Image(size, pixels);
    }

    /// <summary>A copy whose pixels may be changed without touching this picture.</summary>
    public Image Clone() => new(Size, (byte[])Pixels.Clone());

    private static void CheckTarget(ImageSize size)
    {
        if (size.Height < 1 || size.Width < 1)
            throw new ArgumentException($"A picture needs at least one pixel, but {size} was asked for.", nameof(size));
        if (size.Pixels * 3 > Array.MaxLength)
            throw new ArgumentException($"A picture of {size} is too large for one array.", nameof(size));
    }

    private static void FlipRow(ReadOnlySpan<byte> source, Span<byte> target)
    {
        // Five pixels at a time: sixteen bytes, of which the first belongs to the pixel before. Its copy lands in the
        // sixteenth byte of the target and is overwritten by the next step.
        Vector128<byte> reverse = Vector128.Create((byte)13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 0);
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target);
        int done = 0;
        for (; done + 16 <= source.Length; done += 15)
        {
            Vector128<byte> five = Vector128.LoadUnsafe(ref from, (nuint)(source.Length - done - 16));
            Vector128.Shuffle(five, reverse).StoreUnsafe(ref to, (nuint)done);
        }
        for (; done < source.Length; done += 3)
        {
            int pixel = source.Length - done - 3;
            Unsafe.Add(ref to, done) = Unsafe.Add(ref from, pixel);
            Unsafe.Add(ref to, done + 1) = Unsafe.Add(ref from, pixel + 1);
            Unsafe.Add(ref to, done + 2) = Unsafe.Add(ref from, pixel + 2);
        }
    }
}
