using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Statistics;

/// <summary>Anchors that fit a data set's boxes at the size at which a detector sees them.</summary>
/// <remarks>
/// Each level of a feature pyramid has twice the stride of the one before, so its anchor has twice the size (Lin et al., "Feature
/// Pyramid Networks", CVPR 2017, section 4.1): an anchor much smaller than its stride would leave gaps between the places. What is
/// left to choose is the first size: the one with the greatest mean of each box's best IoU, the measure of Redmon and Farhadi,
/// "YOLO9000" (CVPR 2017), section 2. Ratios are cluster centres (Lloyd's algorithm on logarithms, begun at quantiles).
/// An anchor of size s and ratio r is s * sqrt(r) high and s / sqrt(r) wide. A box is covered when an anchor with
/// the same centre overlaps it with an IoU of at least 0.5.
/// </remarks>
/// <param name="ShortSide">Pictures are taken as resized so that their short side has this many pixels,</param>
/// <param name="LongSide">unless their long side would exceed this.</param>
/// <param name="Sizes">Five sizes, in pixels of the resized picture, each twice the one before.</param>
/// <param name="Ratios">Three ratios height / width, ascending.</param>
/// <param name="Coverage">Share of the boxes that these anchors cover, 0 to 1.</param>
/// <param name="DefaultCoverage">Share that torchvision's Faster R-CNN defaults cover: sizes 32 64 128 256 512, ratios 0.5 1 2.</param>
public sealed record AnchorAdvice(
    int ShortSide, int LongSide, IReadOnlyList<double> Sizes, IReadOnlyList<double> Ratios, double Coverage, double DefaultCoverage)
{
    private static readonly double[] DefaultSizes = [32, 64, 128, 256, 512];
    private static readonly double[] DefaultRatios = [0.5, 1, 2];

    // P2 has a stride of 4 pixels: its anchors may have from one to 32 strides.
    private const int Levels = 5, SmallestSize = 4, LargestSize = 128, MostBoxes = 5_000;

    /// <summary>Anchors for a data set's boxes, or null where it has none.</summary>
    /// <param name="dataset">Its records are read; its pictures are not.</param>
    /// <param name="shortSide">The short side that pictures are resized to, in pixels.</param>
    /// <param name="longSide">The most that the long side may become.</param>
    /// <param name="chosenSizes">Sizes whose coverage is of interest: one a pyramid level.</param>
    /// <param name="chosenRatios">Ratios height / width that go with them, and with the advised sizes.</param>
    /// <returns>The advised sizes, the share of boxes that they cover, and the share that the chosen ones cover.</returns>
    public static (IReadOnlyList<double> Sizes, double Coverage, double ChosenCoverage)? Compare(
        IDataset dataset, int shortSide, int longSide, IReadOnlyList<double> chosenSizes, IReadOnlyList<double> chosenRatios)
    {
        List<(double Height, double Width)> boxes = [];
        for (int i = 0; i < dataset.Count; i++)
        {
            ImageRecord record = dataset[i];
            double scale = ResizeScale(record.Size, shortSide, longSide);
            boxes.AddRange(record.Annotations.Where(a => !a.IsCrowd && a.Box.Width > 1 && a.Box.Height > 1)
                .Select(a => (a.Box.Height * scale, a.Box.Width * scale)));
        }
        if (boxes.Count == 0) return null;
        double[] ratios = [.. chosenRatios], sizes = Octaves(boxes, ratios);
        return (sizes, Covered(boxes, sizes, ratios), Covered(boxes, [.. chosenSizes], ratios));
    }

    /// <summary>The factor by which a detector resizes a picture.</summary>
    internal static double ResizeScale(ImageSize size, int shortSide, int longSide) =>
        Math.Min((double)shortSide / Math.Min(size.Height, size.Width), (double)longSide / Math.Max(size.Height, size.Width));

    /// <summary>Finds anchors for boxes given by height and width in pixels of the resized picture.</summary>
    internal static AnchorAdvice? For(IReadOnlyList<(double Height, double Width)> boxes, int shortSide, int longSide)
    {
        if (boxes.Count == 0) return null;
        double[] ratios = Clusters([.. boxes.Select(b => b.Height / b.Width)], 3, 2), sizes = Octaves(boxes, ratios);
        return new AnchorAdvice(shortSide, longSide, sizes, ratios,
            Covered(boxes, sizes, ratios), Covered(boxes, DefaultSizes, DefaultRatios));
    }

    /// <summary>Sizes that double from level to level, with the greatest mean of each box's best IoU.</summary>
    private static double[] Octaves(IReadOnlyList<(double Height, double Width)> boxes, double[] ratios)
    {
        int stride = (boxes.Count + MostBoxes - 1) / MostBoxes;   // enough boxes for a mean
        (double Height, double Width)[] some = [.. boxes.Where((_, i) => i % stride == 0)];
        return Enumerable.Range(SmallestSize, LargestSize - SmallestSize + 1)
            .Select(first => (double[])[.. Enumerable.Range(0, Levels).Select(level => (double)(first << level))])
            .MaxBy(sizes =>
            {
                (double Height, double Width)[] anchors = Anchors(sizes, ratios);
                return some.Sum(box => BestIou(box, anchors));
            })!;
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
        (double Height, double Width)[] anchors = Anchors(sizes, ratios);
        return (double)boxes.Count(box => BestIou(box, anchors) >= 0.5) / boxes.Count;
    }

    private static (double Height, double Width)[] Anchors(double[] sizes, double[] ratios) =>
        [.. sizes.SelectMany(s => ratios.Select(r => (s * Math.Sqrt(r), s / Math.Sqrt(r))))];

    private static double BestIou((double Height, double Width) box, (double Height, double Width)[] anchors)
    {
        double best = 0;
        foreach ((double height, double width) in anchors)
        {
            double intersection = Math.Min(height, box.Height) * Math.Min(width, box.Width);
            best = Math.Max(best, intersection / (height * width + box.Height * box.Width - intersection));
        }
        return best;
    }
}
