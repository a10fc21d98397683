namespace Fovea.Data.Statistics;

/// <summary>Anchors that fit a data set's boxes at the size at which a detector sees them.</summary>
/// <remarks>
/// Sizes and ratios are cluster centres (Lloyd's algorithm on logarithms, begun at quantiles), after the dimension clusters of
/// Redmon and Farhadi, "YOLO9000" (CVPR 2017), section 2, with sizes and ratios apart because a feature pyramid wants one size a level.
/// An anchor of size s and ratio r is s * sqrt(r) high and s / sqrt(r) wide. A box is covered when an anchor with
/// the same centre overlaps it with an IoU of at least 0.5.
/// </remarks>
/// <param name="ShortSide">Pictures are taken as resized so that their short side has this many pixels,</param>
/// <param name="LongSide">unless their long side would exceed this.</param>
/// <param name="Sizes">Five sizes, in pixels of the resized picture, ascending.</param>
/// <param name="Ratios">Three ratios height / width, ascending.</param>
/// <param name="Coverage">Share of the boxes that these anchors cover, 0 to 1.</param>
/// <param name="DefaultCoverage">Share that torchvision's Faster R-CNN defaults cover: sizes 32 64 128 256 512, ratios 0.5 1 2.</param>
public sealed record AnchorAdvice(
    int ShortSide, int LongSide, IReadOnlyList<double> Sizes, IReadOnlyList<double> Ratios, double Coverage, double DefaultCoverage)
{
    private static readonly double[] DefaultSizes = [32, 64, 128, 256, 512];
    private static readonly double[] DefaultRatios = [0.5, 1, 2];

    /// <summary>Finds anchors for boxes given by height and width in pixels of the resized picture.</summary>
    internal static AnchorAdvice? For(IReadOnlyList<(double Height, double Width)> boxes, int shortSide, int longSide)
    {
        if (boxes.Count == 0) return null;
        double[] sizes = Clusters([.. boxes.Select(b => Math.Sqrt(b.Height * b.Width))], 5, 0);
        double[] ratios = Clusters([.. boxes.Select(b => b.Height / b.Width)], 3, 2);
        return new AnchorAdvice(shortSide, longSide, sizes, ratios,
            Covered(boxes, sizes, ratios), Covered(boxes, DefaultSizes, DefaultRatios));
    }

    /// <summary>Cluster centres of positive numbers, ascending, rounded to some decimals.</summary>
    private static double[] Clusters(double[] values, int count, int decimals)
    {
        double[] logs = [.. values.Select(v => Math.Log(v))];
        Array.Sort(logs);
        double[] centres = [.. Enumerable.Range(0, count).Select(i => Distribution.Quantile(logs, (i + 0.5) / count))];
        for (int round = 0; round < 50; round++)
        {
            double[] before = [.. centres];
            int start = 0;
            for (int c = 0; c < count; c++) // in one dimension a cluster is a run of the sorted values
            {
                double end = c + 1 < count ? (before[c] + before[c + 1]) / 2 : double.PositiveInfinity;
                double sum = 0;
                int first = start;
                while (start < logs.Length && logs[start] <= end) sum += logs[start++];
                if (start > first) centres[c] = sum / (start - first);
            }
            if (centres.AsSpan().SequenceEqual(before)) break;
        }
        return [.. centres.Select(c => Math.Round(Math.Exp(c), decimals))];
    }

    private static double Covered(IReadOnlyList<(double Height, double Width)> boxes, double[] sizes, double[] ratios)
    {
        (double Height, double Width)[] anchors =
            [.. sizes.SelectMany(s => ratios.Select(r => (s * Math.Sqrt(r), s / Math.Sqrt(r))))];
        int covered = boxes.Count(b => anchors.Any(a =>
        {
            double intersection = Math.Min(a.Height, b.Height) * Math.Min(a.Width, b.Width);
            return intersection >= 0.5 * (a.Height * a.Width + b.Height * b.Width - intersection);
        }));
        return (double)covered / boxes.Count;
    }
}
