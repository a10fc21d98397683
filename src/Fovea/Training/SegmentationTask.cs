using Fovea.Backbones;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Losses;
using Fovea.Metrics;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Training a segmenter on pictures whose pixels have classes, measured by the mean intersection over union.</summary>
public sealed class SegmentationTask : TrainingTask<SegmentationBatch>
{
    private const int DrawnPictures = 16, CountedPictures = 1000;
    private const string Second = "second_";                       // before the names of the second map's losses and metrics

    private readonly SegmentationModel _model;
    private readonly IDataset _val;
    private readonly DataLoader<SegmentationBatch> _loader;
    private readonly SegmentationLoss _loss;
    private readonly SegmentationLoss? _secondLoss;                // of the second map, where the network has two heads
    private readonly int _workers;

    /// <summary>A task.</summary>
    /// <param name="model">The segmenter.</param>
    /// <param name="train">The pictures to learn from, with labels.</param>
    /// <param name="val">The pictures to measure on, with the same categories.</param>
    /// <param name="config">The run's configuration.</param>
    /// <param name="group">The processes that share each batch, or null where this one is alone.</param>
    /// <exception cref="ArgumentException">The data sets do not fit each other or the recipe.</exception>
    public SegmentationTask(SegmentationModel model, IDataset train, IDataset val, RunConfig config, ProcessGroup? group = null)
    {
        if (!train.Categories.Select(c => c.Name).SequenceEqual(val.Categories.Select(c => c.Name)))
            throw new ArgumentException($"{train.Name} and {val.Name} have different classes.", nameof(val));
        if (train.Count == 0) throw new ArgumentException($"{train.Name} has no pictures to train on.", nameof(train));
        if (val.Count == 0) throw new ArgumentException($"{val.Name} has no pictures to measure on.", nameof(val));
        if (model.SecondClassCount > 0) ExpectSecond(model, train, val);
        (_model, _val, _workers) = (model, val, config.Training.Workers);
        SegmentationRecipe recipe = config.Segmentation ?? new SegmentationRecipe();
        _loss = recipe.Balance == PixelBalance.None ? recipe.Loss
            : recipe.Loss with { ClassWeights = Weights(train, recipe.Balance, isSecond: false) };
        _loss.Validate(model.ClassCount);
        if (model.SecondClassCount > 0)
            _secondLoss = recipe.Loss with
            {
                ClassWeights = recipe.Balance == PixelBalance.None ? null : Weights(train, recipe.Balance, isSecond: true),
            };
        _loader = new DataLoader<SegmentationBatch>(train, new LoaderOptions
        {
            BatchSize = config.Training.BatchSize, Workers = config.Training.Workers, Seed = config.Training.Seed,
            Shuffle = true, DropLast = train.Count >= config.Training.BatchSize * (group?.Size ?? 1),
            Process = group?.Rank ?? 0, Processes = group?.Size ?? 1,
            Transform = SegmentationAugmentation.Create(recipe, config.Training.Augmentation, model.Transform, train[0].Size),
        }, samples => SegmentationBatch.From(samples, model.Transform, recipe.Boundary, model.SecondClassCount > 0));
        var metadata = new Dictionary<string, string>
        {
            [Checkpoint.ModelKey] = config.Model,
            [Checkpoint.SettingsKey] = Checkpoint.ToJson(config.Segmenter ?? new SegmenterSettings()),
            [Checkpoint.CategoriesKey] = Checkpoint.ToJson(train.Categories),
        };
        if (model.SecondClassCount > 0) metadata[Checkpoint.SecondCategoriesKey] = Checkpoint.ToJson(train.SecondCategories);
        Metadata = metadata;
        string[] shown = ["mIoU", "pixel_accuracy", "mean_accuracy"];
        Metrics = model.SecondClassCount == 0 ? new TaskMetrics("mIoU", shown, ["IoU"])
            : new TaskMetrics("mIoU", [.. shown, Second + "mIoU", Second + "pixel_accuracy"], ["IoU"])
            {
                PerSecondClass = [Second + "IoU"],
            };
    }

    /// <inheritdoc/>
    public override Module Model => _model.Network;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _model.Network.Stages;

    /// <inheritdoc/>
    public override TaskMetrics Metrics { get; }

    /// <inheritdoc/>
    public override int BatchesPerEpoch => _loader.BatchCount;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override IEnumerable<SegmentationBatch> Batches(int epoch, int firstBatch) => _loader.Epoch(epoch, firstBatch);

