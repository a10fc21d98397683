using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Imaging;

/// <summary>Resampling in Pillow's arithmetic, bit for bit: along the rows, then along the columns, each in whole numbers of 22 binary
/// places and rounded to bytes.</summary>
internal static unsafe class PillowResampler
{
    private const int Places = 22, Half = 1 << (Places - 1);

    public static Image Resize(Image source, ImageSize size, Interpolation interpolation)
    {
        Image image = source;
        if (size.Width != image.Width) image = AlongRows(image, size.Width, interpolation);
        return size.Height == image.Height ? image : AlongColumns(image, size.Height, interpolation);
    }

    private static Image AlongRows(Image source, int width, Interpolation interpolation)
    {
        Taps taps = Taps.Between(source.Width, width, interpolation);
        int[] weights = Rounded(taps);
        var size = new ImageSize(source.Height, width);
        byte[] target = GC.AllocateUninitializedArray<byte>(checked((int)(size.Pixels * 3)));
        int stride = source.Width * 3;
        // A spare byte behind the row, because pixels are read four bytes at a time.
        byte[] row = ArrayPool<byte>.Shared.Rent(stride + 1);
        try
        {
            fixed (byte* from = row, to = target)
            fixed (int* firstWeight = weights)
                for (int y = 0; y < size.Height; y++)
                {
                    source.Pixels.AsSpan(y * stride, stride).CopyTo(row);
                    byte* pixel = to + (long)y * width * 3;
                    int* weight = firstWeight;
                    for (int x = 0; x < width; x++, pixel += 3, weight += taps.Stride)
                    {
                        Vector128<int> sum = Vector128.Create(Half);
                        byte* tap = from + (long)taps.First[x] * 3;
                        for (int k = 0; k < taps.Count[x]; k++, tap += 3) sum += ToInts(Unsafe.ReadUnaligned<uint>(tap)) * weight[k];
                        sum = Clamped(sum);
                        (pixel[0], pixel[1], pixel[2]) = ((byte)sum[0], (byte)sum[1], (byte)sum[2]);
                    }
                }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(row);
        }
        return new Image(size, target);
    }

    private static Image AlongColumns(Image source, int height, Interpolation interpolation)
    {
        Taps taps = Taps.Between(source.Height, height, interpolation);
        int[] weights = Rounded(taps);
        var size = new ImageSize(height, source.Width);
        byte[] target = GC.AllocateUninitializedArray<byte>(checked((int)(size.Pixels * 3)));
        int stride = source.Width * 3;
        fixed (byte* from = source.Pixels, to = target)
        fixed (int* firstWeight = weights)
            for (int y = 0; y < height; y++)
            {
                byte* column = from + (long)taps.First[y] * stride, row = to + (long)y * stride;
                int* weight = firstWeight + (long)y * taps.Stride;
                int i = 0;
                for (; i + 16 <= stride; i += 16) Sixteen(column + i, stride, weight, taps.Count[y]).Store(row + i);
                for (; i < stride; i++)
                {
                    int sum = Half;
                    for (int k = 0; k < taps.Count[y]; k++) sum += column[(long)k * stride + i] * weight[k];
                    row[i] = (byte)Math.Clamp(sum >> Places, 0, 255);
                }
            }
        return new Image(size, target);
    }

    private static Vector128<byte> Sixteen(byte* column, int stride, int* weights, int count)
    {
        Vector256<int> low = Vector256.Create(Half), high = low;
        for (int k = 0; k < count; k++, column += stride)
        {
            Vector256<int> weight = Vector256.Create(weights[k]);
            (Vector128<ushort> a, Vector128<ushort> b) = Vector128.Widen(Vector128.Load(column));
            low += Widened(a) * weight;
            high += Widened(b) * weight;
        }
        Vector256<short> bytes = Vector256.Narrow(Clamped(low), Clamped(high));
        return Vector128.Narrow(bytes.GetLower().AsUInt16(), bytes.GetUpper().AsUInt16());
    }

    private static Vector256<int> Widened(Vector128<ushort> values)
    {
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(values);
        return Vector256.Create(a, b).AsInt32();
    }

    private static Vector128<int> ToInts(uint pixel) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32();

    private static Vector128<int> Clamped(Vector128<int> sum) =>
        Vector128.Min(Vector128.Max(Vector128.ShiftRightArithmetic(sum, Places), Vector128<int>.Zero), Vector128.Create(255));

    private static Vector256<int> Clamped(Vector256<int> sum) =>
        Vector256.Min(Vector256.Max(Vector256.ShiftRightArithmetic(sum, Places), Vector256<int>.Zero), Vector256.Create(255));

    // Halves go away from zero.
    private static int[] Rounded(Taps taps) =>
        [.. taps.Weights.Select(weight => (int)(weight * (1 << Places) + (weight < 0 ? -0.5 : 0.5)))];
}
