using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>The losses of a CornerNet's maps.</summary>
/// <remarks>Law and Deng: "CornerNet" (ECCV 2018), sections 3.2, 3.3 and 4.1. Of a batch, the heat maps' loss is divided by the number of
/// cells with a corner and the offsets' by the number of objects, both of all pictures; the embeddings' are means over pictures of what
/// the paper defines for one. Letters: N pictures, G objects of all of them.</remarks>
/// <param name="Heat">Of both heat maps.</param>
/// <param name="Pull">Of the embeddings of one object.</param>
/// <param name="Push">Of those of different objects.</param>
/// <param name="Offset">Of both corners' places in their cells.</param>
public sealed record CornerLosses(Tensor Heat, Tensor Pull, Tensor Push, Tensor Offset)
{
    /// <summary>The losses of one hourglass, unweighted scalars.</summary>
    public static CornerLosses Compute(CornerMaps topLeft, CornerMaps bottomRight, CornerTargets truth)
    {
        using var scope = new TensorScope();
        Tensor heat = HeatMapFocalLoss.Compute(topLeft.Heat, truth.TopLeft.Heat)
            + HeatMapFocalLoss.Compute(bottomRight.Heat, truth.BottomRight.Heat);
        Tensor offset = OffsetLoss(topLeft, truth.TopLeft) + OffsetLoss(bottomRight, truth.BottomRight);
        Tensor[] first = Embeddings(topLeft, truth.TopLeft).Split(truth.Counts);
        Tensor[] second = Embeddings(bottomRight, truth.BottomRight).Split(truth.Counts);
        (Tensor Pull, Tensor Push)[] pairs = [.. first.Zip(second, (a, b) => AssociativeEmbeddingLoss.Compute(a, b))];
        return new CornerLosses(scope.Keep(heat), scope.Keep(Mean([.. pairs.Select(pair => pair.Pull)])),
            scope.Keep(Mean([.. pairs.Select(pair => pair.Push)])), scope.Keep(offset));
    }

    private static Tensor Mean(Tensor[] losses) => Tensor.Stack(losses).Mean();

    private static Tensor Embeddings(CornerMaps maps, CornerTarget truth) => maps.Embedding.Flatten().IndexSelect(0, truth.Cells);  // G

    private static Tensor OffsetLoss(CornerMaps maps, CornerTarget truth)
    {
        Tensor offsets = maps.Offset.Permute(0, 2, 3, 1).Reshape(-1, 2).IndexSelect(0, truth.Cells);       // G,2
        return SmoothL1Loss.Compute(offsets, truth.Offset, reduction: Reduction.Sum) / Math.Max(1, truth.Cells.Numel);
    }
}
