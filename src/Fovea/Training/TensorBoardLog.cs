using Fovea.Imaging;
using Fovea.Reports;

namespace Fovea.Training;

/// <summary>Writes a run to TensorBoard's event files in its folder: losses and learning rate of each step under <c>train/</c>,
/// metrics of each validation under <c>val/</c>, and the drawn pictures under <c>pictures/</c>.</summary>
/// <remarks>The file is made with the first event, so a run that has nothing left to do leaves none.</remarks>
public sealed class TensorBoardLog : ITrainingObserver, IDisposable
{
    private readonly RunFolder _folder;
    private EventFile? _file;
    private long _step;

    /// <summary>A log in a run's folder.</summary>
    public TensorBoardLog(RunFolder folder) => _folder = folder;

    /// <inheritdoc/>
    public void OnStart(long step) => _step = step;

    /// <inheritdoc/>
    /// <exception cref="IOException">The event cannot be written.</exception>
    public void OnStep(StepReport report)
    {
        if (report.Step == _step) return;   // a batch whose gradients are only gathered: the step's last batch speaks for it
        File().WriteScalars(report.Step, report.Losses.Select(loss => KeyValuePair.Create("train/" + loss.Key, loss.Value))
            .Append(KeyValuePair.Create("train/lr", report.LearningRate)));
        _step = report.Step;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The event cannot be written.</exception>
    public void OnValidation(ValidationReport report)
    {
        EventFile file = File();
        file.WriteScalars(report.Step, report.Metrics.Select(metric => KeyValuePair.Create("val/" + metric.Key, metric.Value)));
        if (Directory.Exists(_folder.PicturesPath))
            foreach (string path in Directory.EnumerateFiles(_folder.PicturesPath, "*.jpg").Order(StringComparer.Ordinal))
                WritePicture(file, report.Step, path);
        file.Flush();
    }

    /// <inheritdoc/>
    public void OnMessage(string message)
    {
    }

    /// <summary>Closes the event file.</summary>
    public void Dispose() => _file?.Dispose();

    // The steps after the one the run starts from are written from here on; those of an interrupted run are forgotten.
    private EventFile File() => _file ??= EventFile.Create(_folder.Path, _step + 1);

    private static void WritePicture(EventFile file, long step, string path)
    {
        try
        {
            file.WritePicture(step, "pictures/" + Path.GetFileNameWithoutExtension(path), System.IO.File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is ImageException or FileNotFoundException)
        {
            // Someone took the picture away or put another file there; that is not worth a training run.
        }
    }
}
