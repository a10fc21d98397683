namespace Fovea.Metrics;

/// <summary>The share of objects and finds that agree, TP / (TP + FP + FN), at one overlap threshold.</summary>
/// <param name="Threshold">How much a find has to overlap an object.</param>
/// <param name="Found">TP: objects found.</param>
/// <param name="Wrong">FP: finds that are no object, or one found already.</param>
/// <param name="Missed">FN: objects not found.</param>
/// <param name="PerPicture">The mean of the pictures' own shares; a picture without objects and finds counts as 1.</param>
public sealed record InstanceAccuracyFigures(double Threshold, long Found, long Wrong, long Missed, double PerPicture)
{
    /// <summary>TP / (TP + FP + FN) over all pictures; 1 where there is nothing.</summary>
    public double Accuracy => Found + Wrong + Missed == 0 ? 1 : (double)Found / (Found + Wrong + Missed);
}

/// <summary>Counts how many objects are found and how many finds are wrong, with all finds above one score: what decides where objects are
/// counted, as cell nuclei are.</summary>
/// <remarks>The measure of the Data Science Bowl 2018 (Caicedo et al., Nature Methods 2019, "Nucleus segmentation across imaging experiments"), and
/// of StarDist (Schmidt et al., MICCAI 2018), section 3.1. Finds take objects by falling score, each the one it overlaps most; finds on crowds do not
/// count.</remarks>
/// <typeparam name="TShape">What overlaps are measured on.</typeparam>
/// <typeparam name="TOverlap">How they are measured.</typeparam>
public sealed class InstanceAccuracy<TShape, TOverlap> where TOverlap : struct, IOverlap<TShape>
{
    private static readonly double[] Thresholds = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9];

    private readonly double _score;
    private readonly (long Found, long Wrong, long Missed)[] _sums = new (long, long, long)[Thresholds.Length];
    private readonly double[] _shares = new double[Thresholds.Length];
    private int _pictures;

    /// <summary>Counts finds of at least this score.</summary>
    public InstanceAccuracy(double score = 0.5) => _score = score;

    /// <summary>Adds a picture.</summary>
    /// <param name="truths">Its annotated objects.</param>
    /// <param name="detections">What was found, in any order.</param>
    public void Add(IReadOnlyList<CocoTruth<TShape>> truths, IReadOnlyList<CocoDetection<TShape>> detections)
    {
        CocoDetection<TShape>[] finds = [.. detections.Where(d => d.Score >= _score).OrderByDescending(d => d.Score)];
        var overlaps = new double[finds.Length, truths.Count];
        for (int d = 0; d < finds.Length; d++)
            for (int t = 0; t < truths.Count; t++)
                if (finds[d].Category == truths[t].Category)
                    overlaps[d, t] = default(TOverlap).Measure(finds[d].Shape, truths[t].Shape, truths[t].IsCrowd);
        for (int i = 0; i < Thresholds.Length; i++) Count(i, truths, finds.Length, overlaps);
        _pictures++;
    }

    /// <summary>The figures at IoU 0.5, 0.55, ... 0.9.</summary>
    public IReadOnlyList<InstanceAccuracyFigures> Evaluate() => [.. Thresholds.Select((threshold, i) => new InstanceAccuracyFigures(
        threshold, _sums[i].Found, _sums[i].Wrong, _sums[i].Missed, _pictures == 0 ? 1 : _shares[i] / _pictures))];

    private void Count(int i, IReadOnlyList<CocoTruth<TShape>> truths, int finds, double[,] overlaps)
    {
        var taken = new bool[truths.Count];
        (long found, long wrong) = (0, 0);
        for (int d = 0; d < finds; d++)
        {
            int best = -1;
            bool onCrowd = false;
            for (int t = 0; t < truths.Count; t++)
            {
                if (overlaps[d, t] < Thresholds[i]) continue;
                if (!truths[t].Counts) onCrowd = true;
                else if (!taken[t] && (best < 0 || overlaps[d, t] > overlaps[d, best])) best = t;
            }
            if (best >= 0)
            {
                taken[best] = true;
                found++;
            }
            else if (!onCrowd) wrong++;
        }
        long missed = truths.Count(truth => truth.Counts) - found;
        _sums[i] = (_sums[i].Found + found, _sums[i].Wrong + wrong, _sums[i].Missed + missed);
        _shares[i] += found + wrong + missed == 0 ? 1 : (double)found / (found + wrong + missed);
    }
}