    /// <inheritdoc/>
    public override int PictureCount(SegmentationBatch batch) => batch.Samples.Count;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(SegmentationBatch batch, Device device, Generator generator)
    {
        Tensor labels = batch.Labels.To(device);
        Tensor? weights = batch.PixelWeights?.To(device);
        Tensor[] scores = _model.Network.ForwardWithAuxiliary(batch.Pixels.To(device));
        var losses = new Dictionary<string, Tensor>(_loss.Compute(scores[0], labels, weights));
        if (_secondLoss is not null)
            foreach ((string name, Tensor loss) in _secondLoss.Compute(scores[1], batch.SecondLabels!.To(device)))
                losses[Second + name] = loss;
        Tensor[] auxiliary = scores[_model.Network.MapCount..];
        for (int i = 0; i < auxiliary.Length; i++)
            losses[$"loss_auxiliary{i + 1}"] = _loss.Compute(auxiliary[i], labels, weights).Values.Aggregate((a, b) => a + b)
                * _model.Network.AuxiliaryWeights[i];
        return losses;
    }

    /// <summary>"mIoU", "pixel_accuracy" and "mean_accuracy" over all validation pictures in their original size; and "IoU.CLASS" of each.
    /// With two heads the same of the second map, beginning with "second_".</summary>
    public override IReadOnlyDictionary<string, double> Validate(Device device, string? picturesFolder, CancellationToken cancellation)
    {
        int drawn = 0;
        SegmentationResult result = SegmenterEvaluation.Run(
            new SegmentationPredictor(_model, _val.Categories, device, secondCategories: _val.SecondCategories), _val, _workers,
            (sample, predicted) =>
            {
                if (picturesFolder is null || drawn >= DrawnPictures) return;
                Directory.CreateDirectory(picturesFolder);
                SegmentationDrawing.DrawBeside(sample.Image, predicted.Map, sample.Labels!, _val.Categories).SaveJpeg(
                    Path.Combine(picturesFolder, $"{drawn++:00}.jpg"), 92);
            }, cancellation);
        var metrics = new Dictionary<string, double>();
        Add(result, "");
        if (result.Second is { } second) Add(second, Second);
        return metrics;

        void Add(SegmentationResult map, string before)
        {
            metrics[before + "mIoU"] = map.MeanIoU;
            metrics[before + "pixel_accuracy"] = map.PixelAccuracy;
            metrics[before + "mean_accuracy"] = map.MeanAccuracy;
            for (int i = 0; i < map.Categories.Count; i++) metrics[$"{before}IoU.{map.Categories[i].Name}"] = map.Confusion.IoU(i);
        }
    }

    /// <inheritdoc/>
    public override string Describe(SegmentationBatch batch) => string.Join("; ", batch.Samples.Select(s => s.Record.Path));

    /// <inheritdoc/>
    public override void Save(SegmentationBatch batch, string path) => SafetensorsWriter.Write(path,
        [
            SafetensorsEntry.FromTensor("input", batch.Pixels), SafetensorsEntry.FromTensor("target", batch.Labels),
            .. batch.SecondLabels is { } second ? (SafetensorsEntry[])[SafetensorsEntry.FromTensor("second_target", second)] : [],
        ],
        new Dictionary<string, string> { ["pictures"] = string.Join('\n', batch.Samples.Select(sample => sample.Record.Path)) });

    private static void ExpectSecond(SegmentationModel model, IDataset train, IDataset val)
    {
        if (train.SecondCategories.Count != model.SecondClassCount)
            throw new ArgumentException($"The model tells {model.SecondClassCount} classes of a second map apart, but {train.Name} has " +
                $"{train.SecondCategories.Count}.", nameof(train));
        if (!train.SecondCategories.Select(c => c.Name).SequenceEqual(val.SecondCategories.Select(c => c.Name)))
            throw new ArgumentException($"{train.Name} and {val.Name} have different classes of the second map.", nameof(val));
    }

    // Classes that no picture has cannot be learnt: they count nothing.
    private static double[] Weights(IDataset train, PixelBalance balance, bool isSecond)
    {
        int count = Math.Min(train.Count, CountedPictures), classes = (isSecond ? train.SecondCategories : train.Categories).Count;
        var pixels = new long[classes];
        var ofPictures = new long[classes];
        Parallel.For(0, count, i =>
        {
            int index = (int)((long)i * train.Count / count);
            Sample sample = train.Load(index);
            SegmentationMap map = (isSecond ? sample.SecondLabels : sample.Labels)
                ?? throw new ArgumentException($"{train[index].Path} has no labels of its pixels.", nameof(train));
            var own = new long[256];
            foreach (byte label in map.Labels) own[label]++;
            long labelled = own.AsSpan(0, classes).ToArray().Sum();
            lock (pixels)
                for (int k = 0; k < classes; k++)
                {
                    pixels[k] += own[k];
                    if (own[k] > 0) ofPictures[k] += labelled;
                }
        });
        return balance switch
        {
            PixelBalance.Median => ClassWeights.MedianFrequency(pixels, ofPictures),
            PixelBalance.Enet => ClassWeights.Enet(pixels),
            _ => ClassWeights.InverseFrequency(pixels),
        };
    }
}
