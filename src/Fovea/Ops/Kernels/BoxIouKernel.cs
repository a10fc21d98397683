using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Ops.Kernels;

/// <summary>Intersection over union of every box of one set with every box of another, sixteen at a time.</summary>
/// <remarks>The arithmetic is torchvision's, operation by operation, so results are equal to the last bit: the overlap of two boxes
/// without area is 0/0, not a number.</remarks>
internal static class BoxIouKernel
{
    /// <summary>Fills the A x B matrix of intersection over union.</summary>
    /// <param name="rows">A x 4 floats: x1, y1, x2, y2.</param>
    /// <param name="columns">B x 4 floats.</param>
    /// <param name="matrix">A x B floats, overwritten.</param>
    /// <param name="generalized">Generalized IoU, Rezatofighi et al. (CVPR 2019), in place of IoU.</param>
    /// <param name="threads">Threads at most; 0: one a core.</param>
    public static unsafe void Fill(ReadOnlySpan<float> rows, ReadOnlySpan<float> columns, Span<float> matrix, bool generalized = false,
        int threads = 0)
    {
        BoxColumns others = new(columns);
        int count = rows.Length / 4;
        if (rows.Length % 4 != 0 || matrix.Length != (long)count * others.Count)
            throw new ArgumentException($"{rows.Length} and {columns.Length} coordinates do not make a matrix of {matrix.Length} " +
                "overlaps: each box has four coordinates.");
        fixed (float* first = rows, values = matrix)
        {
            float* boxes = first, target = values;
            ParallelItems.Run(count, (long)count * others.Count < 1 << 16 ? 1 : threads, (i, _) =>
            {
                ReadOnlySpan<float> box = new(boxes + 4 * i, 4);
                float* row = target + (nint)i * others.Count;
                int j = 0;
                for (; j + BoxColumns.Lane <= others.Count; j += BoxColumns.Lane) Overlap(box, others, j, generalized).Store(row + j);
                Vector512<float> rest = j < others.Count ? Overlap(box, others, j, generalized) : default;
                for (int k = 0; j + k < others.Count; k++) row[j + k] = rest[k];
            });
        }
    }

    /// <summary>Overlap of one box with the sixteen that begin at <paramref name="at"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Overlap(ReadOnlySpan<float> box, BoxColumns others, int at, bool generalized)
    {
        Vector512<float> x1 = Vector512.Create(box[0]), y1 = Vector512.Create(box[1]), x2 = Vector512.Create(box[2]),
            y2 = Vector512.Create(box[3]);
        Vector512<float> left = Vector512.LoadUnsafe(ref others.X1[at]), top = Vector512.LoadUnsafe(ref others.Y1[at]);
        Vector512<float> right = Vector512.LoadUnsafe(ref others.X2[at]), bottom = Vector512.LoadUnsafe(ref others.Y2[at]);
        Vector512<float> width = Vector512.Max(Vector512.Min(x2, right) - Vector512.Max(x1, left), Vector512<float>.Zero);
        Vector512<float> height = Vector512.Max(Vector512.Min(y2, bottom) - Vector512.Max(y1, top), Vector512<float>.Zero);
        Vector512<float> shared = width * height;
        Vector512<float> area = Vector512.Create((box[2] - box[0]) * (box[3] - box[1]));
        Vector512<float> union = area + Vector512.LoadUnsafe(ref others.Areas[at]) - shared;
        if (!generalized) return shared / union;

        Vector512<float> hullWidth = Vector512.Max(Vector512.Max(x2, right) - Vector512.Min(x1, left), Vector512<float>.Zero);
        Vector512<float> hullHeight = Vector512.Max(Vector512.Max(y2, bottom) - Vector512.Min(y1, top), Vector512<float>.Zero);
        Vector512<float> hull = hullWidth * hullHeight;
        return shared / union - (hull - union) / hull;
    }
}
