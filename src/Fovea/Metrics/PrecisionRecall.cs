using System.Buffers;

namespace Fovea.Metrics;

/// <summary>COCO's interpolated precision and its recalls, from the verdicts on ranked detections.</summary>
internal static class PrecisionRecall
{
    // COCO's evaluation adds the distance from 1 to the next double to the denominator, against 0 / 0. It shows in the sixteenth digit.
    private static readonly double _tiny = Math.BitIncrement(1.0) - 1.0;

    /// <summary>Walks down the ranking and fills in precision at every recall threshold and recall at every limit.</summary>
    /// <param name="verdicts">The verdicts by rank.</param>
    /// <param name="rankInPicture">The rank of each detection within its picture, for the limits.</param>
    /// <param name="objects">Number of objects to find, at least 1.</param>
    /// <param name="options">The recall thresholds and limits.</param>
    /// <param name="precision">Gets, for each recall threshold, the best precision at that recall or a higher one; 0 where
    /// the recall is not reached.</param>
    /// <param name="recall">Gets, for each limit, the share of objects found.</param>
    public static void Fill(ReadOnlySpan<byte> verdicts, ReadOnlySpan<int> rankInPicture, int objects, CocoOptions options,
        Span<double> precision, Span<double> recall)
    {
        // Precision can only peak where an object is found, so only these ranks are kept; ignored detections change nothing.
        double[] atHit = ArrayPool<double>.Shared.Rent(Math.Min(verdicts.Length, objects));
        int hits = 0, wrong = 0;
        recall.Clear();
        for (int rank = 0; rank < verdicts.Length; rank++)
        {
            if (verdicts[rank] == CocoVerdicts.Wrong) wrong++;
            if (verdicts[rank] != CocoVerdicts.Found) continue;
            hits++;
            atHit[hits - 1] = hits / (wrong + hits + _tiny);
            for (int m = 0; m < recall.Length; m++)
                if (rankInPicture[rank] < options.MaxDetections[m]) recall[m]++;
        }
        for (int m = 0; m < recall.Length; m++) recall[m] /= objects;

        for (int i = hits - 1; i > 0; i--) atHit[i - 1] = Math.Max(atHit[i - 1], atHit[i]);
        int hit = 0;
        for (int r = 0; r < precision.Length; r++)
        {
            while (hit < hits && (hit + 1.0) / objects < options.RecallThresholds[r]) hit++;
            precision[r] = hit < hits ? atHit[hit] : 0;
        }
        ArrayPool<double>.Shared.Return(atHit);
    }
}
