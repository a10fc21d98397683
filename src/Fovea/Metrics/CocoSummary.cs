using System.Globalization;
using System.Text;

namespace Fovea.Metrics;

/// <summary>One line of COCO's table.</summary>
/// <param name="Key">A short name that never changes, for programs: "AP50", "ARs", "AR100".</param>
/// <param name="Measure">"AP", average precision, or "AR", average recall.</param>
/// <param name="Iou">The overlap thresholds: "0.50:0.95" or "0.75".</param>
/// <param name="Area">Name of the area range.</param>
/// <param name="MaxDetections">How many detections of a category count in a picture.</param>
/// <param name="Value">0 to 1, or <see cref="CocoResult.Undefined"/>.</param>
public sealed record CocoFigure(string Key, string Measure, string Iou, string Area, int MaxDetections, double Value);

/// <summary>COCO's twelve figures. A figure that no object defines, or that the options leave out, is
/// <see cref="CocoResult.Undefined"/>.</summary>
/// <param name="Figures">The lines of the table in COCO's order.</param>
public sealed record CocoSummary(IReadOnlyList<CocoFigure> Figures)
{
    /// <summary>Average precision over all overlap thresholds (0.50 to 0.95): the figure that COCO ranks by.</summary>
    public double Ap => this["AP"];

    /// <summary>Average precision at an overlap of 0.50, as in PASCAL VOC.</summary>
    public double Ap50 => this["AP50"];

    /// <summary>Average precision at an overlap of 0.75, which asks for tight boxes.</summary>
    public double Ap75 => this["AP75"];

    /// <summary>Average precision on small objects (up to 32 x 32).</summary>
    public double ApSmall => this["APs"];

    /// <summary>Average precision on medium objects (up to 96 x 96).</summary>
    public double ApMedium => this["APm"];

    /// <summary>Average precision on large objects.</summary>
    public double ApLarge => this["APl"];

    /// <summary>Average recall with one detection of a category a picture.</summary>
    public double Ar1 => this["AR1"];

    /// <summary>Average recall with 10 detections of a category a picture.</summary>
    public double Ar10 => this["AR10"];

    /// <summary>Average recall with 100 detections of a category a picture.</summary>
    public double Ar100 => this["AR100"];

    /// <summary>Average recall on small objects, at the last limit of detections.</summary>
    public double ArSmall => this["ARs"];

    /// <summary>Average recall on medium objects, at the last limit of detections.</summary>
    public double ArMedium => this["ARm"];

    /// <summary>Average recall on large objects, at the last limit of detections.</summary>
    public double ArLarge => this["ARl"];

    /// <summary>The figure of this key, or <see cref="CocoResult.Undefined"/> where it was not computed.</summary>
    public double this[string key] => Figures.FirstOrDefault(figure => figure.Key == key)?.Value ?? CocoResult.Undefined;

    /// <summary>Key and value of every figure, in the table's order, for JSON.</summary>
    public IReadOnlyDictionary<string, double> ToDictionary()
    {
        var values = new OrderedDictionary<string, double>();
        foreach (CocoFigure figure in Figures) values.Add(figure.Key, figure.Value);
        return values;
    }

    /// <summary>The familiar table, a figure a line, three decimals, "n/a" for what is undefined.</summary>
    public override string ToString()
    {
        int width = Figures.Max(figure => figure.Area.Length), keys = Figures.Max(figure => figure.Key.Length);
        var text = new StringBuilder();
        foreach (CocoFigure figure in Figures)
        {
            string measure = figure.Measure == "AP" ? "Average precision" : "Average recall   ";
            string value = figure.Value == CocoResult.Undefined ? "n/a" : figure.Value.ToString("0.000", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{measure}  {figure.Key.PadRight(keys)}  IoU {figure.Iou,-9}  area ")
                .Append(figure.Area.PadRight(width))
                .Append(CultureInfo.InvariantCulture, $"  max {figure.MaxDetections,4}  {value,5}")
                .Append('\n');
        }
        return text.ToString();
    }

    internal static CocoSummary Of(CocoResult result)
    {
        CocoOptions options = result.Options;
        var figures = new List<CocoFigure>();
        string allIous = Iou(options.IouThresholds[0]);
        if (options.IouThresholds.Count > 1) allIous += ":" + Iou(options.IouThresholds[^1]);
        string allAreas = options.AreaRanges[0].Name;
        int most = options.MaxDetections[^1];

        figures.Add(new("AP", "AP", allIous, allAreas, most, result.AveragePrecision()));
        foreach (double threshold in (double[])[0.5, 0.75])
            if (IndexOf(options.IouThresholds, threshold) is int t)
                figures.Add(new($"AP{threshold * 100:0}", "AP", Iou(threshold), allAreas, most, result.AveragePrecision(threshold: t)));
        for (int a = 1; a < options.AreaRanges.Count; a++)
        {
            AreaRange range = options.AreaRanges[a];
            figures.Add(new("AP" + Suffix(range), "AP", allIous, range.Name, most, result.AveragePrecision(area: a)));
        }
        for (int m = 0; m < options.MaxDetections.Count; m++)
        {
            int limit = options.MaxDetections[m];
            figures.Add(new($"AR{limit}", "AR", allIous, allAreas, limit, result.AverageRecall(limit: m)));
        }
        foreach (double threshold in options.ShowsRecallAtOverlaps ? (double[])[0.5, 0.75] : [])
            if (IndexOf(options.IouThresholds, threshold) is int t)
                figures.Add(new($"AR{most}@{threshold * 100:0}", "AR", Iou(threshold), allAreas, most, result.AverageRecall(threshold: t)));
        for (int a = 1; a < options.AreaRanges.Count; a++)
        {
            AreaRange range = options.AreaRanges[a];
            figures.Add(new("AR" + Suffix(range), "AR", allIous, range.Name, most, result.AverageRecall(area: a)));
        }
        return new CocoSummary(figures);
    }

    /// <summary>Where a threshold is listed, or null.</summary>
    internal static int? IndexOf(IReadOnlyList<double> thresholds, double threshold)
    {
        for (int i = 0; i < thresholds.Count; i++)
            if (Math.Abs(thresholds[i] - threshold) < 1e-9) return i;
        return null;
    }

    private static string Iou(double threshold) => threshold.ToString("0.00", CultureInfo.InvariantCulture);

    // COCO's three ranges have one-letter names everywhere; a range of another name keeps it, set apart.
    private static string Suffix(AreaRange range) => range.Name is "small" or "medium" or "large" ? range.Name[..1] : "-" + range.Name;
}
