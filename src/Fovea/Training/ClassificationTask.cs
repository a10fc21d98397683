using Fovea.Backbones;
using Fovea.Classification;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Losses;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Transforms;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Training a classifier on pictures with a class each, measured by its accuracy.</summary>
public sealed class ClassificationTask : TrainingTask<ClassificationBatch>
{
    private const int DrawnPictures = 16;

    private readonly Classifier _model;
    private readonly IDataset _val;
    private readonly DataLoader<ClassificationBatch> _loader;
    private readonly ClassificationRecipe _recipe;
    private readonly ClassificationLoss _loss;
    private readonly LoaderOptions _reading;

    /// <summary>A task.</summary>
    /// <param name="model">The classifier.</param>
    /// <param name="train">The pictures to learn from, with a class each.</param>
    /// <param name="val">The pictures to measure on, with the same categories.</param>
    /// <param name="config">The run's configuration.</param>
    /// <param name="group">The processes that share each batch, or null where this one is alone.</param>
    /// <exception cref="ArgumentException">The data sets do not fit each other or the recipe.</exception>
    public ClassificationTask(Classifier model, IDataset train, IDataset val, RunConfig config, ProcessGroup? group = null)
    {
        if (!train.Categories.Select(c => c.Name).SequenceEqual(val.Categories.Select(c => c.Name)))
            throw new ArgumentException($"{train.Name} and {val.Name} have different classes.", nameof(val));
        if (train.Count == 0) throw new ArgumentException($"{train.Name} has no pictures to train on.", nameof(train));
        if (val.Count == 0) throw new ArgumentException($"{val.Name} has no pictures to measure on.", nameof(val));
        (_model, _val, _recipe) = (model, val, config.Recipe ?? new ClassificationRecipe());
        int[] classes = [.. Enumerable.Range(0, train.Count).Select(i => train.CategoryOf(i)
            ?? throw new ArgumentException($"{train.Name} tells of objects, not of one class a picture: it cannot train a classifier.",
                nameof(train)))];
        long[] counts = new long[train.Categories.Count];
        foreach (int category in classes) counts[category]++;
        _loss = _recipe.Balance == ClassBalance.Weights ? _recipe.Loss with { ClassWeights = WeightsOf(counts) } : _recipe.Loss;
        _loss.Validate(model.ClassCount);
        if (_loss.Kind == ClassificationLossKind.Circle)
            throw new ArgumentException("Circle loss needs a last layer of cosines, which this network does not have.", nameof(config));
        _reading = new LoaderOptions
        {
            BatchSize = config.Training.BatchSize, Workers = config.Training.Workers, Seed = config.Training.Seed,
        };
        _loader = new DataLoader<ClassificationBatch>(train, _reading with
        {
            Shuffle = true, DropLast = train.Count >= config.Training.BatchSize * (group?.Size ?? 1),
            Process = group?.Rank ?? 0, Processes = group?.Size ?? 1,
            Weights = _recipe.Balance == ClassBalance.Sampling ? [.. classes.Select(category => 1.0 / counts[category])] : null,
            Transform = ClassificationAugmentation.Create(_recipe, config.Training.Augmentation, model.Transform),
        }, samples => ClassificationBatch.FromSquares(samples, model.Transform));
        Metadata = new Dictionary<string, string>
        {
            [Checkpoint.ModelKey] = config.Model,
            [Checkpoint.SettingsKey] = Checkpoint.ToJson(config.Classifier ?? new ClassifierSettings()),
            [Checkpoint.CategoriesKey] = Checkpoint.ToJson(train.Categories),
        };
    }

    /// <inheritdoc/>
    public override Module Model => _model.Network;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _model.Network.Stages;

    /// <inheritdoc/>
    public override TaskMetrics Metrics { get; } = new("top1", ["top1", "top5", "mean_class"], ["accuracy"]);

    /// <inheritdoc/>
    public override int BatchesPerEpoch => _loader.BatchCount;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override IEnumerable<ClassificationBatch> Batches(int epoch, int firstBatch) => _loader.Epoch(epoch, firstBatch);

