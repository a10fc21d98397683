using Fovea.Structures;

namespace Fovea.Inference.Verification;

/// <summary>Matches a model's detections of one picture to a reference's: by rank, and by box where scores tie.</summary>
internal static class DetectionPairing
{
    /// <summary>For each of the reference's detections the index of the model's that stands for it.</summary>
    /// <param name="expected">The reference, by falling score.</param>
    /// <param name="found">The model's, by falling score, as many.</param>
    /// <param name="tolerance">Neighbours in rank whose scores are within this tie: rounding may have exchanged them.</param>
    public static int[] Pair(ExpectedDetections expected, Detections found, double tolerance)
    {
        var pairs = new int[expected.Count];
        for (int start = 0; start < pairs.Length;)
        {
            int end = start + 1;
            while (end < pairs.Length && expected.Scores[end - 1] - expected.Scores[end] <= tolerance) end++;
            PairTied(expected, found, start, end, pairs);
            start = end;
        }
        return pairs;
    }

    // Ties are few, so each takes the nearest that is left.
    private static void PairTied(ExpectedDetections expected, Detections found, int start, int end, int[] pairs)
    {
        List<int> left = [.. Enumerable.Range(start, end - start)];
        for (int i = start; i < end; i++)
        {
            int nearest = left.MinBy(j => (found.Categories[j] + 1 == expected.Labels[i] ? 0 : 1, Distance(expected, i, found.Boxes[j])));
            left.Remove(nearest);
            pairs[i] = nearest;
        }
    }

    private static double Distance(ExpectedDetections expected, int index, Box box)
    {
        ReadOnlySpan<float> corners = expected.Boxes.AsSpan(4 * index, 4);
        return Math.Abs(corners[0] - box.X1) + Math.Abs(corners[1] - box.Y1)
            + Math.Abs(corners[2] - box.X2) + Math.Abs(corners[3] - box.Y2);
    }
}
