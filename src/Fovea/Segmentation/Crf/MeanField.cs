using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Fovea.Ops.Kernels;

namespace Fovea.Segmentation.Crf;

/// <summary>The pixel-wise half of a mean-field round: weights, compatibility, unaries and normalisation.</summary>
/// <remarks>Kraehenbuehl, Koltun 2011, algorithm 1.</remarks>
internal sealed unsafe class MeanField
{
    // What channels beyond the last class have as unary: their probability is 0 whatever the messages say.
    private const float Never = -1e30f;
    private const int PixelsPerItem = 1024;

    private readonly int _classes, _blocks, _threads;
    private readonly float[]? _compatibility;     // K rows of B*16: column l' of mu

    /// <summary>For so many classes.</summary>
    public MeanField(int classes, double[,]? compatibility, int threads)
    {
        (_classes, _blocks, _threads) = (classes, LaneBuffer.BlocksFor(classes), threads);
        if (compatibility is null) return;
        _compatibility = new float[classes * _blocks * Lanes.Count];
        for (int other = 0; other < classes; other++)
            for (int own = 0; own < classes; own++)
                _compatibility[other * _blocks * Lanes.Count + own] = (float)compatibility[own, other];
    }

    /// <summary>Probabilities to their logarithms, in place: minus the unary energies.</summary>
    public void TakeLogarithms(LaneBuffer probabilities, float floor)
    {
        ForPixels(probabilities.Points, (first, end) =>
        {
            for (int block = 0; block < _blocks; block++)
            {
                var values = new Span<float>(probabilities.Block(block) + (nint)first * Lanes.Count, (end - first) * Lanes.Count);
                TensorPrimitives.Max(values, floor, values);
                TensorPrimitives.Log(values, values);
                int used = _classes - block * Lanes.Count;
                for (int i = 0; used < Lanes.Count && i < values.Length; i += Lanes.Count)
                    values[(i + used)..(i + Lanes.Count)].Fill(Never);
            }
        });
    }

    /// <summary>q = softmax(log p - mu sum_m w_m k_m(q)), pixel by pixel.</summary>
    /// <param name="logarithms">log p.</param>
    /// <param name="messages">What each kernel made of q, and its weight; none for the first estimate.</param>
    /// <param name="q">Overwritten.</param>
    public void Update(LaneBuffer logarithms, IReadOnlyList<(double Weight, LaneBuffer Filtered)> messages, LaneBuffer q)
    {
        ForPixels(q.Points, (first, end) =>
        {
            float* row = stackalloc float[_blocks * Lanes.Count], sums = stackalloc float[_blocks * Lanes.Count];
            for (int pixel = first; pixel < end; pixel++)
            {
                for (int block = 0; block < _blocks; block++)
                {
                    Vector512<float> sum = Vector512<float>.Zero;
                    for (int m = 0; m < messages.Count; m++)
                    {
                        (double weight, LaneBuffer filtered) = messages[m];
                        sum = Vector512.FusedMultiplyAdd(At(filtered, block, pixel), Vector512.Create((float)weight), sum);
                    }
                    sum.Store(sums + block * Lanes.Count);
                }
                Combine(logarithms, pixel, sums, row);
                Softmax(row, q, pixel);
            }
        });
    }

    // Potts: sum_{l' != l} m(l') is m's total, the same for all classes, which softmax does not see, less m(l).
    private void Combine(LaneBuffer logarithms, int pixel, float* sums, float* row)
    {
        for (int block = 0; block < _blocks; block++)
        {
            Vector512<float> log = At(logarithms, block, pixel);
            if (_compatibility is null)
                log += Vector512.Load(sums + block * Lanes.Count);
            else
                fixed (float* columns = _compatibility)
                    for (int other = 0; other < _classes; other++)
                        log -= Vector512.Load(columns + (other * _blocks + block) * Lanes.Count) * sums[other];
            log.Store(row + block * Lanes.Count);
        }
    }

    private void Softmax(float* row, LaneBuffer q, int pixel)
    {
        Vector512<float> largest = Vector512.Load(row);
        for (int block = 1; block < _blocks; block++) largest = Vector512.Max(largest, Vector512.Load(row + block * Lanes.Count));
        Vector512<float> peak = Vector512.Create(Largest(largest)), total = Vector512<float>.Zero;
        for (int block = 0; block < _blocks; block++)
        {
            Vector512<float> exponential = Vector512.Exp(Vector512.Load(row + block * Lanes.Count) - peak);
            total += exponential;
            exponential.Store(row + block * Lanes.Count);
        }
        Vector512<float> scale = Vector512.Create(1 / Vector512.Sum(total));
        for (int block = 0; block < _blocks; block++)
            (Vector512.Load(row + block * Lanes.Count) * scale).Store(q.Block(block) + (nint)pixel * Lanes.Count);
    }

    private static float Largest(Vector512<float> values)
    {
        Vector256<float> eight = Vector256.Max(values.GetLower(), values.GetUpper());
        Vector128<float> four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }

    private static Vector512<float> At(LaneBuffer buffer, int block, int pixel) =>
        Vector512.Load(buffer.Block(block) + (nint)pixel * Lanes.Count);

    private void ForPixels(int pixels, Action<int, int> body) =>
        ParallelItems.Run((pixels + PixelsPerItem - 1) / PixelsPerItem, _threads,
            (item, _) => body(item * PixelsPerItem, Math.Min(pixels, (item + 1) * PixelsPerItem)));
}
