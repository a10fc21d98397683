using System.Buffers;
using System.Runtime.Intrinsics;

namespace Fovea.Imaging;

/// <summary>Separable resampling. Each target row is made in two steps: source rows are added up with
/// their weights (where vectors are at their best), then pixels along the one row that results.</summary>
internal static unsafe class Resampler
{
    public static Image Resize(Image source, ImageSize size, Interpolation interpolation) => Resize(source, size,
        Taps.Between(source.Height, size.Height, interpolation), Taps.Between(source.Width, size.Width, interpolation));

    /// <summary>The picture whose rows and columns are made of the source's by the taps.</summary>
    public static Image Resize(Image source, ImageSize size, Taps rows, Taps columns)
    {
        float[] weightsOfRows = [.. rows.Weights.Select(w => (float)w)], weightsOfColumns = [.. columns.Weights.Select(w => (float)w)];
        byte[] result = GC.AllocateUninitializedArray<byte>((int)(size.Pixels * 3));
        int sourceStride = source.Width * 3, stride = size.Width * 3;

        // One spare pixel at each end of a row, because pixels are read and written four floats at a time.
        float[] buffer = ArrayPool<float>.Shared.Rent(checked(sourceStride + stride + 8));
        try
        {
            fixed (byte* sourcePixels = source.Pixels, targetPixels = result)
            fixed (float* blended = buffer, rowWeights = weightsOfRows, columnWeights = weightsOfColumns)
            {
                float* resampled = blended + sourceStride + 4;
                for (int y = 0; y < size.Height; y++)
                {
                    BlendRows(sourcePixels + (long)rows.First[y] * sourceStride, sourceStride,
                        rowWeights + (long)y * rows.Stride, rows.Count[y], blended);
                    ResampleRow(blended, resampled, columns, columnWeights);
                    ToBytes(resampled, targetPixels + (long)y * stride, stride);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
        return new Image(size, result);
    }

    /// <summary>target[i] = sum over k of weights[k] * source[k * stride + i].</summary>
    private static void BlendRows(byte* source, int stride, float* weights, int count, float* target)
    {
        int i = 0;
        for (; i + 32 <= stride; i += 32)
        {
            Vector256<float> a = Vector256<float>.Zero, b = a, c = a, d = a;
            byte* row = source + i;
            for (int k = 0; k < count; k++, row += stride)
            {
                Vector256<float> weight = Vector256.Create(weights[k]);
                (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Load(row));
                (Vector256<uint> v0, Vector256<uint> v1) = Vector256.Widen(low);
                (Vector256<uint> v2, Vector256<uint> v3) = Vector256.Widen(high);
                a = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(v0.AsInt32()), weight, a);
                b = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(v1.AsInt32()), weight, b);
                c = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(v2.AsInt32()), weight, c);
                d = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(v3.AsInt32()), weight, d);
            }
            a.Store(target + i);
            b.Store(target + i + 8);
            c.Store(target + i + 16);
            d.Store(target + i + 24);
        }
        for (; i < stride; i++)
        {
            float sum = 0;
            for (int k = 0; k < count; k++) sum = float.MultiplyAddEstimate(source[(long)k * stride + i], weights[k], sum);
            target[i] = sum;
        }
    }

    private static void ResampleRow(float* source, float* target, Taps columns, float* weights)
    {
        int stride = columns.Stride;
        for (int x = 0; x < columns.First.Length; x++, weights += stride)
        {
            float* pixel = source + (long)columns.First[x] * 3;
            int count = columns.Count[x];
            Vector128<float> sum = Vector128.Load(pixel) * weights[0];
            for (int k = 1; k < count; k++)
                sum = Vector128.MultiplyAddEstimate(Vector128.Load(pixel + k * 3), Vector128.Create(weights[k]), sum);
            sum.Store(target + x * 3L); // the fourth float is overwritten by the next pixel
        }
    }

    /// <summary>Rounds to the nearest of 0 to 255.</summary>
    private static void ToBytes(float* source, byte* target, int length)
    {
        int i = 0;
        for (; i + 32 <= length; i += 32)
        {
            Vector256<int> a = Rounded(source + i);
            Vector256<int> b = Rounded(source + i + 8);
            Vector256<int> c = Rounded(source + i + 16);
            Vector256<int> d = Rounded(source + i + 24);
            Vector256<ushort> low = Vector256.Narrow(a.AsUInt32(), b.AsUInt32()), high = Vector256.Narrow(c.AsUInt32(), d.AsUInt32());
            Vector256.Narrow(low, high).Store(target + i);
        }
        for (; i < length; i++) target[i] = (byte)(Math.Clamp(source[i], 0, 255) + 0.5f);
    }

    private static Vector256<int> Rounded(float* values) => Vector256.ConvertToInt32(
        Vector256.Clamp(Vector256.Load(values), Vector256<float>.Zero, Vector256.Create(255f)) + Vector256.Create(0.5f));
}
