using Fovea.Training;

namespace Fovea.Cli;

/// <summary>Shows a training run: a line that moves with the steps, and a line for each validation.</summary>
internal sealed class TrainingDisplay : ITrainingObserver, IDisposable
{
    private const double Smoothing = 0.95;

    private readonly ProgressLine _line = new("epoch", "steps");
    private double _loss = double.NaN;
    private long _start = -1;

    public void OnStep(StepReport report)
    {
        double loss = report.Losses["loss"];
        _loss = double.IsNaN(_loss) ? loss : Smoothing * _loss + (1 - Smoothing) * loss;
        long done = (long)(report.Epoch - 1) * report.Batches + report.Batch;
        if (_start < 0) _start = done - 1;
        _line.Show(done, (long)report.Epochs * report.Batches,
            $"epoch {report.Epoch}/{report.Epochs}  loss {_loss:0.000}  lr {report.LearningRate:0.00000}", _start);
    }

    public void OnValidation(ValidationReport report)
    {
        _line.Clear();
        Console.Error.WriteLine($"epoch {report.Epoch}/{report.Epochs}  " +
            string.Join("  ", new[] { "AP", "AP50", "AP75", "AR100" }.Where(report.Metrics.ContainsKey).Select(k => $"{k} {report.Metrics[k]:0.000}")) +
            (report.IsBest ? "  best" : ""));
    }

    public void OnMessage(string message)
    {
        _line.Clear();
        Console.Error.WriteLine(message);
    }

    public void Clear() => _line.Clear();

    public void Dispose() => _line.Dispose();
}
