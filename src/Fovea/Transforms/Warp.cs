using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Transforms;

/// <summary>Pictures and labels whose pixels come from elsewhere: the picture is interpolated between four pixels, labels take the
/// pixel that a point lies in. Points outside the picture become a ground colour and ignored.</summary>
internal static class Warp
{
    /// <summary>Where a row of the result comes from: for each pixel's middle a point of the source, in pixels, where (0.5, 0.5) is the
    /// middle of the first pixel.</summary>
    public interface ISource
    {
        void Row(int y, Span<float> toX, Span<float> toY);
    }

    /// <summary>The warped sample, of the same size.</summary>
    public static Sample Apply<TSource>(Sample sample, TSource source, Rgb ground) where TSource : ISource
    {
        (int height, int width) = sample.Image.Size;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(3 * height * width);
        byte[]? labels = Empty(sample.Labels), secondLabels = Empty(sample.SecondLabels);
        float[] x = new float[width], y = new float[width];
        for (int row = 0; row < height; row++)
        {
            source.Row(row, x, y);
            Row(sample.Image, x, y, pixels.AsSpan(3 * row * width, 3 * width), ground);
            if (labels is not null) Row(sample.Labels!, x, y, labels.AsSpan(row * width, width));
            if (secondLabels is not null) Row(sample.SecondLabels!, x, y, secondLabels.AsSpan(row * width, width));
        }
        return sample with
        {
            Image = new Image(sample.Image.Size, pixels),
            Labels = labels is null ? null : new SegmentationMap(sample.Image.Size, labels),
            SecondLabels = secondLabels is null ? null : new SegmentationMap(sample.Image.Size, secondLabels),
        };
    }

    private static byte[]? Empty(SegmentationMap? map) => map is null ? null : GC.AllocateUninitializedArray<byte>(map.Labels.Length);

    private static void Row(SegmentationMap map, float[] x, float[] y, Span<byte> target)
    {
        (int height, int width) = map.Size;
        for (int i = 0; i < target.Length; i++)
            target[i] = IsInside(x[i], y[i], width, height) ? map.Labels[(int)y[i] * width + (int)x[i]] : SegmentationMap.Ignore;
    }

    private static void Row(Image image, float[] x, float[] y, Span<byte> target, Rgb ground)
    {
        (int height, int width) = image.Size;
        ref byte pixels = ref MemoryMarshal.GetArrayDataReference(image.Pixels);
        int last = image.Pixels.Length - 4;
        for (int i = 0, to = 0; to < target.Length; i++, to += 3)
        {
            if (!IsInside(x[i], y[i], width, height))
            {
                (target[to], target[to + 1], target[to + 2]) = (ground.R, ground.G, ground.B);
                continue;
            }
            // Between the middles of four pixels; beyond the outer ones' the edge is repeated.
            float u = Math.Clamp(x[i] - 0.5f, 0, width - 1), v = Math.Clamp(y[i] - 0.5f, 0, height - 1);
            int left = (int)u, top = (int)v;
            int right = 3 * Math.Min(left + 1, width - 1), above = 3 * top * width, below = 3 * Math.Min(top + 1, height - 1) * width;
            Vector128<float> a = Vector128.Create(u - left), b = Vector128.Create(v - top);
            Vector128<float> upper = Between(Pixel(ref pixels, above + 3 * left, last), Pixel(ref pixels, above + right, last), a);
            Vector128<float> lower = Between(Pixel(ref pixels, below + 3 * left, last), Pixel(ref pixels, below + right, last), a);
            Vector128<int> value = Vector128.ConvertToInt32(Between(upper, lower, b) + Vector128.Create(0.5f));
            (target[to], target[to + 1], target[to + 2]) = ((byte)value[0], (byte)value[1], (byte)value[2]);
        }
    }

    private static bool IsInside(float x, float y, int width, int height) => x >= 0 && y >= 0 && x < width && y < height;

    private static Vector128<float> Between(Vector128<float> from, Vector128<float> to, Vector128<float> share) =>
        from + (to - from) * share;

    /// <summary>Red, green and blue, and one number more. Four bytes are read at once; those of the last pixel begin one earlier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Pixel(ref byte pixels, int at, int last)
    {
        if (last < 0) return Vector128.Create(pixels, Unsafe.Add(ref pixels, 1), Unsafe.Add(ref pixels, 2), 0f); // there is one pixel
        uint four = at <= last ? Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixels, at))
            : Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref pixels, last)) >> 8;
        Vector128<byte> bytes = Vector128.CreateScalar(four).AsByte();
        return Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32());
    }
}
