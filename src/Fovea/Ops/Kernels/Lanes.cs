using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Ops.Kernels;

/// <summary>Arithmetic on pixels of 16 channels that lie side by side: a vector of 512 bits, which the runtime splits where the
/// processor's are shorter.</summary>
internal static unsafe class Lanes
{
    /// <summary>Channels of a pixel.</summary>
    public const int Count = 16;

    /// <summary>sums[b] = sum over the taps of bin b of weight * row[pixel], for every bin.</summary>
    /// <param name="row">Pixels of one row of the map, 16 floats each.</param>
    /// <param name="pixels">Pixel of each tap.</param>
    /// <param name="weights">Weight of each tap.</param>
    /// <param name="ends">Bin b owns the taps ends[b] ..&lt; ends[b + 1].</param>
    /// <param name="bins">Number of bins.</param>
    /// <param name="sums">16 floats a bin, overwritten.</param>
    public static void Gather(float* row, int* pixels, float* weights, int* ends, int bins, float* sums)
    {
        int tap = ends[0];
        for (int bin = 0; bin < bins; bin++, sums += Count)
        {
            int end = ends[bin + 1];
            Vector512<float> sum = Vector512<float>.Zero;
            for (; tap < end; tap++)
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(row + (nint)pixels[tap] * Count), Vector512.Create(weights[tap]), sum);
            sum.Store(sums);
        }
    }

    /// <summary>row[pixel] += weight * values[b] for every tap of every bin: the transpose of <see cref="Gather"/>.</summary>
    /// <param name="row">Pixels of one row of the gradient, 16 floats each, added to.</param>
    /// <param name="pixels">Pixel of each tap.</param>
    /// <param name="weights">Weight of each tap.</param>
    /// <param name="ends">Bin b owns the taps ends[b] ..&lt; ends[b + 1].</param>
    /// <param name="bins">Number of bins.</param>
    /// <param name="values">16 floats a bin.</param>
    public static void Scatter(float* row, int* pixels, float* weights, int* ends, int bins, float* values)
    {
        int tap = ends[0];
        for (int bin = 0; bin < bins; bin++, values += Count)
        {
            int end = ends[bin + 1];
            for (; tap < end; tap++) MultiplyAdd(row + (nint)pixels[tap] * Count, values, weights[tap], Count);
        }
    }

    /// <summary>sums[i] += weight * values[i]; the count is a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(float* sums, float* values, float weight, nint count)
    {
        Vector512<float> factor = Vector512.Create(weight);
        for (nint i = 0; i < count; i += Count)
            Vector512.FusedMultiplyAdd(Vector512.Load(values + i), factor, Vector512.Load(sums + i)).Store(sums + i);
    }
}
