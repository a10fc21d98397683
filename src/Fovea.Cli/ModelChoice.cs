using Fovea.Backbones;
using Fovea.Classification;
using Fovea.Detection;
using Fovea.Inference;
using Fovea.Reconstruction;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>The trained model of eval and predict: a checkpoint, which says itself what it is, or a model's id with --weights.</summary>
internal sealed class ModelChoice : IDisposable
{
    public const string Description = ModelFile.Description + "; or a model's id, with --weights";

    public const string WeightsDescription = "With a model's id: published weights by name (imagenet, coco, voc or as 'fovea models' " +
        "lists them), or a file: .safetensors or .pth";

    private readonly Checkpoint? _checkpoint;
    private readonly string _path;
    private readonly PublishedWeights? _published;
    private readonly string? _classes;

    private ModelChoice(ModelEntry entry, string path, Checkpoint? checkpoint, PublishedWeights? published, string? classes) =>
        (Entry, _path, _checkpoint, _published, _classes) = (entry, path, checkpoint, published, classes);

    /// <summary>The model.</summary>
    public ModelEntry Entry { get; }

    /// <summary>Whether its weights are 8-bit integers.</summary>
    public bool IsQuantized => _checkpoint?.IsQuantized == true;

    /// <summary>The settings that a classifier is built with.</summary>
    public ClassifierSettings ClassifierSettings => _checkpoint?.ClassifierSettings ?? ClassifierSettings.Under(_published);

    /// <summary>Where the weights lie.</summary>
    public string Path => _path;

    /// <summary>Finds the model, and downloads published weights that are not here yet.</summary>
    /// <param name="model">What --model says.</param>
    /// <param name="weights">What --weights says, or null.</param>
    /// <param name="classes">What --classes says, or null.</param>
    /// <param name="error">Where progress is shown.</param>
    /// <param name="cancellation">Ends a download.</param>
    /// <exception cref="UsageException">There is no such model, or there are no such weights.</exception>
    public static ModelChoice Open(string model, string? weights, string? classes, TextWriter error, CancellationToken cancellation)
    {
        if (weights is null)
        {
            if (classes is not null) throw new UsageException("--classes goes with --weights FILE: a checkpoint names its classes itself.");
            if (!File.Exists(model) && !Directory.Exists(model) && ModelZoo.Entries.Any(entry => entry.Id == model))
                throw new UsageException($"--model: {model} is a model without weights: add --weights NAME or FILE. 'fovea models " +
                    $"{model}' lists those that are published.");
            Checkpoint checkpoint = Checkpoint.Open(ModelFile.Find(model));
            return OfCheckpoint(checkpoint, checkpoint => checkpoint.Entry);
        }
        ModelEntry entry = ModelName.Find(model);
        WeightsArgument argument = WeightsArgument.Of(entry, weights);
        if (argument.Published is not null && classes is not null)
            throw new UsageException($"--classes is not needed: {argument.Published.Name} tell their classes.");
        string path = argument.Fetch(error, cancellation);
        if (argument.Published is null && IsCheckpoint(path))
            return OfCheckpoint(Checkpoint.Open(path), checkpoint => checkpoint.Entry.Id == entry.Id && classes is null ? entry
                : throw new UsageException(classes is null
                    ? $"--weights: {path} is a checkpoint of {checkpoint.Entry.Id}, not of {entry.Id}."
                    : "--classes is not needed: a checkpoint names its classes itself."));
        if (entry is not (DetectorEntry or ClassifierEntry or SegmenterEntry))
            throw new UsageException($"--weights: {entry.Id} runs from a checkpoint only: give it as --model.");
        if (argument.Published is null && classes is null)
            throw new UsageException($"--weights: {path} does not tell the names of its classes, and is none of the published files. " +
                "Add --classes.");
        return Of(entry, path, argument.Published, classes);
    }

    /// <summary>A model with the weights of a file that is no checkpoint.</summary>
    internal static ModelChoice Of(ModelEntry entry, string path, PublishedWeights? published, string? classes) =>
        new(entry, path, null, published, classes);

    /// <summary>The classes to read a data set by; null where the model has none.</summary>
    /// <param name="count">How many the model has.</param>
    private IReadOnlyList<Category> Categories(int count) => _checkpoint?.Categories ?? _published?.Categories
        ?? ClassNames.Read(_classes!, count, Entry is DetectorEntry ? 1 : 0);

    /// <summary>Builds a detector.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="settings">What was chosen.</param>
    /// <param name="inference">How it looks at pictures.</param>
    public Predictor CreateDetector(Device device, DetectorSettings settings, DetectionInference inference)
    {
        if (_checkpoint is not null) return Predictor.Load(_path, device, settings, inference);
        Detector model = DetectorWeights.Load((DetectorEntry)Entry, _path, DetectorSettings.Under(_published).With(settings));
        return Owning(model, () => new Predictor(model, Categories(model.ClassCount - 1), device, inference));
    }

    /// <summary>Builds a classifier.</summary>
    public ClassifierPredictor CreateClassifier(Device device)
    {
        if (_checkpoint is not null) return ClassifierPredictor.Load(_path, device);
        var entry = (ClassifierEntry)Entry;
        ClassifierSettings settings = ClassifierSettings;
        Backbone network = ClassifierWeights.Load(entry, _path, settings);
        var model = new Classifier(network, settings.ToTransform(entry));
        return Owning(model, () => new ClassifierPredictor(model, Categories(model.ClassCount), device));
    }

    /// <summary>Builds a segmenter.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">How it looks at pictures.</param>
    public SegmentationPredictor CreateSegmenter(Device device, SegmentationInference options)
    {
        if (_checkpoint is not null) return SegmentationPredictor.Load(_path, device, options);
        SegmenterSettings settings = SegmenterSettings.Under(_published);
        Segmenter network = SegmenterWeights.Load((SegmenterEntry)Entry, _path, settings);
        var model = new SegmentationModel(network, settings.ToTransform());
        return Owning(model, () => new SegmentationPredictor(model, Categories(model.ClassCount), device, options));
    }

    /// <summary>Builds an auto-encoder.</summary>
    public AutoEncoder CreateAutoEncoder() => _checkpoint!.CreateAutoEncoder();

    /// <summary>Closes the checkpoint.</summary>
    public void Dispose() => _checkpoint?.Dispose();

    private static ModelChoice OfCheckpoint(Checkpoint checkpoint, Func<Checkpoint, ModelEntry> entry) =>
        Owning(checkpoint, () => new ModelChoice(entry(checkpoint), checkpoint.Path, checkpoint, null, null));

    private static bool IsCheckpoint(string path)
    {
        using WeightFile file = WeightFile.Open(path);
        return file.Metadata.ContainsKey(Checkpoint.ModelKey);
    }

    // What is built takes the part over; where it cannot be built, the part is released.
    private static T Owning<T>(IDisposable part, Func<T> build)
    {
        try
        {
            return build();
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }
}
