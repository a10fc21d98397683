using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops.Compositions;

/// <summary>Non-maximum suppression out of libtorch's own operators, for CUDA and for types other than float32.</summary>
/// <remarks>Boxes are taken in blocks by falling score. A block first loses what earlier kept boxes cover. Within it, "kept" is the
/// one solution of: a box is kept if no kept box before it covers it. Starting from all, each round of that rule settles at least
/// one more box from the front, and in practice a few rounds settle all.</remarks>
internal static class NmsComposition
{
    private const int Block = 2048;
    private static readonly Operator UpperTriangle = new("aten::triu");

    /// <inheritdoc cref="Nms.KeepPerClass"/>
    public static Tensor KeepPerClass(Tensor boxes, Tensor scores, Tensor classes, double iouThreshold)
    {
        if (boxes.Numel == 0 || boxes.Numel > NmsKernel.MaxShiftedCoordinates) return Keep(boxes, scores, iouThreshold, classes);
        Tensor shift = classes.To(boxes.DType) * (boxes.Max() + 1);
        return Keep(boxes + shift.Unsqueeze(1), scores, iouThreshold, classes: null);
    }

    /// <inheritdoc cref="Nms.Keep"/>
    public static Tensor Keep(Tensor boxes, Tensor scores, double iouThreshold, Tensor? classes)
    {
        if (!boxes.DType.Equals(DType.Float64)) (boxes, iouThreshold) = (boxes.To(DType.Float32), NmsKernel.RoundDown(iouThreshold));
        Tensor order = scores.Sort(descending: true).Indices;                                 // N
        Tensor kept = order.Slice(0, 0, 0);
        for (long start = 0; start < order.Numel; start += Block)
        {
            using var scope = new TensorScope();
            Tensor block = order.Slice(0, start, Math.Min(start + Block, order.Numel));
            for (long from = 0; from < kept.Numel && block.Numel > 0; from += Block)
                block = block[!Covers(kept.Slice(0, from, Math.Min(from + Block, kept.Numel)), block).Any(0)];
            if (block.Numel == 0) continue;
            // n,n: 1 where the row's box is better than the column's and covers it.
            Tensor covers = UpperTriangle.Call(Covers(block, block).To(DType.Float32), 1);
            kept = scope.Keep(Tensor.Cat([kept, block[Settle(covers)]]));
        }
        return kept;

        Tensor Covers(Tensor better, Tensor worse)
        {
            Tensor covers = BoxOverlap.Matrix(boxes.IndexSelect(0, better), boxes.IndexSelect(0, worse), generalized: false) > iouThreshold;
            return classes is null ? covers : covers & classes.IndexSelect(0, better).Unsqueeze(1).Eq(classes.IndexSelect(0, worse));
        }
    }

    private static Tensor Settle(Tensor covers)
    {
        Tensor keep = Tensor.Ones([covers.Size(0)], DType.Float32, covers.Device);
        while (true)
        {
            Tensor next = keep.MatMul(covers).Eq(0).To(DType.Float32);
            if (next.ElementsEqual(keep)) return keep > 0;
            keep = next;
        }
    }
}
