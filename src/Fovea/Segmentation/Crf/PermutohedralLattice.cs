using System.Buffers;
using Fovea.Ops.Kernels;
using Fovea.Torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Fovea.Segmentation.Crf;

/// <summary>Permutohedral lattice: a Gaussian filter among points in a space of several dimensions, in time linear in the number of
/// points. What comes out at point i approximates sum_j exp(-|f_i - f_j|^2 / 2) v_j.</summary>
/// <remarks>
/// Adams, Baek, Davis: "Fast High-Dimensional Filtering Using the Permutohedral Lattice" (Eurographics 2010). A point hands its value to
/// the d + 1 vertices of the simplex around it (splat), the vertices are blurred along d + 1 axes, and the point takes the mean of its
/// vertices (slice). Only vertices that a point touches exist; the blur loses what would go to others, as in the paper.
/// Letters: P points, d numbers a feature, M vertices, C channels. Filtering changes nothing in the lattice, so several threads may filter
/// at once; the result does not depend on the number of threads.
/// </remarks>
public sealed unsafe partial class PermutohedralLattice : IDisposable
{
    // Pieces of work: as many whatever the number of threads, so that nothing depends on that.
    private const int PointsPerBlock = 4096, SplatPieces = 64;

    private readonly int[] _vertices, _starts, _entryPoints;     // P*(d+1); M+1; P*(d+1)
    private readonly float[] _weights, _entryWeights;            // P*(d+1) each
    private readonly int[] _neighbours;                          // (d+1) x M x 2: before and after along each axis; M where there is none
    private readonly int[] _splatPieces;                         // the vertices at which pieces of about equally many entries begin
    private readonly float _gain;
    private bool _disposed;

    /// <summary>Builds the lattice of some points.</summary>
    /// <param name="features">P x d: where each point lies, in units of the kernel's standard deviation.</param>
    /// <param name="dimension">d, 1 to 8.</param>
    /// <param name="threads">Threads at most; 0: one a core.</param>
    /// <exception cref="ArgumentException">There is no point, a number is not finite, or is too large to be told apart from its
    /// neighbours.</exception>
    public PermutohedralLattice(ReadOnlySpan<float> features, int dimension, int threads = 0)
    {
        var locator = new SimplexLocator(dimension);
        if (features.IsEmpty || features.Length % dimension != 0)
            throw new ArgumentException($"{features.Length} numbers arrived; a lattice of dimension {dimension} needs {dimension} for " +
                "each point, and at least one point.", nameof(features));
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude(features));
        if (!(largest <= locator.Reach))
            throw new ArgumentException($"A feature of {largest} kernel widths arrived; finite numbers up to {locator.Reach:g4} are " +
                "needed. Widen the kernel.", nameof(features));
        (Dimension, PointCount, _gain) = (dimension, features.Length / dimension, (float)locator.Gain);
        int entries = checked(PointCount * (dimension + 1));
        (_vertices, _weights) = (ArrayPool<int>.Shared.Rent(entries), ArrayPool<float>.Shared.Rent(entries));
        (_entryPoints, _entryWeights) = (ArrayPool<int>.Shared.Rent(entries), ArrayPool<float>.Shared.Rent(entries));

