using Fovea.Backbones;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Reconstruction;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Transforms;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>A prepared batch of pictures without labels, on the CPU.</summary>
/// <param name="Samples">The pictures after augmentation.</param>
/// <param name="Pixels">N x 3 x H x W in 0..1.</param>
public sealed record PictureBatch(IReadOnlyList<Sample> Samples, Tensor Pixels) : IDisposable
{
    /// <summary>Releases the pixels.</summary>
    public void Dispose() => Pixels.Dispose();
}

/// <summary>Training an auto-encoder on pictures, measured by how near its pictures come: the peak signal-to-noise ratio.</summary>
public sealed class ReconstructionTask : TrainingTask<PictureBatch>
{
    private const int DrawnPictures = 8;

    private readonly AutoEncoder _model;
    private readonly DataLoader<PictureBatch> _train;
    private readonly IDataset _val;
    private readonly LoaderOptions _reading;

    /// <summary>A task.</summary>
    /// <param name="model">The auto-encoder.</param>
    /// <param name="train">The pictures to learn from.</param>
    /// <param name="val">The pictures to measure on.</param>
    /// <param name="config">The run's configuration.</param>
    /// <param name="group">The processes that share each batch, or null where this one is alone.</param>
    public ReconstructionTask(AutoEncoder model, IDataset train, IDataset val, RunConfig config, ProcessGroup? group = null)
    {
        if (train.Count == 0) throw new ArgumentException($"{train.Name} has no pictures to train on.", nameof(train));
        if (val.Count == 0) throw new ArgumentException($"{val.Name} has no pictures to measure on.", nameof(val));
        _model = model;
        _val = val;
        _reading = new LoaderOptions
        {
            BatchSize = config.Training.BatchSize, Workers = config.Training.Workers, Seed = config.Training.Seed,
        };
        _train = new DataLoader<PictureBatch>(train, _reading with
        {
            Shuffle = true, Process = group?.Rank ?? 0, Processes = group?.Size ?? 1,
            Transform = AugmentationPlan.Create(config.Training.Augmentation, size => size),
        }, samples => Batch(model, samples));
        Metadata = new Dictionary<string, string>
        {
            [Checkpoint.ModelKey] = config.Model, [Checkpoint.SettingsKey] = Checkpoint.ToJson(model.Options),
        };
    }

    /// <inheritdoc/>
    public override Module Model => _model;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [];

    /// <inheritdoc/>
    public override TaskMetrics Metrics { get; } = new("PSNR", ["PSNR", "MSE"], []);

    /// <inheritdoc/>
    public override int BatchesPerEpoch => _train.BatchCount;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override IEnumerable<PictureBatch> Batches(int epoch, int firstBatch) => _train.Epoch(epoch, firstBatch);

    /// <inheritdoc/>
    public override int PictureCount(PictureBatch batch) => batch.Samples.Count;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(PictureBatch batch, Device device, Generator generator) =>
        new Dictionary<string, Tensor> { ["loss_reconstruction"] = _model.ComputeLoss(batch.Pixels.To(device)) };

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Validate(Device device, string? picturesFolder, CancellationToken cancellation) =>
        Measure(_model, _val, device, _reading, picturesFolder, cancellation);

    /// <summary>How near an auto-encoder's pictures come to those of a data set.</summary>
    /// <param name="model">In evaluation mode, on <paramref name="device"/>.</param>
    /// <param name="dataset">The pictures.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="reading">How they are read.</param>
    /// <param name="picturesFolder">Where some are drawn beside what came back, or null.</param>
    /// <param name="cancellation">Ends it with an exception.</param>
    /// <returns>"PSNR" in decibels, -10 log10 of the mean squared difference of pixels in 0..1, and that difference, "MSE".</returns>
    public static IReadOnlyDictionary<string, double> Measure(AutoEncoder model, IDataset dataset, Device device, LoaderOptions reading,
        string? picturesFolder, CancellationToken cancellation)
    {
        double sum = 0;
        int drawn = 0, pictures = 0;
        foreach (PictureBatch batch in new DataLoader<PictureBatch>(dataset, reading, samples => Batch(model, samples))
            .Epoch(0, cancellation: cancellation))
        {
            using (batch)
            {
                using var scope = new TensorScope();
                using var noGrad = new NoGrad();
                Tensor pixels = batch.Pixels.To(device);
                sum += model.ComputeLoss(pixels).Item() * batch.Samples.Count;
                pictures += batch.Samples.Count;
                if (picturesFolder is null || drawn >= DrawnPictures) continue;
                Directory.CreateDirectory(picturesFolder);
                Image[] made = model.Reconstruct(pixels);
                for (int i = 0; i < made.Length && drawn < DrawnPictures; i++)
                    ReconstructionDrawing.Draw(batch.Samples[i].Image, made[i]).SaveJpeg(Path.Combine(picturesFolder,
                        $"{drawn++:00}-{Path.GetFileNameWithoutExtension(batch.Samples[i].Record.Path)}.jpg"), 92);
            }
        }
        double error = sum / pictures;
        return new Dictionary<string, double> { ["PSNR"] = -10 * Math.Log10(error), ["MSE"] = error };
    }

    /// <inheritdoc/>
    public override string Describe(PictureBatch batch) =>
        string.Join("; ", batch.Samples.Select(s => $"{s.Record.Path} ({s.Image.Size})"));

    /// <inheritdoc/>
    public override void Save(PictureBatch batch, string path) => SafetensorsWriter.Write(path,
        [SafetensorsEntry.FromTensor("input", batch.Pixels)],
        new Dictionary<string, string> { ["pictures"] = string.Join('\n', batch.Samples.Select(sample => sample.Record.Path)) });

    private static PictureBatch Batch(AutoEncoder model, IReadOnlyList<Sample> samples) =>
        new(samples, model.Batch([.. samples.Select(sample => sample.Image)]).Unscoped());
}
