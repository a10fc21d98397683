namespace Fovea.Ops.Kernels;

/// <summary>Soft-NMS on the CPU.</summary>
/// <remarks>Scores only fall, so boxes are taken out by falling score, and one at or below the smallest score ends its class: those
/// left are no better and could lower only each other.</remarks>
internal static class SoftNmsKernel
{
    /// <summary>Indices of the boxes that stay and their scores, best first.</summary>
    /// <param name="boxes">N x 4 floats: x1, y1, x2, y2.</param>
    /// <param name="scores">N scores.</param>
    /// <param name="classes">Class of each box.</param>
    /// <param name="options">How scores fall, and what stays.</param>
    public static (long[] Indices, float[] Scores) KeepPerClass(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores,
        ReadOnlySpan<long> classes, SoftNmsOptions options)
    {
        Dictionary<long, List<int>> ofClass = [];
        for (int i = 0; i < scores.Length; i++)
        {
            if (!(scores[i] > options.MinScore)) continue;
            if (!ofClass.TryGetValue(classes[i], out List<int>? members)) ofClass.Add(classes[i], members = []);
            members.Add(i);
        }
        List<int> places = [];
        List<float> fallen = [];
        foreach (List<int> members in ofClass.Values) Take(boxes, scores, members, options, places, fallen);

        // From class by class to the best first; of equal scores the earlier box.
        int[] order = [.. Enumerable.Range(0, places.Count).OrderByDescending(k => fallen[k]).ThenBy(k => places[k])
            .Take(options.Most ?? int.MaxValue)];
        return ([.. order.Select(k => (long)places[k])], [.. order.Select(k => fallen[k])]);
    }

    // Takes the boxes of one class out, best first.
    private static void Take(ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, List<int> members, SoftNmsOptions options,
        List<int> places, List<float> fallen)
    {
        BoxColumns columns = new(Gather(boxes, members));
        float[] left = new float[members.Count];
        for (int k = 0; k < left.Length; k++) left[k] = scores[members[k]];
        for (int taken = 0; taken < (options.Most ?? int.MaxValue); taken++)
        {
            int best = -1;
            for (int i = 0; i < left.Length; i++)
                if (left[i] > options.MinScore && (best < 0 || left[i] > left[best])) best = i;
            if (best < 0) return;
            places.Add(members[best]);
            fallen.Add(left[best]);
            left[best] = -1;       // below every smallest score
            Lower(columns, best, left, options);
        }
    }

    private static void Lower(BoxColumns columns, int best, float[] left, SoftNmsOptions options)
    {
        float x1 = columns.X1[best], y1 = columns.Y1[best], x2 = columns.X2[best], y2 = columns.Y2[best], area = columns.Areas[best];
        bool linear = options.Decay == SoftNmsDecay.Linear;
        float threshold = (float)options.Threshold, steepness = (float)(-1 / options.Sigma);
        for (int i = 0; i < left.Length; i++)
        {
            float width = Math.Min(x2, columns.X2[i]) - Math.Max(x1, columns.X1[i]);
            float height = Math.Min(y2, columns.Y2[i]) - Math.Max(y1, columns.Y1[i]);
            if (!(width > 0 && height > 0)) continue;       // no overlap, or a coordinate that is not a number
            float shared = width * height, iou = shared / (columns.Areas[i] + area - shared);
            if (!linear) left[i] *= MathF.Exp(iou * iou * steepness);
            else if (iou >= threshold) left[i] *= 1 - iou;
        }
    }

    private static float[] Gather(ReadOnlySpan<float> boxes, List<int> members)
    {
        float[] gathered = new float[4 * members.Count];
        for (int k = 0; k < members.Count; k++) boxes.Slice(4 * members[k], 4).CopyTo(gathered.AsSpan(4 * k));
        return gathered;
    }
}
