namespace Fovea.Metrics;

/// <summary>Matches the detections of one picture and category to its objects, surest first, at every area range and overlap
/// threshold at once. Keeps its working memory from picture to picture; for one thread.</summary>
/// <remarks>Each detection takes the free object that it overlaps most, if that is at least the threshold; of equals the last one.
/// Objects that do not count (crowds, and those outside the area range) are only considered when no other will do; a crowd is
/// never used up.</remarks>
internal sealed class CocoMatcher<TShape, TOverlap> where TOverlap : struct, IOverlap<TShape>
{
    private readonly AreaRange[] _ranges;
    private readonly double[] _thresholds;
    private readonly CocoVerdicts _verdicts;

    private bool[] _ignored = []; // A x G: the object does not count in the area range.
    private bool[] _taken = []; // A x T x G: the object has been found.
    private int[] _candidates = []; // The objects that the detection at hand overlaps enough for the lowest threshold,
    private double[] _overlaps = []; // and how much.

    public CocoMatcher(CocoOptions options, CocoVerdicts verdicts)
    {
        _ranges = [.. options.AreaRanges];
        // COCO lets an overlap that is 1 but for rounding satisfy a threshold of 1.
        _thresholds = [.. options.IouThresholds.Select(threshold => Math.Min(threshold, 1 - 1e-10))];
        _verdicts = verdicts;
    }

    /// <summary>Matches one picture and writes the verdicts of its detections that met an object.</summary>
    /// <param name="truths">The picture's objects of the category.</param>
    /// <param name="detections">All detections of the category.</param>
    /// <param name="itemAtRank">Which of them has each rank.</param>
    /// <param name="ranks">The ranks of the picture's detections, surest first.</param>
    public void Match(ReadOnlySpan<CocoTruth<TShape>> truths, ReadOnlySpan<CocoDetection<TShape>> detections,
        ReadOnlySpan<int> itemAtRank, ReadOnlySpan<int> ranks)
    {
        Prepare(truths);
        foreach (int rank in ranks)
        {
            int count = FindCandidates(detections[itemAtRank[rank]].Shape, truths);
            if (count == 0) continue;
            for (int a = 0; a < _ranges.Length; a++)
            {
                ReadOnlySpan<bool> ignored = _ignored.AsSpan(a * truths.Length, truths.Length);
                for (int t = 0; t < _thresholds.Length; t++)
                {
                    Span<bool> taken = _taken.AsSpan((a * _thresholds.Length + t) * truths.Length, truths.Length);
                    int match = Choose(count, _thresholds[t], truths, ignored, taken);
                    if (match < 0) continue;
                    taken[match] = true;
                    _verdicts.Set(a, t, rank, ignored[match] ? CocoVerdicts.Ignored : CocoVerdicts.Found);
                }
            }
        }
    }

    private void Prepare(ReadOnlySpan<CocoTruth<TShape>> truths)
    {
        int needed = _ranges.Length * _thresholds.Length * truths.Length;
        if (_candidates.Length < truths.Length)
        {
            _candidates = new int[truths.Length * 2];
            _overlaps = new double[truths.Length * 2];
            _ignored = new bool[truths.Length * 2 * _ranges.Length];
            _taken = new bool[needed * 2];
        }
        _taken.AsSpan(0, needed).Clear();
        for (int a = 0; a < _ranges.Length; a++)
            for (int g = 0; g < truths.Length; g++)
                _ignored[a * truths.Length + g] = !truths[g].Counts || !_ranges[a].Contains(truths[g].Area);
    }

    private int FindCandidates(in TShape detection, ReadOnlySpan<CocoTruth<TShape>> truths)
    {
        int count = 0;
        for (int g = 0; g < truths.Length; g++)
        {
            double overlap = default(TOverlap).Measure(detection, truths[g].Shape, truths[g].IsCrowd);
            if (!(overlap >= _thresholds[0])) continue;
            _candidates[count] = g;
            _overlaps[count++] = overlap;
        }
        return count;
    }

    private int Choose(int count, double threshold, ReadOnlySpan<CocoTruth<TShape>> truths, ReadOnlySpan<bool> ignored,
        ReadOnlySpan<bool> taken)
    {
        int match = -1;
        double best = threshold;
        for (int c = 0; c < count; c++)
        {
            int g = _candidates[c];
            if (ignored[g] || taken[g] || _overlaps[c] < best) continue;
            best = _overlaps[c];
            match = g;
        }
        if (match >= 0) return match;
        for (int c = 0; c < count; c++)
        {
            int g = _candidates[c];
            if (!ignored[g] || (taken[g] && !truths[g].IsCrowd) || _overlaps[c] < best) continue;
            best = _overlaps[c];
            match = g;
        }
        return match;
    }
}
