using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection.Parts;

/// <summary>From the maps of corners to boxes.</summary>
/// <remarks>Law and Deng: "CornerNet" (ECCV 2018), section 4.2. Letters: N pictures, K classes, H and W of the maps, T corners of a kind
/// that are looked at, M boxes.</remarks>
/// <param name="Stride">Pixels of the picture to a cell.</param>
/// <param name="Corners">T: the best corners of each kind that are paired.</param>
/// <param name="MaxDistance">Corners whose embeddings lie farther apart belong to different objects.</param>
public sealed record CornerDecoder(int Stride, int Corners = 100, double MaxDistance = 0.5)
{
    /// <summary>The boxes of each picture, M_n x 4 in pixels of the batch, not clipped: every pair of corners of one class that are
    /// alike and lie as the corners of a box do. The score is the mean of the corners'.</summary>
    public DetectionCandidates[] Decode(CornerMaps topLeft, CornerMaps bottomRight)
    {
        Tensor first = Peaks(topLeft.Heat), second = Peaks(bottomRight.Heat);
        return [.. Enumerable.Range(0, (int)first.Size(0)).Select(n => Pair(Best(first[n], topLeft, n), Best(second[n], bottomRight, n)))];
    }

    // Probabilities where no neighbour of the eight is larger, 0 elsewhere.
    private static Tensor Peaks(Tensor logits)
    {
        Tensor heat = logits.Sigmoid();
        return heat * Functional.MaxPool2d(heat, 3, 1, 1).Eq(heat).To(heat.DType);
    }

    // heat: K,H,W
    private CornerList Best(Tensor heat, CornerMaps maps, int n)
    {
        (long height, long width) = (heat.Size(1), heat.Size(2));
        (Tensor scores, Tensor indices) = heat.Flatten().TopK(Math.Min(Corners, heat.Numel));                    // T
        Tensor cells = indices.Remainder(height * width), rows = cells.FloorDivide(width), columns = cells.Remainder(width);
        Tensor offsets = maps.Offset[n].Flatten(1).IndexSelect(1, cells);                                        // 2,T
        return new CornerList(columns.To(heat.DType) + offsets[0], rows.To(heat.DType) + offsets[1], scores,
            indices.FloorDivide(height * width), maps.Embedding[n].Flatten().IndexSelect(0, cells));
    }

    private DetectionCandidates Pair(CornerList first, CornerList second)
    {
        Tensor fits = first.Labels.Unsqueeze(1).Eq(second.Labels)                                                // T,T
            & ((first.Embedding.Unsqueeze(1) - second.Embedding).Abs() <= MaxDistance)
            & (second.X > first.X.Unsqueeze(1)) & (second.Y > first.Y.Unsqueeze(1))
            & (first.Scores.Unsqueeze(1) > 0) & (second.Scores > 0);                                        // a map may have too few peaks
        Tensor pairs = fits.NonZero(), a = pairs[.., 0], b = pairs[.., 1];                                       // M
        Tensor boxes = Tensor.Stack([first.X.IndexSelect(0, a), first.Y.IndexSelect(0, a), second.X.IndexSelect(0, b),
            second.Y.IndexSelect(0, b)], 1) * Stride;
        Tensor scores = (first.Scores.IndexSelect(0, a) + second.Scores.IndexSelect(0, b)) * 0.5;
        return new DetectionCandidates(new Boxes(boxes), scores, first.Labels.IndexSelect(0, a) + 1);
    }

    // T corners: their places in cells, scores, classes from 0 (int64) and embeddings.
    private sealed record CornerList(Tensor X, Tensor Y, Tensor Scores, Tensor Labels, Tensor Embedding);
}
