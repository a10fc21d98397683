using System.Runtime.Intrinsics;
using Fovea.Imaging;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Segmentation.Crf;

/// <summary>The spatial kernel exp(-|p_i - p_j|^2 / (2 theta^2)) by two passes of one dimension, cut off at four standard
/// deviations.</summary>
/// <remarks>Pixels lie on a grid, so this Gaussian needs no lattice. Two passes are exact but for the cut (at 0.04 % of the centre), where
/// a lattice of two dimensions is off by one to eight per cent. Ten rounds at the usual width of 3 cost about the same either way
/// once building the lattice counts; below that two passes are quicker, above it slower: their time grows with the width. The
/// kernel's row sums are products of those of its two directions, so each is normalised by itself.</remarks>
internal sealed unsafe class SpatialKernel : CrfKernel
{
    private const int RowsPerItem = 8;

    private readonly ImageSize _size;
    private readonly Axis _down, _across;

    /// <summary>The kernel of a picture's size.</summary>
    public SpatialKernel(ImageSize size, double width, CrfNormalization normalization)
    {
        _size = size;
        (_down, _across) = (new Axis(size.Height, width, normalization), new Axis(size.Width, width, normalization));
    }

    /// <inheritdoc/>
    public override void Filter(LaneBuffer input, LaneBuffer output, bool transposed, int threads)
    {
        int pieces = (_size.Height + RowsPerItem - 1) / RowsPerItem, items = input.Blocks * pieces;
        using var rows = new LaneBuffer(ParallelItems.ThreadsFor(items, threads), _size.Width + 2 * _across.Radius);
        new Span<float>(rows.Start, rows.Blocks * rows.Points * Lanes.Count).Clear();      // what lies beyond the borders
        ParallelItems.Run(items, threads, (item, worker) =>
        {
            nint rowLength = (nint)_size.Width * Lanes.Count;
            float* source = input.Block(item / pieces), target = output.Block(item / pieces);
            float* row = rows.Block(worker) + _across.Radius * Lanes.Count;
            int first = item % pieces * RowsPerItem, end = Math.Min(_size.Height, first + RowsPerItem);
            for (int y = first; y < end; y++)
            {
                _down.SumRows(source, rowLength, y, row, _size.Width, transposed);
                _across.SumAlong(row, target + y * rowLength, transposed);
            }
        });
    }

    /// <inheritdoc/>
    public override Tensor Compose(Tensor values)
    {
        using var scope = new TensorScope();
        Tensor down = _down.Matrix(values), across = _across.Matrix(values);                   // H,H and W,W
        return scope.Keep(down.MatMul(values).MatMul(across.Transpose(0, 1)));                 // C,H,W
    }

    /// <summary>One direction: a banded matrix, n x (2r + 1) weights, and its transpose.</summary>
    private sealed class Axis
    {
        private readonly int _length, _radius;
        private readonly float[] _weights, _transposed;

        public Axis(int length, double width, CrfNormalization normalization)
        {
            _length = length;
            _radius = (int)Math.Min(length - 1, Math.Ceiling(4 * width));
            double[] sums = [.. Enumerable.Range(0, length).Select(i => Band(i).Sum(j => Gaussian(i, j)))];
            (_weights, _transposed) = (new float[length * (2 * _radius + 1)], new float[length * (2 * _radius + 1)]);
            for (int i = 0; i < length; i++)
                foreach (int j in Band(i))
                {
                    double scale = normalization switch
                    {
                        CrfNormalization.Symmetric => 1 / Math.Sqrt(sums[i] * sums[j]),
                        CrfNormalization.Row => 1 / sums[i],
                        _ => 1,
                    };
                    _weights[i * (2 * _radius + 1) + j - i + _radius] = (float)(scale * Gaussian(i, j));
                    _transposed[j * (2 * _radius + 1) + i - j + _radius] = (float)(scale * Gaussian(i, j));
                }

            double Gaussian(int i, int j) => Math.Exp(-0.5 * (i - j) * (i - j) / (width * width));

            IEnumerable<int> Band(int i) =>
                Enumerable.Range(Math.Max(0, i - _radius), Math.Min(length - 1, i + _radius) - Math.Max(0, i - _radius) + 1);
        }

