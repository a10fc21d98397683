namespace Fovea.Ops.Kernels;

/// <summary>IoU-guided NMS on the CPU.</summary>
internal static class IouGuidedNmsKernel
{
    /// <summary>Indices of the boxes that stay and the best score of the cluster of each, best score first.</summary>
    /// <param name="boxes">N x 4 floats: x1, y1, x2, y2.</param>
    /// <param name="scores">N scores.</param>
    /// <param name="confidence">N numbers: how well each box lies.</param>
    /// <param name="classes">Class of each box.</param>
    /// <param name="threshold">A box joins the cluster of one of more confidence when their IoU exceeds this.</param>
    public static (long[] Indices, float[] Scores) KeepPerClass(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores,
        ReadOnlySpan<float> confidence, ReadOnlySpan<long> classes, float threshold)
    {
        List<int> kept = [];
        List<float> best = [];
        Dictionary<long, List<int>> keptOfClass = [];
        foreach (int i in ScoreOrder.Falling(confidence))
        {
            if (!keptOfClass.TryGetValue(classes[i], out List<int>? rivals)) keptOfClass.Add(classes[i], rivals = []);
            int cluster = Cluster(boxes, i, kept, rivals, threshold);
            if (cluster >= 0)
            {
                best[cluster] = Math.Max(best[cluster], scores[i]);
                continue;
            }
            rivals.Add(kept.Count);
            kept.Add(i);
            best.Add(scores[i]);
        }
        int[] order = [.. Enumerable.Range(0, kept.Count).OrderByDescending(k => best[k]).ThenBy(k => kept[k])];
        return ([.. order.Select(k => (long)kept[k])], [.. order.Select(k => best[k])]);
    }

    // The first cluster, of most confidence, whose box covers box i; -1 where there is none. A box that is suppressed takes no other
    // with it, so that comparing with kept boxes only is the same as algorithm 1's removing from each kept box forward.
    private static int Cluster(ReadOnlySpan<float> boxes, int i, List<int> kept, List<int> rivals, float threshold)
    {
        ReadOnlySpan<float> b = boxes.Slice(4 * i, 4);
        foreach (int rival in rivals)
        {
            ReadOnlySpan<float> a = boxes.Slice(4 * kept[rival], 4);
            float width = Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]), height = Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]);
            if (!(width > 0 && height > 0)) continue;
            float shared = width * height;
            if (shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared) > threshold) return rival;
        }
        return -1;
    }
}
