using System.Text;
using Fovea.Backbones;
using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Transforms;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Training a detector on pictures with boxes, measured by COCO's AP.</summary>
public sealed class DetectionTask : TrainingTask<DetectionBatch>
{
    private const int DrawnPictures = 8;
    private const float DrawnScore = 0.5f;
    private const string MaskPrefix = "mask_", KeypointPrefix = "keypoint_";

    private readonly Detector _model;
    private readonly IDataset _val;
    private readonly DataLoader<DetectionBatch> _loader;
    private readonly int _workers;
    private readonly Skeleton? _skeleton;

    /// <summary>A task.</summary>
    /// <param name="model">The detector.</param>
    /// <param name="train">The pictures to learn from; every box must have an area (see <see cref="TrainingDataset"/>).</param>
    /// <param name="val">The pictures to measure on, with the same categories.</param>
    /// <param name="config">The run's configuration.</param>
    /// <param name="group">The processes that share each batch, or null where this one is alone.</param>
    public DetectionTask(Detector model, IDataset train, IDataset val, RunConfig config, ProcessGroup? group = null)
    {
        if (!train.Categories.Select(c => c.Name).SequenceEqual(val.Categories.Select(c => c.Name)))
            throw new ArgumentException($"{train.Name} and {val.Name} have different classes.", nameof(val));
        if (train.Count == 0) throw new ArgumentException($"{train.Name} has no pictures to train on.", nameof(train));
        if (!Enumerable.Range(0, val.Count).Any(i => val[i].Annotations.Any(a => !a.IsCrowd)))
            throw new ArgumentException($"{val.Name} has no object to measure on ({val.Count} pictures). " +
                "Name another split to validate on.", nameof(val));
        if (model.FindsMasks && !val.HasMasks())
            throw new ArgumentException($"{val.Name} has no picture in which every object has a mask, but the model is measured by its masks: " +
                "name another split to validate on, or train a detector of boxes.", nameof(val));
        if (model.FindsKeypoints && !val.HasLabelledKeypoints())
            throw new ArgumentException($"{val.Name} has no object with a labelled key point, but the model is measured by its " +
                "key points: name another split to validate on, or train a detector of boxes.", nameof(val));
        _model = model;
        _val = val;
        _workers = config.Training.Workers;
        DetectionTransform transform = model.Transform;
        AugmentationOptions augmentation = config.Training.Augmentation;
        if (augmentation.Mosaic > 0 && model.DetectionsPerImage == 1)
            throw new ArgumentException("A mosaic shows four pictures, but this model finds one object: train it without.", nameof(config));
        MultiScale? scales = MultiScale.Create(config.Training, model);
        _skeleton = model.FindsKeypoints
            ? Enumerable.Range(0, train.Categories.Count).Select(train.SkeletonOf).FirstOrDefault(of => of is not null) : null;
        _loader = new DataLoader<DetectionBatch>(train, new LoaderOptions
        {
            BatchSize = config.Training.BatchSize, Workers = config.Training.Workers, Seed = config.Training.Seed,
            Shuffle = true, DropLast = true, GroupByAspect = true, Process = group?.Rank ?? 0, Processes = group?.Size ?? 1,
            Transform = AugmentationPlan.Create(augmentation, transform.ResizedSize, _skeleton),
            Mixing = augmentation.Mosaic > 0 ? new Mosaic(augmentation.Mosaic, transform.ResizedSize) : null,
        }, (samples, place) => DetectionBatch.From(samples, scales is null ? transform
            : transform.WithShorterSide(scales.SideOf(place.Epoch * BatchesPerEpoch + place.Batch)), model.FindsMasks));
        string main = model.FindsMasks ? MaskPrefix : model.FindsKeypoints ? KeypointPrefix : "";
        Metrics = main.Length == 0 ? new TaskMetrics("AP", ["AP", "AP50", "AP75", $"AR{Math.Max(100, model.DetectionsPerImage)}"], ["AP", "AP50"])
            : new TaskMetrics(main + "AP", ["AP", "AP50", main + "AP", main + "AP50", main + "AP75"], [main + "AP", main + "AP50"]);
        var metadata = new Dictionary<string, string>
        {
            [Checkpoint.ModelKey] = config.Model,
            [Checkpoint.SettingsKey] = Checkpoint.ToJson(config.Detector ?? new DetectorSettings()),
            [Checkpoint.CategoriesKey] = Checkpoint.ToJson(train.Categories),
        };
        if (_skeleton is not null) metadata[Checkpoint.SkeletonKey] = Checkpoint.ToJson(_skeleton);
        int[] posed = [.. Enumerable.Range(0, train.Categories.Count).Where(category => train.SkeletonOf(category) is not null)];
        if (_skeleton is not null && posed.Length < train.Categories.Count)
            metadata[Checkpoint.KeypointCategoriesKey] = Checkpoint.ToJson(posed);
        Metadata = metadata;
    }

