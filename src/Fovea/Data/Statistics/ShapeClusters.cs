namespace Fovea.Data.Statistics;

/// <summary>Anchors of YOLO for a data set's boxes: the centres of clusters of their shapes.</summary>
/// <remarks>Redmon and Farhadi: "YOLO9000" (CVPR 2017), section 2, "Dimension Clusters": k-means with the distance 1 - IoU of boxes around
/// one centre, so that large boxes do not weigh more than small ones. It begins at boxes of evenly spread area, and is therefore the same
/// each time.</remarks>
/// <param name="Side">Pictures are taken as resized so that their longer side has this many pixels.</param>
/// <param name="Shapes">Width and height of each anchor in turn, in pixels of the resized picture, by rising area.</param>
/// <param name="MeanIou">Mean over the boxes of the IoU with the anchor that fits best, 0 to 1.</param>
public sealed record ShapeClusters(int Side, IReadOnlyList<double> Shapes, double MeanIou)
{
    private const int MostRounds = 300, MostBoxes = 20_000;

    /// <summary>The clusters, or null where there are no boxes.</summary>
    /// <param name="boxes">Width and height in pixels of the resized picture, above 0.</param>
    /// <param name="count">How many anchors.</param>
    /// <param name="side">The longer side of the resized pictures.</param>
    public static ShapeClusters? Of(IReadOnlyList<(double Width, double Height)> boxes, int count, int side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (boxes.Count == 0) return null;
        int stride = (boxes.Count + MostBoxes - 1) / MostBoxes;
        (double Width, double Height)[] some =
            [.. boxes.Where((_, i) => i % stride == 0).OrderBy(box => box.Width * box.Height).ThenBy(box => box.Width)];
        (double Width, double Height)[] centres =
            [.. Enumerable.Range(0, count).Select(c => some[(int)((2L * c + 1) * some.Length / (2L * count))])];
        int[] members = new int[some.Length];
        for (int round = 0; round < MostRounds; round++)
        {
            int[] next = [.. some.Select(box => Nearest(box, centres).Index)];
            if (round > 0 && next.AsSpan().SequenceEqual(members)) break;
            members = next;
            for (int c = 0; c < count; c++)
            {
                (double Width, double Height)[] own = [.. some.Where((_, i) => members[i] == c)];
                if (own.Length > 0) centres[c] = (own.Average(box => box.Width), own.Average(box => box.Height));
            }
        }
        centres = [.. centres.Select(c => (Rounded(c.Width), Rounded(c.Height))).OrderBy(c => c.Item1 * c.Item2)];
        return new ShapeClusters(side, [.. centres.SelectMany(c => (double[])[c.Width, c.Height])],
            some.Average(box => Nearest(box, centres).Iou));
    }

    // The first of several that are as near.
    private static (int Index, double Iou) Nearest((double Width, double Height) box, (double Width, double Height)[] centres)
    {
        (int Index, double Iou) best = (0, -1);
        for (int c = 0; c < centres.Length; c++)
        {
            double shared = Math.Min(box.Width, centres[c].Width) * Math.Min(box.Height, centres[c].Height);
            double iou = shared / (box.Width * box.Height + centres[c].Width * centres[c].Height - shared);
            if (iou > best.Iou) best = (c, iou);
        }
        return best;
    }

    private static double Rounded(double side) => Math.Max(1, Math.Round(side));
}
