using System.Text.Json;
using System.Text.Json.Serialization;
using Fovea.Backbones;
using Fovea.Classification;
using Fovea.Detection;
using Fovea.Quantization;
using Fovea.Reconstruction;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Training;

namespace Fovea.Weights;

/// <summary>One .safetensors file that describes itself: weights under torchvision's names, and in its metadata the model's id and
/// settings, the categories and the metrics. A training run's last checkpoint also holds what is needed to go on.</summary>
public sealed class Checkpoint : IDisposable
{
    /// <summary>Metadata: the version of this layout.</summary>
    public const string FormatKey = "fovea.format";
    /// <summary>Metadata: the model's id in <see cref="ModelZoo"/>.</summary>
    public const string ModelKey = "fovea.model";
    /// <summary>Metadata: the model's settings as JSON, of a type by its task: <see cref="DetectorSettings"/> and its like.</summary>
    public const string SettingsKey = "fovea.settings";
    /// <summary>Metadata: the categories, in the order of the labels, as JSON.</summary>
    public const string CategoriesKey = "fovea.categories";
    /// <summary>Metadata: the categories of the second map of networks with two heads, as JSON.</summary>
    public const string SecondCategoriesKey = "fovea.second_categories";
    /// <summary>Metadata: the names of the key points that the model finds, and the limbs between them, as JSON.</summary>
    public const string SkeletonKey = "fovea.skeleton";
    /// <summary>Metadata: the zero-based indices of the categories that have key points, as JSON; not there where all have.</summary>
    public const string KeypointCategoriesKey = "fovea.keypoint_categories";
    /// <summary>Metadata: the metrics of the validation that the weights come from, as JSON.</summary>
    public const string MetricsKey = "fovea.metrics";
    /// <summary>Metadata: <see cref="Fovea.Training.TrainingProgress"/> as JSON.</summary>
    public const string TrainingKey = "fovea.training";

    /// <summary>Metadata of 8-bit weights: the ranges of each quantised part, by its name, as JSON.</summary>
    public const string QuantizationKey = "fovea.quantization";

