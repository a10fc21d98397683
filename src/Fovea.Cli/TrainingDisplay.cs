using System.Globalization;
using Fovea.Training;

namespace Fovea.Cli;

/// <summary>Shows a training run: a line that moves with the steps, a line for each validation, and at the end what each class
/// reached.</summary>
internal sealed class TrainingDisplay(TextWriter writer, TaskMetrics metrics, bool? live = null) : ITrainingObserver, IDisposable
{
    private const double Smoothing = 0.95;
    private const int MostClassesALine = 6, MostClassesATable = 100;

    private readonly ProgressLine _line = new("step", "step", writer, live);
    private ValidationReport? _best;
    private double _loss = double.NaN;
    private long _start = -1;

    public void OnStep(StepReport report)
    {
        double loss = report.Losses["loss"];
        _loss = double.IsNaN(_loss) ? loss : Smoothing * _loss + (1 - Smoothing) * loss;
        long done = (long)(report.Epoch - 1) * report.Batches + report.Batch;
        if (_start < 0) _start = done - 1;
        _line.Show(done, (long)report.Epochs * report.Batches,
            string.Create(CultureInfo.InvariantCulture,
                $"epoch {report.Epoch}/{report.Epochs}  loss {_loss:0.000}  lr {report.LearningRate:0.######}"), _start);
    }

    public void OnValidation(ValidationReport report)
    {
        if (report.IsBest) _best = report;
        _line.Clear();
        writer.WriteLine($"epoch {report.Epoch}/{report.Epochs}  " +
            string.Join("  ", metrics.Shown.Where(report.Metrics.ContainsKey).Select(k => $"{k} {Figure(report.Metrics[k])}")) +
            (report.IsBest ? "  best" : ""));
        string[] classes = Classes(report, metrics.PerClass);
        if (classes.Length is > 1 and <= MostClassesALine)
            writer.WriteLine($"  {metrics.PerClass[^1]} of " + string.Join(", ",
                classes.Select(name => $"{name} {Figure(report.Metrics[Key(metrics.PerClass[^1], name)])}")));
    }

    public void OnMessage(string message)
    {
        _line.Clear();
        writer.WriteLine(message);
    }

    /// <summary>What each class reached in the best validation that was seen.</summary>
    public void ShowClasses()
    {
        _line.Clear();
        if (_best is null) return;
        ShowClasses(_best, metrics.PerClass);
        ShowClasses(_best, metrics.PerSecondClass);
    }

    private void ShowClasses(ValidationReport report, IReadOnlyList<string> perClass)
    {
        if (Classes(report, perClass) is not { Length: > 0 and <= MostClassesATable } names) return;
        int width = Math.Max("class".Length, names.Max(name => name.Length));
        int[] columns = [.. perClass.Select(metric => Math.Max(6, metric.Length))];
        writer.WriteLine("class".PadRight(width) + string.Concat(perClass.Select((metric, i) => "  " + metric.PadLeft(columns[i]))));
        foreach (string name in names)
            writer.WriteLine(name.PadRight(width) + string.Concat(perClass.Select((metric, i) =>
                "  " + Figure(report.Metrics[Key(metric, name)]).PadLeft(columns[i]))));
    }

    public void Clear() => _line.Clear();

    public void Dispose() => _line.Dispose();

    private static string Key(string metric, string name) => $"{metric}.{name}";

    private static string[] Classes(ValidationReport report, IReadOnlyList<string> perClass) => perClass.Count == 0 ? [] :
        [.. report.Metrics.Keys.Where(key => key.StartsWith(perClass[0] + ".", StringComparison.Ordinal))
            .Select(key => key[(perClass[0].Length + 1)..])];

    // Below zero or not a number: no object of the class defines it.
    private static string Figure(double value) =>
        value >= 0 ? value.ToString("0.000", CultureInfo.InvariantCulture) : "n/a";
}
