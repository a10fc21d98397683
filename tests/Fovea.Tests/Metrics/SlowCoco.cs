using Fovea.Metrics;

namespace Fovea.Tests.Metrics;

/// <summary>COCO's evaluation once more, slow and obvious: one category, area range, threshold and limit at a time, by the definition.
/// The twin of <see cref="CocoEvaluator"/>.</summary>
internal sealed record SlowCoco(IReadOnlyList<SlowCoco.Picture> Pictures)
{
    internal sealed record Picture(long Id, List<CocoTruth<CocoBox>> Truths, List<CocoDetection<CocoBox>> Detections);

    private sealed record Ranked(double Score, bool Found, bool Ignored);

    /// <summary>Precision at each recall and the final recall, or null where there is nothing to find.</summary>
    public (double[] Precision, double Recall)? Evaluate(int category, AreaRange area, double threshold, int limit, IReadOnlyList<double> recalls)
    {
        var ranked = new List<Ranked>();
        int objects = 0;
        foreach (Picture picture in Pictures.OrderBy(picture => picture.Id))
        {
            List<CocoTruth<CocoBox>> truths = [.. picture.Truths.Where(truth => truth.Category == category)
                .OrderBy(truth => Ignored(truth, area))]; // LINQ's ordering is stable.
            objects += truths.Count(truth => !Ignored(truth, area));
            var taken = new HashSet<int>();
            foreach (CocoDetection<CocoBox> detection in picture.Detections.Where(detection => detection.Category == category)
                .OrderByDescending(detection => detection.Score).Take(limit))
            {
                int match = Match(detection.Shape, truths, taken, area, Math.Min(threshold, 1 - 1e-10));
                if (match >= 0) taken.Add(match);
                bool ignored = match >= 0 ? Ignored(truths[match], area) : detection.Area < area.Minimum || detection.Area > area.Maximum;
                ranked.Add(new Ranked(detection.Score, match >= 0, ignored));
            }
        }
        return objects == 0 ? null : Curve([.. ranked.OrderByDescending(one => one.Score)], objects, recalls);
    }

    private static bool Ignored(CocoTruth<CocoBox> truth, AreaRange area) =>
        truth.IsCrowd || truth.Area < area.Minimum || truth.Area > area.Maximum;

    private static int Match(CocoBox detection, List<CocoTruth<CocoBox>> truths, HashSet<int> taken, AreaRange area, double threshold)
    {
        int match = -1;
        for (int g = 0; g < truths.Count; g++)
        {
            if (taken.Contains(g) && !truths[g].IsCrowd) continue;
            if (match >= 0 && !Ignored(truths[match], area) && Ignored(truths[g], area)) break;
            double overlap = Overlap(detection, truths[g]);
            if (overlap < threshold) continue;
            threshold = overlap;
            match = g;
        }
        return match;
    }

    private static double Overlap(CocoBox d, CocoTruth<CocoBox> truth)
    {
        CocoBox g = truth.Shape;
        double w = Math.Min(d.X + d.Width, g.X + g.Width) - Math.Max(d.X, g.X), h = Math.Min(d.Y + d.Height, g.Y + g.Height) - Math.Max(d.Y, g.Y);
        if (w <= 0 || h <= 0) return 0;
        return w * h / (truth.IsCrowd ? d.Width * d.Height : d.Width * d.Height + g.Width * g.Height - w * h);
    }

    private static (double[], double) Curve(Ranked[] ranked, int objects, IReadOnlyList<double> recalls)
    {
        double[] precision = new double[ranked.Length], recall = new double[ranked.Length];
        int found = 0, wrong = 0;
        for (int i = 0; i < ranked.Length; i++)
        {
            if (ranked[i] is { Found: true, Ignored: false }) found++;
            if (ranked[i] is { Found: false, Ignored: false }) wrong++;
            precision[i] = found / (found + wrong + Math.Pow(2, -52));
            recall[i] = (double)found / objects;
        }
        double[] interpolated = [.. recalls.Select(r =>
            Enumerable.Range(0, ranked.Length).Where(i => recall[i] >= r).Select(i => precision[i]).DefaultIfEmpty(0).Max())];
        return (interpolated, recall.LastOrDefault());
    }
}
