using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>The outcome of COCO's evaluation: precision and recall for every category, area range, overlap threshold, recall threshold
/// and limit. Where there was no object to find, every figure is <see cref="Undefined"/> and left out of averages.</summary>
public sealed class CocoResult
{
    /// <summary>-1: what pycocotools gives for a figure that no object defines.</summary>
    public const double Undefined = -1;

    private readonly double[][] _precision; // K arrays of A x T x R
    private readonly double[][] _recall; // K arrays of A x T x M
    private readonly int[][] _objects; // K arrays of A
    private readonly int _thresholds, _recalls, _limits;

    internal CocoResult(IReadOnlyList<Category> categories, CocoOptions options, int imageCount)
    {
        Categories = categories;
        Options = options;
        ImageCount = imageCount;
        _thresholds = options.IouThresholds.Count;
        _recalls = options.RecallThresholds.Count;
        _limits = options.MaxDetections.Count;
        int areas = options.AreaRanges.Count;
        _precision = new double[categories.Count][];
        _recall = new double[categories.Count][];
        _objects = new int[categories.Count][];
        for (int k = 0; k < categories.Count; k++)
        {
            _precision[k] = new double[areas * _thresholds * _recalls];
            _recall[k] = new double[areas * _thresholds * _limits];
            _objects[k] = new int[areas];
            Array.Fill(_precision[k], Undefined);
            Array.Fill(_recall[k], Undefined);
        }
    }

    /// <summary>The data set's categories.</summary>
    public IReadOnlyList<Category> Categories { get; }

    /// <summary>What was computed.</summary>
    public CocoOptions Options { get; }

    /// <summary>Number of pictures evaluated.</summary>
    public int ImageCount { get; }

    /// <summary>COCO's twelve figures (more or fewer where the options differ from COCO's).</summary>
    public CocoSummary Summary => CocoSummary.Of(this);

    /// <summary>Number of objects of a category that were there to find: no crowds, and only those in the area range.</summary>
    /// <param name="category">Zero-based index of the category.</param>
    /// <param name="area">Index into <see cref="CocoOptions.AreaRanges"/>.</param>
    public int Objects(int category, int area = 0) => _objects[category][area];

    /// <summary>Interpolated precision at each of <see cref="CocoOptions.RecallThresholds"/>: the precision-recall curve, at the
    /// last limit of detections.</summary>
    /// <param name="category">Zero-based index of the category.</param>
    /// <param name="area">Index into <see cref="CocoOptions.AreaRanges"/>.</param>
    /// <param name="threshold">Index into <see cref="CocoOptions.IouThresholds"/>.</param>
    public ReadOnlySpan<double> Precision(int category, int area, int threshold) => PrecisionRow(category, area, threshold);

    /// <summary>Share of the objects that were found, 0 to 1, or <see cref="Undefined"/>.</summary>
    /// <param name="category">Zero-based index of the category.</param>
    /// <param name="area">Index into <see cref="CocoOptions.AreaRanges"/>.</param>
    /// <param name="threshold">Index into <see cref="CocoOptions.IouThresholds"/>.</param>
    /// <param name="limit">Index into <see cref="CocoOptions.MaxDetections"/>.</param>
    public double Recall(int category, int area, int threshold, int limit) => RecallRow(category, area, threshold)[limit];

    /// <summary>Average precision: the mean over recall thresholds, over overlap thresholds and over the categories that have
    /// objects.</summary>
    /// <param name="category">One category only, or all where null.</param>
    /// <param name="area">Index into <see cref="CocoOptions.AreaRanges"/>.</param>
    /// <param name="threshold">One index into <see cref="CocoOptions.IouThresholds"/> only, or all where null.</param>
    public double AveragePrecision(int? category = null, int area = 0, int? threshold = null) =>
        Mean(category, area, threshold, (k, t) =>
        {
            double sum = 0;
            foreach (double precision in Precision(k, area, t)) sum += precision;
            return sum / _recalls;
        });

    /// <summary>Average recall: the mean over overlap thresholds and over the categories that have objects.</summary>
    /// <param name="category">One category only, or all where null.</param>
    /// <param name="area">Index into <see cref="CocoOptions.AreaRanges"/>.</param>
    /// <param name="threshold">One index into <see cref="CocoOptions.IouThresholds"/> only, or all where null.</param>
    /// <param name="limit">Index into <see cref="CocoOptions.MaxDetections"/>; the last where null.</param>
    public double AverageRecall(int? category = null, int area = 0, int? threshold = null, int? limit = null) =>
        Mean(category, area, threshold, (k, t) => Recall(k, area, t, limit ?? _limits - 1));

    /// <summary>The figures of each category, in the order of <see cref="Categories"/>.</summary>
    public IReadOnlyList<CocoCategoryFigures> PerCategory()
    {
        int? half = CocoSummary.IndexOf(Options.IouThresholds, 0.5), threeQuarters = CocoSummary.IndexOf(Options.IouThresholds, 0.75);
        var figures = new CocoCategoryFigures[Categories.Count];
        for (int k = 0; k < figures.Length; k++)
            figures[k] = new CocoCategoryFigures(Categories[k], Objects(k), AveragePrecision(k),
                half is null ? Undefined : AveragePrecision(k, threshold: half),
                threeQuarters is null ? Undefined : AveragePrecision(k, threshold: threeQuarters),
                AverageRecall(k));
        return figures;
    }

    internal Span<double> PrecisionRow(int category, int area, int threshold) =>
        _precision[category].AsSpan((area * _thresholds + threshold) * _recalls, _recalls);

    internal Span<double> RecallRow(int category, int area, int threshold) =>
        _recall[category].AsSpan((area * _thresholds + threshold) * _limits, _limits);

    internal void SetObjects(int category, int[] objects) => _objects[category] = objects;

    private double Mean(int? category, int area, int? threshold, Func<int, int, double> figure)
    {
        double sum = 0;
        int count = 0;
        for (int k = category ?? 0; k < (category + 1 ?? Categories.Count); k++)
        {
            if (_objects[k][area] == 0) continue;
            for (int t = threshold ?? 0; t < (threshold + 1 ?? _thresholds); t++)
            {
                sum += figure(k, t);
                count++;
            }
        }
        return count > 0 ? sum / count : Undefined;
    }
}

/// <summary>The figures of one category over all areas; <see cref="CocoResult.Undefined"/> where it has no objects.</summary>
/// <param name="Category">The category.</param>
/// <param name="Objects">Number of objects there were to find, crowds left out.</param>
/// <param name="Ap">Average precision, averaged over all overlap thresholds.</param>
/// <param name="Ap50">Average precision at an overlap of 0.50.</param>
/// <param name="Ap75">Average precision at an overlap of 0.75.</param>
/// <param name="Ar">Average recall at the last limit of detections.</param>
public sealed record CocoCategoryFigures(Category Category, int Objects, double Ap, double Ap50, double Ap75, double Ar);
