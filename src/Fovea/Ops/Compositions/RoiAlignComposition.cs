using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops.Compositions;

/// <summary>RoIAlign out of libtorch's own operators, for CUDA and for types other than float32; differentiable by
/// libtorch.</summary>
/// <remarks>A bin is a weighted sum of a few pixels, which is what embedding_bag computes: the map becomes a table of N*H*W pixels
/// with C features each, and every bin a bag of weighted rows of that table. Nothing of size samples x channels is ever
/// stored.</remarks>
internal static class RoiAlignComposition
{
    /// <inheritdoc cref="RoiAlign.Forward"/>
    public static Tensor Forward(Tensor features, Tensor rois, RoiShape shape, double scale, int samplingRatio, bool aligned)
    {
        if (samplingRatio > RoiSamples.MaxSamplingRatio)
            throw new ArgumentException($"A sampling ratio of {samplingRatio} was asked for; "
                + $"use at most {RoiSamples.MaxSamplingRatio} (2 is usual).", nameof(samplingRatio));
        if (shape.Regions == 0 || shape.Plane == 0)
            return Tensor.Zeros([shape.Regions, shape.Channels, shape.PooledHeight, shape.PooledWidth], features.DType, features.Device);
        using var scope = new TensorScope();
        PixelTable table = new(features, shape);
        Tensor boxes = table.Regions(rois) * scale;                                       // R,5; the first column is not used again
        double offset = aligned ? 0.5 : 0;
        Tensor left = boxes[.., 1] - offset, top = boxes[.., 2] - offset;                 // R
        Tensor width = boxes[.., 3] - offset - left, height = boxes[.., 4] - offset - top;
        if (!aligned) (width, height) = (width.Clamp(min: 1), height.Clamp(min: 1));
        (Tensor rows, Tensor rowWeights, Tensor down) = Taps(top, height, shape.PooledHeight, samplingRatio, shape.Height);       // R,PH,Y
        (Tensor columns, Tensor columnWeights, Tensor across) = Taps(left, width, shape.PooledWidth, samplingRatio, shape.Width); // R,PW,X
        rowWeights = rowWeights / (down * across).Clamp(min: 1).View(-1, 1, 1);
        return scope.Keep(table.Bags(rows, columns, (first, count) =>
            rowWeights.Slice(0, first, first + count)[.., .., TensorIndex.NewAxis, .., TensorIndex.NewAxis]
            * columnWeights.Slice(0, first, first + count)[.., TensorIndex.NewAxis, .., TensorIndex.NewAxis, ..])); // r,PH,PW,Y,X
    }

    // Pixels and weights of each bin in one direction, R x bins x 2P (lower, then upper neighbours of P points), and the points of a
    // bin, R.
    private static (Tensor Pixels, Tensor Weights, Tensor Points) Taps(Tensor start, Tensor size, int bins, int samplingRatio, int extent)
    {
        Tensor binSize = size / bins;
        Tensor points = samplingRatio > 0 ? Tensor.Full([start.Size(0)], samplingRatio, start.DType, start.Device)
            : binSize.Ceiling().MaskedFill(!(binSize - binSize + start).IsFinite(), 0).Clamp(min: 0);
        double most = samplingRatio > 0 ? samplingRatio : points.Max().Item();
        if (most > 4.0 * extent + 64 && samplingRatio <= 0)
            throw new ArgumentException($"A region needs {most} sampling points a bin on a map of {extent} pixels: "
                + "clip the boxes to the picture first.");
        Tensor bin = Tensor.Arange(0, bins, 1, start.DType, start.Device).View(1, bins, 1);
        Tensor point = Tensor.Arange(0, Math.Max(1, most), 1, start.DType, start.Device);
        Tensor step = binSize.View(-1, 1, 1);
        Tensor at = start.View(-1, 1, 1) + bin * step + (point + 0.5) * step / points.View(-1, 1, 1);                            // R,bins,P
        Tensor inside = (at >= -1) & (at <= extent) & (point < points.View(-1, 1, 1));
        at = at.MaskedFill(!inside, 0).Clamp(min: 0);
        Tensor low = at.Floor().Clamp(max: extent - 1);
        Tensor fraction = (at - low).MaskedFill(low >= extent - 1, 0);
        Tensor share = inside.To(start.DType);
        return (Tensor.Cat([low, (low + 1).Clamp(max: extent - 1)], 2).To(DType.Int64),
            Tensor.Cat([(1 - fraction) * share, fraction * share], 2), points);
    }
}
