namespace Fovea.Metrics;

/// <summary>Where one picture's share of a category lies.</summary>
/// <param name="FirstTruth">Its first annotation among the category's.</param>
/// <param name="TruthCount">Number of its annotations, at least 1.</param>
/// <param name="FirstRank">Where its ranks begin in <see cref="CocoRankedPictures.RanksByPicture"/>.</param>
/// <param name="RankCount">Number of its detections that count, at least 1.</param>
internal readonly record struct CocoPicture(int FirstTruth, int TruthCount, int FirstRank, int RankCount);

/// <summary>One category's detections, ranked over all pictures and within each.</summary>
internal sealed class CocoRankedPictures
{
    private CocoRankedPictures(int[] itemAtRank, int[] rankInPicture, int[] ranksByPicture, CocoPicture[] pictures)
    {
        ItemAtRank = itemAtRank;
        RankInPicture = rankInPicture;
        RanksByPicture = ranksByPicture;
        Pictures = pictures;
    }

    /// <summary>Number of detections that count.</summary>
    public int RankCount => ItemAtRank.Length;

    /// <summary>Which of the category's detections has each rank over all pictures; rank 0 is the surest.</summary>
    public int[] ItemAtRank { get; }

    /// <summary>Of the detection at each rank over all pictures, its rank within its own picture.</summary>
    public int[] RankInPicture { get; }

    /// <summary>The ranks over all pictures, picture by picture, falling score within each.</summary>
    public int[] RanksByPicture { get; }

    /// <summary>The pictures that have both annotations and detections: only there can anything match.</summary>
    public CocoPicture[] Pictures { get; }

    /// <summary>Ranks a category's detections and keeps the surest of each picture.</summary>
    /// <param name="detections">The category's detections, picture by picture.</param>
    /// <param name="detectionImages">The picture of each detection, rising.</param>
    /// <param name="truthImages">The picture of each annotation of the category, rising.</param>
    /// <param name="limit">How many detections of a picture count.</param>
    public static CocoRankedPictures Of<TShape>(ReadOnlySpan<CocoDetection<TShape>> detections, ReadOnlySpan<int> detectionImages,
        ReadOnlySpan<int> truthImages, int limit)
    {
        double[] scores = new double[detections.Length];
        int[] pictureOf = new int[detections.Length]; // Counted over the pictures that have detections.
        var firsts = new List<int>(); // First detection of each such picture.
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = detections[i].Score;
            if (i == 0 || detectionImages[i] != detectionImages[i - 1]) firsts.Add(i);
            pictureOf[i] = firsts.Count - 1;
        }

        int[] order = ScoreRanking.ByFallingScore(scores);
        int[] seen = new int[firsts.Count]; // Detections of each picture so far.
        int[] rankInPicture = new int[order.Length], ranksByPicture = new int[order.Length];
        int kept = 0;
        foreach (int item in order)
        {
            int picture = pictureOf[item];
            if (seen[picture] == limit) continue;
            ranksByPicture[firsts[picture] + seen[picture]] = kept;
            rankInPicture[kept] = seen[picture]++;
            order[kept++] = item; // Never overtakes the reading: kept grows at most as fast.
        }
        return new CocoRankedPictures(order[..kept], rankInPicture[..kept], ranksByPicture,
            Pair(detectionImages, firsts, seen, truthImages));
    }

    private static CocoPicture[] Pair(ReadOnlySpan<int> detectionImages, List<int> firsts, int[] counts, ReadOnlySpan<int> truthImages)
    {
        var pictures = new List<CocoPicture>();
        int truth = 0;
        for (int p = 0; p < firsts.Count; p++)
        {
            int image = detectionImages[firsts[p]];
            while (truth < truthImages.Length && truthImages[truth] < image) truth++;
            int firstTruth = truth;
            while (truth < truthImages.Length && truthImages[truth] == image) truth++;
            if (truth > firstTruth) pictures.Add(new CocoPicture(firstTruth, truth - firstTruth, firsts[p], counts[p]));
        }
        return [.. pictures];
    }
}