        /// <summary>r.</summary>
        public int Radius => _radius;

        /// <summary>One row of the result across the direction: the rows around it, weighted.</summary>
        /// <param name="rows">The first row.</param>
        /// <param name="rowLength">Floats from row to row.</param>
        /// <param name="at">Which row of the result.</param>
        /// <param name="sum">The row, overwritten.</param>
        /// <param name="points">Its length in points.</param>
        /// <param name="transposed">True for the transposed matrix.</param>
        public void SumRows(float* rows, nint rowLength, int at, float* sum, int points, bool transposed)
        {
            int first = Math.Max(0, at - _radius), last = Math.Min(_length - 1, at + _radius);
            fixed (float* all = transposed ? _transposed : _weights)
            {
                float* weights = all + at * (2 * _radius + 1) + _radius - at;
                int point = 0;
                for (; point + 4 <= points; point += 4)
                {
                    Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a;
                    float* from = rows + first * rowLength + point * Lanes.Count;
                    for (int i = first; i <= last; i++, from += rowLength)
                    {
                        Vector512<float> weight = Vector512.Create(weights[i]);
                        a = Add(from, weight, a);
                        b = Add(from + Lanes.Count, weight, b);
                        c = Add(from + 2 * Lanes.Count, weight, c);
                        d = Add(from + 3 * Lanes.Count, weight, d);
                    }
                    float* to = sum + point * Lanes.Count;
                    a.Store(to);
                    b.Store(to + Lanes.Count);
                    c.Store(to + 2 * Lanes.Count);
                    d.Store(to + 3 * Lanes.Count);
                }
                for (; point < points; point++)
                {
                    Vector512<float> a = Vector512<float>.Zero;
                    float* from = rows + first * rowLength + point * Lanes.Count;
                    for (int i = first; i <= last; i++, from += rowLength)
                        a = Add(from, Vector512.Create(weights[i]), a);
                    a.Store(sum + point * Lanes.Count);
                }
            }
        }

        /// <summary>A whole line along the direction.</summary>
        /// <param name="line">n points, with r points of zeros before and after them.</param>
        /// <param name="sums">n points, overwritten.</param>
        /// <param name="transposed">True for the transposed matrix.</param>
        public void SumAlong(float* line, float* sums, bool transposed)
        {
            int taps = 2 * _radius + 1;
            fixed (float* all = transposed ? _transposed : _weights)
            {
                float* weights = all, from = line - _radius * Lanes.Count;
                for (int at = 0; at < _length; at++, weights += taps, from += Lanes.Count)
                {
                    Vector512<float> even = Vector512<float>.Zero, odd = even;
                    int tap = 0;
                    for (; tap + 2 <= taps; tap += 2)
                    {
                        even = Add(from + tap * Lanes.Count, Vector512.Create(weights[tap]), even);
                        odd = Add(from + (tap + 1) * Lanes.Count, Vector512.Create(weights[tap + 1]), odd);
                    }
                    even = Add(from + tap * Lanes.Count, Vector512.Create(weights[tap]), even);
                    (even + odd).Store(sums + at * Lanes.Count);
                }
            }
        }

        private static Vector512<float> Add(float* point, Vector512<float> weight, Vector512<float> sum) =>
            Vector512.FusedMultiplyAdd(Vector512.Load(point), weight, sum);

        /// <summary>The whole matrix, n x n, of a tensor's type and on its device.</summary>
        public Tensor Matrix(Tensor like)
        {
            var dense = new float[_length * _length];
            for (int i = 0; i < _length; i++)
                for (int j = Math.Max(0, i - _radius); j <= Math.Min(_length - 1, i + _radius); j++)
                    dense[i * _length + j] = _weights[i * (2 * _radius + 1) + j - i + _radius];
            return Tensor.From(dense, _length, _length).To(like.Device, like.DType);
        }
    }
}