    /// <inheritdoc/>
    public override int PictureCount(ClassificationBatch batch) => batch.Samples.Count;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ClassificationBatch batch, Device device, Generator generator)
    {
        (Tensor pixels, Tensor targets) = Mixed(batch.Pixels.To(device), batch.Targets.To(device), generator);
        Tensor[] heads = _model.Network.ClassifyWithAuxiliary(pixels);
        var losses = new Dictionary<string, Tensor> { ["loss_classifier"] = _loss.Compute(heads[0], targets) };
        for (int i = 1; i < heads.Length; i++)
            losses[$"loss_auxiliary{i}"] = _loss.Compute(heads[i], targets) * _model.Network.AuxiliaryWeight;
        return losses;
    }

    /// <summary>"top1" and "top5", shares of pictures whose class is the best or one of the five best; "mean_class", the mean of the
    /// classes' accuracies; and "accuracy.CLASS" of each.</summary>
    public override IReadOnlyDictionary<string, double> Validate(Device device, string? picturesFolder, CancellationToken cancellation)
    {
        int drawn = 0;
        ClassificationResult result = ClassifierEvaluation.Run(_model, _val, device, _reading, (sample, scores) =>
        {
            if (picturesFolder is null || drawn >= DrawnPictures) return;
            Directory.CreateDirectory(picturesFolder);
            ClassificationDrawing.Draw(sample.Image, scores, _val.Categories, sample.Record.Category).SaveJpeg(
                Path.Combine(picturesFolder, $"{drawn++:00}.jpg"), 92);
        }, cancellation);
        var metrics = new Dictionary<string, double>
        {
            ["top1"] = result.Top1, ["top5"] = result.Top5, ["mean_class"] = result.MeanClassAccuracy,
        };
        for (int i = 0; i < result.Categories.Count; i++) metrics[$"accuracy.{result.Categories[i].Name}"] = result.Confusion.Recall(i);
        return metrics;
    }

    /// <inheritdoc/>
    public override string Describe(ClassificationBatch batch) => string.Join("; ", batch.Samples.Select(s =>
        $"{s.Record.Path} of class {_val.Categories[s.Record.Category!.Value].Name}"));

    /// <inheritdoc/>
    public override void Save(ClassificationBatch batch, string path) => SafetensorsWriter.Write(path,
        [SafetensorsEntry.FromTensor("input", batch.Pixels), SafetensorsEntry.FromTensor("target", batch.Targets)],
        new Dictionary<string, string> { ["pictures"] = string.Join('\n', batch.Samples.Select(sample => sample.Record.Path)) });

    // Classes that no picture has cannot be learnt: they count as the median ones do.
    private static IReadOnlyList<double> WeightsOf(long[] counts)
    {
        IReadOnlyList<double> present = ClassWeights.MedianFrequency([.. counts.Where(count => count > 0)]);
        var weights = new double[counts.Length];
        for (int i = 0, next = 0; i < weights.Length; i++) weights[i] = counts[i] > 0 ? present[next++] : 1;
        return weights;
    }

    private (Tensor Pixels, Tensor Targets) Mixed(Tensor pixels, Tensor targets, Generator generator)
    {
        if (_recipe.Mixup == 0 && _recipe.CutMix == 0) return (pixels, targets);
        // One draw of the run's generator is the seed of the batch, so that a run that goes on mixes as it would have.
        var random = new SampleRandom((ulong)(Tensor.Empty([1], DType.Float64).UniformInPlace(0, 1, generator).Item() * (1UL << 53)));
        Tensor shares = Tensor.Zeros([targets.Size(0), _model.ClassCount], device: targets.Device)
            .ScatterInPlace(1, targets.Unsqueeze(1), 1);
        bool cuts = _recipe.CutMix > 0 && (_recipe.Mixup == 0 || random.Chance(0.5));
        double lambda = BatchMixing.Beta(cuts ? _recipe.CutMix : _recipe.Mixup, ref random);
        return cuts ? BatchMixing.CutMix(pixels, shares, lambda, ref random) : BatchMixing.Mixup(pixels, shares, lambda);
    }
}