    /// <inheritdoc/>
    public override Module Model => _model;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _model.Stages;

    /// <inheritdoc/>
    public override TaskMetrics Metrics { get; }

    /// <inheritdoc/>
    public override int BatchesPerEpoch => _loader.BatchCount;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override IEnumerable<DetectionBatch> Batches(int epoch, int firstBatch) => _loader.Epoch(epoch, firstBatch);

    /// <inheritdoc/>
    public override int PictureCount(DetectionBatch batch) => batch.Samples.Count;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(DetectionBatch batch, Device device, Generator generator) =>
        _model.ComputeLosses(batch.Images.To(device), [.. batch.Targets.Select(target => target.To(device))], generator);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Validate(Device device, string? picturesFolder, CancellationToken cancellation)
    {
        int drawn = 0;
        DetectorResult result = DetectorEvaluation.Run(_model, _val, device, new EvaluationOptions
        {
            Coco = CocoOptions.WithLimit(_model.DetectionsPerImage),
            Workers = _workers,
            OnPicture = (sample, found) =>
            {
                if (picturesFolder is null || drawn >= DrawnPictures) return;
                Directory.CreateDirectory(picturesFolder);
                Image picture = DetectionDrawing.Draw(sample.Image, found, _val.Categories, DrawnScore, _skeleton);
                picture.SaveJpeg(Path.Combine(picturesFolder, $"{drawn++:00}-{Path.GetFileNameWithoutExtension(sample.Record.Path)}.jpg"));
            },
        }, cancellation);
        var metrics = new Dictionary<string, double>();
        Add("", result.Boxes);
        Add(MaskPrefix, result.Masks);
        Add(KeypointPrefix, result.Keypoints);
        return metrics;

        // The class follows the figure's name: "AP.person", "mask_AP.person".
        void Add(string prefix, CocoResult? figures)
        {
            if (figures is null) return;
            foreach ((string name, double value) in figures.Summary.ToDictionary()) metrics[prefix + name] = value;
            foreach (CocoCategoryFigures of in figures.PerCategory())
            {
                metrics[$"{prefix}AP.{of.Category.Name}"] = of.Ap;
                metrics[$"{prefix}AP50.{of.Category.Name}"] = of.Ap50;
            }
        }
    }

    /// <inheritdoc/>
    public override string Describe(DetectionBatch batch)
    {
        var text = new StringBuilder();
        foreach (Sample sample in batch.Samples)
            text.Append($"{(text.Length > 0 ? "; " : "")}{sample.Record.Path} ({sample.Image.Size}) with {sample.Annotations.Count} boxes ")
                .AppendJoin(", ", sample.Annotations.Take(4).Select(a => a.Box)
                    .Select(box => $"[{box.X1:0.#}, {box.Y1:0.#}, {box.X2:0.#}, {box.Y2:0.#}]"))
                .Append(sample.Annotations.Count > 4 ? ", ..." : "");
        return text.ToString();
    }

    /// <inheritdoc/>
    public override void Save(DetectionBatch batch, string path)
    {
        IEnumerable<SafetensorsEntry> targets = batch.Targets.SelectMany((target, n) => new[]
        {
            SafetensorsEntry.FromTensor($"target.boxes.{n}", target.Boxes),
            SafetensorsEntry.FromTensor($"target.labels.{n}", target.Labels),
        });
        targets = targets.Concat(batch.Targets.SelectMany((target, n) => target.Keypoints is { } keypoints
            ? (SafetensorsEntry[])[SafetensorsEntry.FromTensor($"target.keypoints.{n}", keypoints)] : []));
        SafetensorsWriter.Write(path, targets.Prepend(SafetensorsEntry.FromTensor("input", batch.Images.Pixels)).ToArray(),
            new Dictionary<string, string> { ["pictures"] = string.Join('\n', batch.Samples.Select(sample => sample.Record.Path)) });
    }
}
