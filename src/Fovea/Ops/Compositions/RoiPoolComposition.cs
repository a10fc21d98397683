using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops.Compositions;

/// <summary>RoI pooling out of libtorch's own operators, for CUDA and for types other than float32; differentiable by
/// libtorch.</summary>
/// <remarks>As in <see cref="RoiAlignComposition"/> a bin is a bag of pixels, of which the largest is taken.</remarks>
internal static class RoiPoolComposition
{
    /// <inheritdoc cref="RoiPool.Forward"/>
    public static Tensor Forward(Tensor features, Tensor rois, RoiShape shape, double scale)
    {
        if (shape.Regions == 0 || shape.Plane == 0)
            return Tensor.Zeros([shape.Regions, shape.Channels, shape.PooledHeight, shape.PooledWidth], features.DType, features.Device);
        using var scope = new TensorScope();
        PixelTable table = new(features, shape);
        Tensor boxes = RoundAwayFromZero(table.Regions(rois)[.., 1..] * scale);                                             // R,4
        (Tensor rows, Tensor noRow) = Pixels(boxes[.., 1], boxes[.., 3], shape.PooledHeight, shape.Height);      // R,PH,Y and R,PH
        (Tensor columns, Tensor noColumn) = Pixels(boxes[.., 0], boxes[.., 2], shape.PooledWidth, shape.Width);  // R,PW,X and R,PW
        return scope.Keep(table.Bags(rows, columns, weights: null, noRow.Unsqueeze(2) | noColumn.Unsqueeze(1)));
    }

    // The pixels of each bin in one direction, all bins filled up to the same number by repeating their last, and which bins have none.
    private static (Tensor Pixels, Tensor Empty) Pixels(Tensor start, Tensor end, int bins, int extent)
    {
        Tensor binSize = (end - start + 1).Clamp(min: 1).Unsqueeze(1) / bins;                                               // R,1
        Tensor bin = Tensor.Arange(0, bins, 1, start.DType, start.Device);
        Tensor first = ((bin * binSize).Floor() + start.Unsqueeze(1)).Clamp(0, extent);                                     // R,bins
        Tensor last = (((bin + 1) * binSize).Ceiling() + start.Unsqueeze(1)).Clamp(0, extent);
        double most = Math.Max(1, (last - first).Max().Item());
        Tensor pixel = first.Unsqueeze(2) + Tensor.Arange(0, most, 1, start.DType, start.Device);
        return (pixel.Minimum(last.Unsqueeze(2) - 1).Clamp(0, extent - 1).To(DType.Int64), last <= first);
    }

    // libtorch rounds halves to even. What is not a number becomes 0, as in a conversion to an integer.
    private static Tensor RoundAwayFromZero(Tensor values)
    {
        Tensor size = values.Abs().MaskedFill(values.IsNaN(), 0).Clamp(max: 1 << 30), whole = size.Floor();
        Tensor rounded = whole + (size - whole >= 0.5).To(values.DType);
        return (values < 0).Where(-rounded, rounded);
    }
}
