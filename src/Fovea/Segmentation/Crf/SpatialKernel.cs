using System.Runtime.Intrinsics;
using Fovea.Imaging;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Segmentation.Crf;

/// <summary>The spatial kernel exp(-|p_i - p_j|^2 / (2 theta^2)) by two passes of one dimension, cut off at four standard deviations.</summary>
/// <remarks>Pixels lie on a grid, so this Gaussian needs no lattice: two passes are exact but for the cut (below 0.04 % of the centre), and
/// for the usual width of a few pixels they are quicker than splatting, blurring and slicing. Time grows with the width. The
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
        using var rows = new LaneBuffer(ParallelItems.ThreadsFor(items, threads), _size.Width);
        ParallelItems.Run(items, threads, (item, worker) =>
        {
            nint rowLength = (nint)_size.Width * Lanes.Count;
            float* source = input.Block(item / pieces), target = output.Block(item / pieces), row = rows.Block(worker);
            int first = item % pieces * RowsPerItem, end = Math.Min(_size.Height, first + RowsPerItem);
            for (int y = first; y < end; y++)
            {
                for (int x = 0; x < _size.Width; x++)
                    _down.Sum(source + x * Lanes.Count, rowLength, y, transposed).Store(row + x * Lanes.Count);
                float* to = target + y * rowLength;
                for (int x = 0; x < _size.Width; x++) _across.Sum(row, Lanes.Count, x, transposed).Store(to + x * Lanes.Count);
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

        /// <summary>Row <paramref name="at"/> of the matrix times the points, which lie <paramref name="stride"/> floats apart.</summary>
        public Vector512<float> Sum(float* points, nint stride, int at, bool transposed)
        {
            int first = Math.Max(0, at - _radius), last = Math.Min(_length - 1, at + _radius);
            Vector512<float> sum = Vector512<float>.Zero;
            fixed (float* all = transposed ? _transposed : _weights)
            {
                float* weights = all + at * (2 * _radius + 1) + _radius - at;
                for (int i = first; i <= last; i++)
                    sum = Vector512.FusedMultiplyAdd(Vector512.Load(points + i * stride), Vector512.Create(weights[i]), sum);
            }
            return sum;
        }

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