    // Not a name that a module can have, so it cannot meet a parameter's.
    private const string TrainingPrefix = "training/";

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 16,
    };

    private readonly SafetensorsFile _file;

    private Checkpoint(SafetensorsFile file) => _file = file;

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>The model's id, or null in a file that Fovea did not write.</summary>
    public string? ModelId => _file.Metadata.GetValueOrDefault(ModelKey);

    /// <summary>The model.</summary>
    /// <exception cref="TensorFileException">The file does not say which model it holds, or names one that is not known.</exception>
    public ModelEntry Entry
    {
        get
        {
            string id = ModelId ?? throw new TensorFileException(Path,
                "it holds weights but does not say of which model: it was not written by Fovea. Name the model and its classes, or train from it with --weights.");
            return ModelZoo.Entries.FirstOrDefault(e => e.Id == id) ?? throw new TensorFileException(Path,
                $"it holds a model that is not known here: '{string.Concat(id.Take(60).Where(c => !char.IsControl(c)))}'.");
        }
    }

    /// <summary>The categories, in the order of the labels; empty in a file that Fovea did not write.</summary>
    public IReadOnlyList<Category> Categories => Read<Category[]>(CategoriesKey) ?? [];

    /// <summary>The categories of the second map, in the order of its labels; empty where the model tells one map.</summary>
    public IReadOnlyList<Category> SecondCategories => Read<Category[]>(SecondCategoriesKey) ?? [];

    /// <summary>The key points that the model finds; null where it finds none.</summary>
    public Skeleton? Skeleton => Read<SkeletonText>(SkeletonKey) is not { } text ? null
        : text.Limbs.All(limb => limb.Length == 2 && limb.All(end => (uint)end < (uint)text.Names.Length))
            ? Skeleton.Of(text.Names, [.. text.Limbs.Select(limb => (limb[0], limb[1]))])
            : throw new TensorFileException(Path, $"its metadata '{SkeletonKey}' has a limb between key points that it does not name.");

    /// <summary>The zero-based indices of the categories whose key points the model learnt; null where it learnt those of all.</summary>
    public IReadOnlyList<int>? KeypointCategories => Read<int[]>(KeypointCategoriesKey);

    /// <summary>A skeleton as <see cref="SkeletonKey"/> holds it.</summary>
    public static string ToJson(Skeleton skeleton) =>
        ToJson(new SkeletonText([.. skeleton.Names], [.. skeleton.Limbs.Select(limb => (int[])[limb.From, limb.To])]));

    /// <summary>The metrics of the validation that the weights come from.</summary>
    public IReadOnlyDictionary<string, double> Metrics => Read<Dictionary<string, double>>(MetricsKey) ?? [];

    /// <summary>Where the training run stood, or null where the file holds only a model.</summary>
    public TrainingProgress? TrainingProgress => Read<TrainingProgress>(TrainingKey);

    /// <summary>Whether its weights are 8-bit integers: see <see cref="QuantizedState"/>.</summary>
    public bool IsQuantized => _file.Metadata.ContainsKey(QuantizationKey);

    /// <summary>The settings of a classifier.</summary>
    public ClassifierSettings ClassifierSettings => Read<ClassifierSettings>(SettingsKey) ?? new ClassifierSettings();

    /// <summary>Opens a checkpoint; tensors are read when they are asked for.</summary>
    /// <exception cref="TensorFileException">The file is missing or damaged.</exception>
    public static Checkpoint Open(string path) => new(SafetensorsFile.Open(path));

    /// <summary>Writes a checkpoint: to a temporary name first, then renamed, so that it is there whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model's state.</param>
    /// <param name="metadata">What the file says of itself.</param>
    /// <param name="training">State of a training run, or null.</param>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> model, IReadOnlyDictionary<string, string> metadata,
        IEnumerable<(string Name, Tensor Value)>? training = null)
    {
        using var scope = new TensorScope();
        IEnumerable<(string Name, Tensor Value)> all = model.Concat(training?.Select(entry => (TrainingPrefix + entry.Name, entry.Value)) ?? []);
        SafetensorsWriter.Write(path, all.Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)).ToArray(),
            new Dictionary<string, string>(metadata) { [FormatKey] = "1" });
    }

    /// <summary>A value as metadata.</summary>
    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, Json);

    /// <summary>Loads the weights into a model, strictly.</summary>
    /// <exception cref="StateMismatchException">A key is missing, unexpected or of another shape; the message lists them all.</exception>
    public void LoadInto(Module model)
    {
        ExpectFloat(Path, _file.Metadata);
        model.LoadState(WithoutTraining(_file.Tensors), Path);
    }

    /// <summary>Refuses a file of 8-bit weights where a model's own weights are needed.</summary>
    /// <exception cref="TensorFileException">It is one.</exception>
    internal static void ExpectFloat(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.ContainsKey(QuantizationKey))
            throw new TensorFileException(path, "it was quantised: its 8-bit weights can only predict, and be measured. Give the float32 " +
                "checkpoint that it was made from.");
    }

    /// <summary>A file's tensors without those of a training state.</summary>
    internal static IReadOnlyDictionary<string, StoredTensor> WithoutTraining(IReadOnlyDictionary<string, StoredTensor> tensors) =>
        tensors.Where(tensor => !tensor.Key.StartsWith(TrainingPrefix, StringComparison.Ordinal)).ToDictionary();

    /// <summary>Builds the detector that the file describes and loads its weights.</summary>
    /// <param name="settings">Settings to change, such as the score threshold; null for the file's.</param>
    /// <exception cref="TensorFileException">The file does not say which model it holds, or holds no detector, or its weights do not
    /// fit.</exception>
    public Detector CreateDetector(DetectorSettings? settings = null)
    {
        DetectorEntry entry = Expect<DetectorEntry>("detector");
        if (Categories.Count == 0) throw new TensorFileException(Path, "it names no categories.");
        CheckSizes(entry.Family);
        return Filled(entry.Create(Categories.Count + 1, settings is null ? Detector : Detector.With(settings)));
    }

    /// <summary>Builds the classifier that the file describes and loads its weights.</summary>
    /// <exception cref="TensorFileException">The file does not say which model it holds, or holds no classifier, or its weights do not
    /// fit.</exception>
    public Classifier CreateClassifier()
    {
        ClassifierEntry entry = Expect<ClassifierEntry>("classifier");
        if (Categories.Count == 0) throw new TensorFileException(Path, "it names no categories.");
        ClassifierSettings settings = ClassifierSettings;
        Backbone network = entry.Create(settings.ToOptions(Categories.Count, entry), null);
        network = Read<Dictionary<string, QuantizedPart>>(QuantizationKey) is { } parts
            ? Filled(network, () => QuantizedState.Load(network, parts, _file.Tensors, Path)) : Filled(network);
        return new Classifier(network, settings.ToTransform(entry));
    }

    /// <summary>Builds the segmentation network that the file describes and loads its weights. Its categories are its classes, the
    /// background included where it is one.</summary>
    /// <param name="settings">Settings to change, such as the size of pictures; null for the file's.</param>
    /// <exception cref="TensorFileException">The file does not say which model it holds, or holds no segmentation network, or its weights
    /// do not fit.</exception>
    public SegmentationModel CreateSegmenter(SegmenterSettings? settings = null)
    {
        SegmenterEntry entry = Expect<SegmenterEntry>("segmentation network");
        if (Categories.Count is < 1 or > SegmenterSettings.MostClasses)
            throw new TensorFileException(Path, $"it names {Categories.Count} categories: 1 to {SegmenterSettings.MostClasses} were expected.");
        SegmenterSettings chosen = Read<SegmenterSettings>(SettingsKey) ?? new SegmenterSettings();
        if (settings is not null) chosen = chosen.With(settings);
        if (entry.Settings.Contains(nameof(SegmenterSettings.SecondClassCount)) && chosen.SecondClassCount != SecondCategories.Count)
            throw new TensorFileException(Path, $"it names {SecondCategories.Count} categories of a second map, but its settings state " +
                $"{chosen.SecondClassCount?.ToString() ?? "none"}.");
        try
        {
            return new SegmentationModel(Filled(entry.Create(Categories.Count, chosen)), chosen.ToTransform());
        }
        catch (ArgumentException error)
        {
            throw new TensorFileException(Path, $"its metadata '{SettingsKey}' cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Builds the auto-encoder that the file describes and loads its weights.</summary>
    /// <exception cref="TensorFileException">The file does not say which model it holds, or holds no auto-encoder, or its weights do
    /// not fit.</exception>
    public AutoEncoder CreateAutoEncoder()
    {
        AutoEncoderEntry entry = Expect<AutoEncoderEntry>("auto-encoder");
        AutoEncoderOptions options = Read<AutoEncoderOptions>(SettingsKey) ?? new AutoEncoderOptions();
        Expect($"encoder.{options.Halvings - 1}.0.bias", options.CodeChannels);
        return Filled(entry.Create(options, null));
    }

    private TEntry Expect<TEntry>(string what) where TEntry : ModelEntry => Entry as TEntry
        ?? throw new TensorFileException(Path, $"it holds {ModelId}, which is no {what}: its task is '{Entry.Task}'.");

    private TModel Filled<TModel>(TModel model, Action? fill = null) where TModel : Module
    {
        try
        {
            if (fill is null) LoadInto(model);
            else fill();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private DetectorSettings Detector => Read<DetectorSettings>(SettingsKey) ?? new DetectorSettings();

    // The file's own tensors say how large its model is: metadata that say otherwise could ask for any amount of memory.
    private void CheckSizes(DetectorFamily family)
    {
        IReadOnlyList<(string Name, long Length)> lengths;
        try
        {
            lengths = family.Lengths(Detector);
        }
        catch (ArgumentException error)
        {
            throw new TensorFileException(Path, $"its metadata '{SettingsKey}' cannot be used: {error.Message}", error);
        }
        foreach ((string name, long length) in lengths) Expect(name, length);
        if (!_file.Tensors.TryGetValue(family.ClassBias, out StoredTensor? bias)
            || family.ClassCount(bias.ElementCount, Detector) != Categories.Count + 1L)
            throw new TensorFileException(Path, $"by its metadata it tells {Categories.Count} classes apart, but '{family.ClassBias}' " +
                (bias is null ? "is missing." : $"has {bias.ElementCount} elements."));
    }

    private void Expect(string name, long length)
    {
        if (!_file.Tensors.TryGetValue(name, out StoredTensor? tensor) || tensor.ElementCount != length)
            throw new TensorFileException(Path, $"by its metadata '{name}' has {length} elements, but it " +
                (tensor is null ? "is missing." : $"has {tensor.ElementCount}."));
    }

    /// <summary>The training state's tensors whose names begin with a prefix, by the rest of their names.</summary>
    internal IReadOnlyDictionary<string, StoredTensor> Training(string prefix) => _file.Tensors
        .Where(t => t.Key.StartsWith(TrainingPrefix + prefix, StringComparison.Ordinal))
        .ToDictionary(t => t.Key[(TrainingPrefix.Length + prefix.Length)..], t => t.Value);

    /// <summary>Whether the training state has a tensor.</summary>
    internal bool HasTrainingTensor(string name) => _file.Tensors.ContainsKey(TrainingPrefix + name);

    /// <summary>A copy of one tensor of the training state.</summary>
    internal Tensor TrainingTensor(string name) => HasTrainingTensor(name) ? _file[TrainingPrefix + name].ToTensor().Clone()
        : throw new TensorFileException(Path, $"its training state lacks '{name}'.");

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private sealed record SkeletonText(string[] Names, int[][] Limbs);

    private T? Read<T>(string key) where T : class
    {
        if (!_file.Metadata.TryGetValue(key, out string? text)) return null;
        try
        {
            return JsonSerializer.Deserialize<T>(text, Json);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException)
        {
            throw new TensorFileException(Path, $"its metadata '{key}' cannot be read: {error.Message}", error);
        }
    }
}
