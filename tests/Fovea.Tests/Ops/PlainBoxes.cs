namespace Fovea.Tests.Ops;

/// <summary>The slow twins of the operators on boxes: one pair at a time.</summary>
internal static class PlainBoxes
{
    public static float Iou(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float width = Math.Max(Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]), 0),
            height = Math.Max(Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]), 0);
        float shared = width * height;
        return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared);
    }

    public static float GeneralizedIou(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float iou = Iou(a, b);
        float hull = (Math.Max(a[2], b[2]) - Math.Min(a[0], b[0])) * (Math.Max(a[3], b[3]) - Math.Min(a[1], b[1]));
        float areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]);
        // iou = shared / union and union = areas - shared
        float union = areas / (1 + iou);
        return iou - (hull - union) / hull;
    }

    public static ReadOnlySpan<float> At(float[] boxes, long i) => boxes.AsSpan((int)(4 * i), 4);

    // Suppress forward from every box that is still there.
    public static long[] Nms(float[] boxes, float[] scores, float threshold, long[]? classes = null)
    {
        long[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Select(i => (long)i)];
        bool[] gone = new bool[scores.Length];
        List<long> keep = [];
        for (int a = 0; a < order.Length; a++)
        {
            if (gone[order[a]]) continue;
            keep.Add(order[a]);
            foreach (long b in order[(a + 1)..])
                gone[b] |= (classes is null || classes[b] == classes[order[a]]) && Iou(At(boxes, order[a]), At(boxes, b)) > threshold;
        }
        return [.. keep];
    }

    public static long[] Match(float[] truth, float[] anchors, float high, float low, bool keepBest)
    {
        int rows = truth.Length / 4, columns = anchors.Length / 4;
        long[] matches = new long[columns];
        for (int a = 0; a < columns; a++)
        {
            int best = Enumerable.Range(0, rows).MaxBy(m => Iou(At(truth, m), At(anchors, a)));
            float overlap = Iou(At(truth, best), At(anchors, a));
            bool rescued = keepBest && Enumerable.Range(0, rows).Any(m =>
                Iou(At(truth, m), At(anchors, a)) == Enumerable.Range(0, columns).Max(other => Iou(At(truth, m), At(anchors, other))));
            matches[a] = rescued || overlap >= high ? best : overlap < low ? -1 : -2;
        }
        return matches;
    }
}
