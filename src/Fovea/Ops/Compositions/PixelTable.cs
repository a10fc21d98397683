using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops.Compositions;

/// <summary>A feature map as a table of pixels, from which bags of rows are summed or of which the largest are taken.</summary>
internal sealed class PixelTable
{
    private static readonly Operator EmbeddingBag = new("aten::embedding_bag");
    private const int SumMode = 0, MaxMode = 2;

    // Rows of the table that one call may name: bounds the memory for their indices (128 MB).
    private const long MaxRows = 1L << 24;

    private readonly Tensor _rows;
    private readonly DType _type;
    private readonly RoiShape _shape;
    private Tensor? _image;

    /// <summary>Lays out N x C x H x W features as N*H*W x C, in double precision where the features are, else in single.</summary>
    public PixelTable(Tensor features, RoiShape shape)
    {
        (_shape, _type) = (shape, features.DType);
        _rows = features.To(_type == DType.Float64 ? _type : DType.Float32).Permute(0, 2, 3, 1).Reshape(-1, shape.Channels);
    }

    /// <summary>The regions in the table's precision, R x 5, without gradient.</summary>
    /// <exception cref="ArgumentException">A region names an image that is not there.</exception>
    public Tensor Regions(Tensor rois)
    {
        Tensor regions = rois.Detach().To(_rows.DType), image = regions[.., 0];
        if (((image > -1) & (image < _shape.Images)).All().Item() == 0)
            throw new ArgumentException($"A region belongs to an image that is not among the {_shape.Images}; "
                + "the first of a region's five numbers is the index of its image, counted from 0.");
        _image = image.To(DType.Int64) * _shape.Plane;
        return regions;
    }

    /// <summary>Weighted sums, or maxima, of the pixels rows x columns of each bin.</summary>
    /// <param name="rows">R x PH x Y, int64 in 0 ..&lt; H.</param>
    /// <param name="columns">R x PW x X, int64 in 0 ..&lt; W.</param>
    /// <param name="weights">Given the first region and a number of them, their weights r x PH x PW x Y x X; null to take the
    /// largest value.</param>
    /// <param name="empty">r x PH x PW, for maxima: bins without a pixel, whose value is 0.</param>
    /// <returns>R x C x PH x PW of the features' type.</returns>
    public Tensor Bags(Tensor rows, Tensor columns, Func<long, long, Tensor>? weights, Tensor? empty = null)
    {
        long regions = _shape.Regions, bag = rows.Size(2) * columns.Size(2), step = Math.Max(1, MaxRows / (bag * _shape.Bins));
        // The row after the last one is what bins without a pixel point at.
        Tensor table = empty is null ? _rows : Tensor.Cat([_rows, Tensor.Zeros([1, _shape.Channels], _rows.DType, _rows.Device)]);
        List<Tensor> parts = [];
        for (long first = 0; first < regions; first += step)
        {
            long count = Math.Min(step, regions - first);
            Tensor index = _image!.Slice(0, first, first + count).View(-1, 1, 1, 1, 1)
                + rows.Slice(0, first, first + count)[.., .., TensorIndex.NewAxis, .., TensorIndex.NewAxis] * _shape.Width
                + columns.Slice(0, first, first + count)[.., TensorIndex.NewAxis, .., TensorIndex.NewAxis, ..]; // r,PH,PW,Y,X
            if (empty is not null)
                index = index.MaskedFill(empty.Slice(0, first, first + count)[.., .., .., TensorIndex.NewAxis, TensorIndex.NewAxis],
                    _rows.Size(0));
            Tensor offsets = Tensor.Arange(0, count * _shape.Bins * bag, bag, DType.Int64, _rows.Device);
            (Tensor sums, _, _, _) = EmbeddingBag.Call4(table, index.Flatten(), offsets, false, weights is null ? MaxMode : SumMode, false,
                weights?.Invoke(first, count).Flatten());
            parts.Add(sums);
        }
        return Tensor.Cat([.. parts]).View(regions, _shape.PooledHeight, _shape.PooledWidth, _shape.Channels)
            .Permute(0, 3, 1, 2).Contiguous().To(_type);                                              // R,C,PH,PW
    }
}
