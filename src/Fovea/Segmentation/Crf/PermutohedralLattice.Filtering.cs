using System.Runtime.Intrinsics;
using Fovea.Ops.Kernels;

namespace Fovea.Segmentation.Crf;

// Splat, blur, slice. A vertex or point of 16 channels is one vector; sums stay in a register until they are complete.
public sealed unsafe partial class PermutohedralLattice
{
    private const int RowsPerItem = 2048;

    /// <summary>Filters a signal.</summary>
    /// <param name="values">P x C: the channels of a point side by side.</param>
    /// <param name="filtered">P x C, overwritten; may be the same memory.</param>
    /// <param name="channels">C.</param>
    /// <param name="transposed">True for the transposed operator, which carries a gradient back: the blur runs through its axes in
    /// reverse order.</param>
    /// <param name="threads">Threads at most; 0: one a core. The result does not depend on it.</param>
    /// <exception cref="ArgumentException">The lengths are not P x C.</exception>
    public void Filter(ReadOnlySpan<float> values, Span<float> filtered, int channels, bool transposed = false, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (values.Length != (long)PointCount * channels || filtered.Length != values.Length)
            throw new ArgumentException($"{values.Length} values in and {filtered.Length} out were given; {PointCount} points of " +
                $"{channels} channels are {(long)PointCount * channels}.", nameof(values));
        using LaneBuffer input = new(LaneBuffer.BlocksFor(channels), PointCount), output = new(input.Blocks, PointCount);
        input.LoadRows(values, channels);
        Filter(input, null, output, null, transposed, threads);
        output.StoreRows(filtered, channels);
    }

    /// <summary>Filters a signal between two vectors of factors: diag(after) K diag(before), or its transpose with the factors where they
    /// are.</summary>
    /// <param name="input">Over P points.</param>
    /// <param name="before">P factors of the input; null for 1.</param>
    /// <param name="output">Over P points, of as many blocks, overwritten.</param>
    /// <param name="after">P factors of the output; null for 1.</param>
    /// <param name="transposed">True: K transposed.</param>
    /// <param name="threads">Threads at most; 0: one a core.</param>
    internal void Filter(LaneBuffer input, float[]? before, LaneBuffer output, float[]? after, bool transposed, int threads)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        LaneBuffer from = new(input.Blocks, VertexCount + 1), to = new(input.Blocks, VertexCount + 1);
        try
        {
            for (int block = 0; block < input.Blocks; block++)     // the vertex that stands for those that are not there
            {
                Vector512<float>.Zero.Store(from.Block(block) + (nint)VertexCount * Lanes.Count);
                Vector512<float>.Zero.Store(to.Block(block) + (nint)VertexCount * Lanes.Count);
            }
            Splat(input, before, from, threads);
            for (int axis = 0; axis <= Dimension; axis++)
            {
                Blur(from, to, transposed ? Dimension - axis : axis, threads);
                (from, to) = (to, from);
            }
            Slice(from, output, after, threads);
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }

    private void Splat(LaneBuffer points, float[]? factors, LaneBuffer vertices, int threads)
    {
        int pieces = _splatPieces.Length - 1;
        ParallelItems.Run(points.Blocks * pieces, threads, (item, _) =>
        {
            float* source = points.Block(item / pieces), target = vertices.Block(item / pieces);
            int end = _splatPieces[item % pieces + 1];
            fixed (int* entryPoints = _entryPoints, starts = _starts)
            fixed (float* entryWeights = _entryWeights, scales = factors)
                for (int vertex = _splatPieces[item % pieces]; vertex < end; vertex++)
                {
                    Vector512<float> sum = Vector512<float>.Zero;
                    for (int entry = starts[vertex]; entry < starts[vertex + 1]; entry++)
                    {
                        int point = entryPoints[entry];
                        float weight = scales == null ? entryWeights[entry] : entryWeights[entry] * scales[point];
                        sum = Vector512.FusedMultiplyAdd(Row(source, point), Vector512.Create(weight), sum);
                    }
                    sum.Store(target + (nint)vertex * Lanes.Count);
                }
        });
    }

    private void Blur(LaneBuffer from, LaneBuffer to, int axis, int threads)
    {
        ForRows(from.Blocks, VertexCount, threads, (block, first, end) =>
        {
            float* source = from.Block(block), target = to.Block(block);
            Vector512<float> half = Vector512.Create(0.5f), quarter = Vector512.Create(0.25f);
            fixed (int* all = _neighbours)
            {
                int* neighbours = all + 2 * (nint)axis * VertexCount;
                for (int vertex = first; vertex < end; vertex++)
                {
                    Vector512<float> around = Row(source, neighbours[2 * vertex]) + Row(source, neighbours[2 * vertex + 1]);
                    Vector512.FusedMultiplyAdd(around, quarter, Row(source, vertex) * half).Store(target + (nint)vertex * Lanes.Count);
                }
            }
        });
    }

    private void Slice(LaneBuffer vertices, LaneBuffer points, float[]? factors, int threads)
    {
        int corners = Dimension + 1;
        ForRows(vertices.Blocks, PointCount, threads, (block, first, end) =>
        {
            float* source = vertices.Block(block), target = points.Block(block);
            fixed (int* numbers = _vertices)
            fixed (float* weights = _weights, scales = factors)
                for (int point = first; point < end; point++)
                {
                    Vector512<float> sum = Vector512<float>.Zero;
                    nint corner = (nint)point * corners;
                    for (nint last = corner + corners; corner < last; corner++)
                        sum = Vector512.FusedMultiplyAdd(Row(source, numbers[corner]), Vector512.Create(weights[corner]), sum);
                    float factor = scales == null ? _gain : _gain * scales[point];
                    (sum * factor).Store(target + (nint)point * Lanes.Count);
                }
        });
    }

    private static Vector512<float> Row(float* rows, int index) => Vector512.Load(rows + (nint)index * Lanes.Count);

    private static void ForRows(int blocks, int rows, int threads, Action<int, int, int> body)
    {
        int items = (rows + RowsPerItem - 1) / RowsPerItem;
        ParallelItems.Run(blocks * items, threads, (item, _) =>
        {
            int first = item % items * RowsPerItem;
            body(item / items, first, Math.Min(rows, first + RowsPerItem));
        });
    }
}
