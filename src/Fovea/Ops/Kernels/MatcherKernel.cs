using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Fovea.Ops.Kernels;

/// <summary>Gives each anchor the true box that it overlaps most, or says that it is background or ignored, without ever storing
/// the matrix of overlaps.</summary>
/// <remarks>Ren et al.: "Faster R-CNN" (NIPS 2015), section 3.1.2; the numbers are those of torchvision's Matcher over its
/// box_iou.</remarks>
internal static class MatcherKernel
{
    /// <summary>The anchor overlaps no true box enough to count: background.</summary>
    public const long Background = -1;

    /// <summary>The anchor overlaps too much for background and too little for a match.</summary>
    public const long Between = -2;

    private const int Chunk = 4096;

    /// <summary>Matches every anchor.</summary>
    /// <param name="truth">M x 4 floats, at least one box.</param>
    /// <param name="anchors">A x 4 floats.</param>
    /// <param name="high">An overlap of at least this is a match.</param>
    /// <param name="low">An overlap below this is background.</param>
    /// <param name="keepBest">Also match, for each true box, the anchors that overlap it most, however little; torchvision's rule
    /// "allow low-quality matches". A true box that meets no anchor at all thereby matches every anchor that misses it, as
    /// there.</param>
    /// <param name="matches">A results: index of the true box, <see cref="Background"/> or <see cref="Between"/>.</param>
    /// <param name="threads">Threads at most; 0: one a core.</param>
    public static unsafe void Match(ReadOnlySpan<float> truth, ReadOnlySpan<float> anchors, float high, float low, bool keepBest,
        Span<long> matches, int threads = 0)
    {
        if (truth.IsEmpty)
            throw new ArgumentException("There is no true box to match; anchors of a picture without objects are all background.",
                nameof(truth));
        if (truth.Length % 4 != 0 || anchors.Length != 4L * matches.Length)
            throw new ArgumentException($"{truth.Length} and {anchors.Length} coordinates came with room for {matches.Length} matches; " +
                "each box has four coordinates.");
        BoxColumns columns = new(anchors);
        float[] boxes = truth.ToArray();
        int count = boxes.Length / 4, chunks = (columns.Padded + Chunk - 1) / Chunk, workers = ParallelItems.ThreadsFor(chunks, threads);
        float[][] bestOfTruth = new float[workers][];
        for (int w = 0; w < workers; w++) Array.Fill(bestOfTruth[w] = new float[count], float.NegativeInfinity);

        fixed (long* results = matches)
        {
            long* found = results;
            ParallelItems.Run(chunks, threads, (chunk, worker) =>
            {
                for (int a = chunk * Chunk; a < Math.Min(columns.Padded, (chunk + 1) * Chunk); a += BoxColumns.Lane)
                    MatchLane(boxes, columns, a, high, low, bestOfTruth[worker], found);
            });
            if (!keepBest) return;

            float[] best = bestOfTruth[0];
            for (int w = 1; w < workers; w++) TensorPrimitives.Max(best, bestOfTruth[w], best);
            ParallelItems.Run(chunks, threads, (chunk, _) =>
            {
                for (int a = chunk * Chunk; a < Math.Min(columns.Padded, (chunk + 1) * Chunk); a += BoxColumns.Lane)
                    KeepBest(boxes, columns, a, best, found);
            });
        }
    }

    // Sixteen anchors against all true boxes: the best of each, the first of equals.
    private static unsafe void MatchLane(float[] boxes, BoxColumns columns, int a, float high, float low, float[] bestOfTruth,
        long* matches)
    {
        (Vector512<float> best, Vector512<int> index) = Best(boxes, columns, a, bestOfTruth);
        for (int k = 0; k < BoxColumns.Lane && a + k < columns.Count; k++)
            matches[a + k] = best[k] < low ? Background : best[k] >= low && best[k] < high ? Between : index[k];
    }

    private static (Vector512<float> Best, Vector512<int> Index) Best(float[] boxes, BoxColumns columns, int a, float[]? bestOfTruth)
    {
        Vector512<float> best = Vector512.Create(float.NegativeInfinity);
        Vector512<int> index = Vector512<int>.Zero;
        for (int m = 0; 4 * m < boxes.Length; m++)
        {
            Vector512<float> overlap = BoxIouKernel.Overlap(boxes.AsSpan(4 * m, 4), columns, a, generalized: false);
            Vector512<float> greater = Vector512.GreaterThan(overlap, best);
            best = Vector512.ConditionalSelect(greater, overlap, best);
            index = Vector512.ConditionalSelect(greater.AsInt32(), Vector512.Create(m), index);
            // Horizontal maxima are rare: most vectors hold nothing better than what was seen.
            if (bestOfTruth is null || !Vector512.GreaterThanAny(overlap, Vector512.Create(bestOfTruth[m]))) continue;
            for (int k = 0; k < BoxColumns.Lane; k++)
                if (overlap[k] > bestOfTruth[m]) bestOfTruth[m] = overlap[k];
        }
        return (best, index);
    }

    private static unsafe void KeepBest(float[] boxes, BoxColumns columns, int a, float[] bestOfTruth, long* matches)
    {
        Vector512<int> kept = Vector512<int>.Zero;
        for (int m = 0; 4 * m < boxes.Length; m++)
            kept |= Vector512.Equals(BoxIouKernel.Overlap(boxes.AsSpan(4 * m, 4), columns, a, generalized: false),
                Vector512.Create(bestOfTruth[m])).AsInt32();
        if (kept == Vector512<int>.Zero) return;
        Vector512<int> index = Best(boxes, columns, a, bestOfTruth: null).Index;
        for (int k = 0; k < BoxColumns.Lane && a + k < columns.Count; k++)
            if (kept[k] != 0) matches[a + k] = index[k];
    }
}
