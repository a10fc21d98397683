namespace Fovea.Metrics;

/// <summary>The order in which detections count: by falling score, equal scores as they stand.</summary>
internal static class ScoreRanking
{
    /// <summary>Positions 0 to n-1 of the scores, ordered by falling score; equal scores keep their order (the stable sort
    /// that both COCO and VOC ask for).</summary>
    public static int[] ByFallingScore(double[] scores)
    {
        double[] keys = new double[scores.Length];
        int[] order = new int[scores.Length];
        bool sorted = true;
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = -scores[i];
            order[i] = i;
            sorted &= i == 0 || keys[i] >= keys[i - 1];
        }
        if (sorted) return order;
        // Sorting bare numbers is several times faster than sorting with a comparison, but not stable: put ties right afterwards.
        Array.Sort(keys, order);
        for (int start = 0; start < keys.Length;)
        {
            int end = start + 1;
            while (end < keys.Length && keys[end] == keys[start]) end++;
            if (end - start > 1) Array.Sort(order, start, end - start);
            start = end;
        }
        return order;
    }
}