        VertexTable table;
        fixed (float* first = features) table = Locate(locator, first, threads);
        VertexCount = table.Count;
        _starts = ArrayPool<int>.Shared.Rent(VertexCount + 1);
        _neighbours = ArrayPool<int>.Shared.Rent(checked(2 * (dimension + 1) * VertexCount));
        SortEntries();
        FindNeighbours(locator, table, threads);
        _splatPieces = Pieces();
    }

    /// <summary>Numbers of a feature, d.</summary>
    public int Dimension { get; }

    /// <summary>P.</summary>
    public int PointCount { get; }

    /// <summary>M: at most P x (d + 1).</summary>
    public int VertexCount { get; }

    /// <summary>By what the sums over the lattice are multiplied, see <see cref="SimplexLocator.Gain"/>.</summary>
    internal double Gain => _gain;

    /// <summary>The vertices of each point and its shares in them: P*(d+1) int64 and float32.</summary>
    internal (Tensor Vertices, Tensor Weights) Shares()
    {
        int entries = PointCount * (Dimension + 1);
        return (Tensor.From(Array.ConvertAll(_vertices.AsSpan(0, entries).ToArray(), v => (long)v), entries),
            Tensor.From(_weights.AsSpan(0, entries).ToArray(), entries));
    }

    /// <summary>The neighbours of each vertex along an axis: M + 1 int64 each, where M stands for those that are not there.</summary>
    internal (Tensor Before, Tensor After) Neighbours(int axis)
    {
        int[] pairs = _neighbours.AsSpan(2 * axis * VertexCount, 2 * VertexCount).ToArray();
        long[] Side(int side) => [.. Enumerable.Range(0, VertexCount).Select(v => (long)pairs[2 * v + side]), VertexCount];
        return (Tensor.From(Side(0), VertexCount + 1), Tensor.From(Side(1), VertexCount + 1));
    }

    /// <summary>Gives the lattice's memory back for the next one; without it, it goes to garbage collection.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (int[] array in (int[][])[_vertices, _starts, _entryPoints, _neighbours]) ArrayPool<int>.Shared.Return(array);
        foreach (float[] array in (float[][])[_weights, _entryWeights]) ArrayPool<float>.Shared.Return(array);
    }

    // Blocks of points number their vertices by themselves, in parallel; then their tables are united in the order of the blocks.
    private VertexTable Locate(SimplexLocator locator, float* features, int threads)
    {
        int corners = Dimension + 1, blocks = (PointCount + PointsPerBlock - 1) / PointsPerBlock;
        var tables = new VertexTable[blocks];
        ParallelItems.Run(blocks, threads, (block, _) =>
        {
            int first = block * PointsPerBlock, end = Math.Min(PointCount, first + PointsPerBlock);
            VertexTable own = tables[block] = new VertexTable(PointsPerBlock / 4);
            UInt128* keys = stackalloc UInt128[corners];
            fixed (float* weights = _weights)
                for (int point = first; point < end; point++)
                {
                    locator.Locate(features + (nint)point * Dimension, keys, weights + (nint)point * corners);
                    for (int r = 0; r < corners; r++) _vertices[point * corners + r] = own.Add(keys[r]);
                }
        });
        var all = new VertexTable(tables.Max(table => table.Count));
        var numbers = new int[blocks][];
        for (int block = 0; block < blocks; block++)
        {
            numbers[block] = new int[tables[block].Count];
            for (int i = 0; i < numbers[block].Length; i++) numbers[block][i] = all.Add(tables[block].Keys[i]);
        }
        ParallelItems.Run(blocks, threads, (block, _) =>
        {
            int first = block * PointsPerBlock * corners, count = Math.Min(PointCount * corners - first, PointsPerBlock * corners);
            foreach (ref int vertex in _vertices.AsSpan(first, count)) vertex = numbers[block][vertex];
        });
        return all;
    }

    // The points of each vertex in rising order: then every vertex sums by itself, and always in the same order.
    private void SortEntries()
    {
        int corners = Dimension + 1, entries = PointCount * corners;
        Span<int> ends = _starts.AsSpan(0, VertexCount + 1);
        ends.Clear();
        foreach (int vertex in _vertices.AsSpan(0, entries)) ends[vertex + 1]++;
        for (int vertex = 0; vertex < VertexCount; vertex++) ends[vertex + 1] += ends[vertex];
        int[] next = ArrayPool<int>.Shared.Rent(VertexCount);
        ends[..VertexCount].CopyTo(next);
        for (int point = 0, entry = 0; point < PointCount; point++)
            for (int r = 0; r < corners; r++, entry++)
            {
                int at = next[_vertices[entry]]++;
                (_entryPoints[at], _entryWeights[at]) = (point, _weights[entry]);
            }
        ArrayPool<int>.Shared.Return(next);
    }

    private void FindNeighbours(SimplexLocator locator, VertexTable table, int threads)
    {
        ParallelItems.Run(Dimension + 1, threads, (axis, _) =>
        {
            UInt128 step = locator.Steps[axis];
            Span<int> pairs = _neighbours.AsSpan(2 * axis * VertexCount, 2 * VertexCount);
            for (int vertex = 0; vertex < VertexCount; vertex++)
            {
                UInt128 key = table.Keys[vertex];
                int before = table.Find(key - step), after = table.Find(key + step);
                (pairs[2 * vertex], pairs[2 * vertex + 1]) = (before < 0 ? VertexCount : before, after < 0 ? VertexCount : after);
            }
        });
    }

    private int[] Pieces()
    {
        int entries = _starts[VertexCount];
        var pieces = new List<int> { 0 };
        for (int vertex = 1; vertex <= VertexCount; vertex++)
            if (vertex == VertexCount || _starts[vertex] - _starts[pieces[^1]] >= entries / SplatPieces) pieces.Add(vertex);
        return [.. pieces];
    }
}
