namespace Fovea.Metrics;

/// <summary>COCO's evaluation of one category: rank its detections, match them to its objects picture by picture, and read
/// precision and recall off the ranking.</summary>
/// <remarks>Letters: N detections that count (at most the last limit of a picture), A area ranges, T overlap thresholds,
/// R recall thresholds, M limits. A verdict is kept for every area range, threshold and detection, in the order of rank, so that the last
/// step only walks along rows of bytes.</remarks>
internal sealed class CocoCategoryEvaluation<TShape, TOverlap> where TOverlap : struct, IOverlap<TShape>
{
    private readonly CocoGroups<TShape> _groups;
    private readonly int _category;
    private readonly CocoOptions _options;
    private readonly ParallelOptions _parallel;

    public CocoCategoryEvaluation(CocoGroups<TShape> groups, int category, CocoOptions options, ParallelOptions parallel)
    {
        _groups = groups;
        _category = category;
        _options = options;
        _parallel = parallel;
    }

    /// <summary>Computes the category's figures and writes them where the result keeps those of this category.</summary>
    public void WriteTo(CocoResult result)
    {
        int[] objects = CountObjects();
        result.SetObjects(_category, objects);
        if (Array.TrueForAll(objects, count => count == 0)) return; // All of it stays undefined.

        CocoRankedPictures pictures = CocoRankedPictures.Of(
            _groups.Detections.ItemsOf(_category), _groups.Detections.ImagesOf(_category), _groups.Truths.ImagesOf(_category),
            _options.MaxDetections[^1]);
        var verdicts = new CocoVerdicts(_options.AreaRanges.Count, _options.IouThresholds.Count, pictures.RankCount);
        MarkUnmatched(verdicts, pictures);
        Match(verdicts, pictures);

        int thresholds = _options.IouThresholds.Count;
        Parallel.For(0, _options.AreaRanges.Count * thresholds, _parallel, row =>
        {
            int area = row / thresholds, threshold = row % thresholds;
            if (objects[area] > 0)
                PrecisionRecall.Fill(verdicts.Row(area, threshold), pictures.RankInPicture, objects[area], _options,
                    result.PrecisionRow(_category, area, threshold), result.RecallRow(_category, area, threshold));
        });
    }

    /// <summary>How many objects there are to find in each area range.</summary>
    private int[] CountObjects()
    {
        int[] counts = new int[_options.AreaRanges.Count];
        foreach (ref readonly CocoTruth<TShape> truth in _groups.Truths.ItemsOf(_category))
            for (int a = 0; a < counts.Length; a++)
                if (truth.Counts && _options.AreaRanges[a].Contains(truth.Area)) counts[a]++;
        return counts;
    }

    /// <summary>Gives every detection the verdict it has as long as it matches nothing: wrong, and ignored in an area range that it
    /// does not belong to.</summary>
    private void MarkUnmatched(CocoVerdicts verdicts, CocoRankedPictures pictures)
    {
        ReadOnlySpan<CocoDetection<TShape>> detections = _groups.Detections.ItemsOf(_category);
        for (int a = 0; a < _options.AreaRanges.Count; a++)
        {
            AreaRange range = _options.AreaRanges[a];
            Span<byte> first = verdicts.Row(a, 0);
            for (int rank = 0; rank < first.Length; rank++)
                first[rank] = range.Contains(detections[pictures.ItemAtRank[rank]].Area) ? CocoVerdicts.Wrong : CocoVerdicts.Ignored;
            for (int t = 1; t < _options.IouThresholds.Count; t++) first.CopyTo(verdicts.Row(a, t));
        }
    }

    private void Match(CocoVerdicts verdicts, CocoRankedPictures pictures)
    {
        const int block = 64; // Pictures a piece of work: enough to hide the cost of handing it out.
        int blocks = (pictures.Pictures.Length + block - 1) / block;
        Parallel.For(0, blocks, _parallel,
            () => new CocoMatcher<TShape, TOverlap>(_options, verdicts),
            (b, _, matcher) =>
            {
                ReadOnlySpan<CocoTruth<TShape>> truths = _groups.Truths.ItemsOf(_category);
                ReadOnlySpan<CocoDetection<TShape>> detections = _groups.Detections.ItemsOf(_category);
                int last = Math.Min((b + 1) * block, pictures.Pictures.Length);
                for (int p = b * block; p < last; p++)
                {
                    CocoPicture picture = pictures.Pictures[p];
                    matcher.Match(
                        truths.Slice(picture.FirstTruth, picture.TruthCount), detections, pictures.ItemAtRank,
                        pictures.RanksByPicture.AsSpan(picture.FirstRank, picture.RankCount));
                }
                return matcher;
            },
            _ => { });
    }
}
