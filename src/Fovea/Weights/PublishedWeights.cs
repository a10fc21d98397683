using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Fovea.Structures;

namespace Fovea.Weights;

/// <summary>Weights that torchvision publishes for a model: where they lie, what they reach, and how pictures were prepared for them. All
/// are listed in Published/torchvision.json.</summary>
public sealed record PublishedWeights
{
    private const string Default = "DEFAULT";

    /// <summary>The model's id; torchvision's.</summary>
    [JsonPropertyName("model")]
    public required string ModelId { get; init; }

    /// <summary>Their name: torchvision's, such as "IMAGENET1K_V2" or "COCO_V1".</summary>
    public required string Name { get; init; }

    /// <summary>Whether torchvision recommends them among the model's.</summary>
    [JsonPropertyName("default")]
    public bool IsDefault { get; init; }

    /// <summary>Where they can be had.</summary>
    public required Uri Url { get; init; }

    /// <summary>The first digits of the file's SHA-256, in lower case; its name holds them too.</summary>
    [JsonPropertyName("sha256_prefix")]
    public required string Sha256Prefix { get; init; }

    /// <summary>The data that they were trained on.</summary>
    public required string TrainedOn { get; init; }

    /// <summary>Number of the network's outputs: with the background in detectors and segmenters; 0 where there is no class
    /// layer.</summary>
    public required int ClassCount { get; init; }

    /// <summary>Name of the list that holds the classes' names; see <see cref="ClassList"/>. Null where there is no class layer.</summary>
    [JsonPropertyName("class_list")]
    public string? ClassListName { get; init; }

    /// <summary>Parameters of the model that torchvision loads them into.</summary>
    [JsonPropertyName("parameters")]
    public required long ParameterCount { get; init; }

    /// <summary>What torchvision's authors measured, in percent, the main figure first: acc@1 and acc@5, box_ap, mask_ap and keypoint_ap,
    /// miou and pixel_accuracy.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Where their own licence stands, or null where torchvision names none.</summary>
    public Uri? Licence { get; init; }

    /// <summary>Whether only the layers before the classifier have values: they are for backbones.</summary>
    public bool FeaturesOnly { get; init; }

    /// <summary>What batch norm adds to the variance under these weights, where it is not the model's own.</summary>
    public double? BatchNormEpsilon { get; init; }

    /// <summary>Whether the network itself brings its input, normalised as <see cref="Preprocessing"/> says, to mean 0.5 and standard
    /// deviation 0.5, as it was trained with.</summary>
    public bool TransformsInput { get; init; }

    /// <summary>Whether the file holds auxiliary heads, "trained" or "untrained"; null where it does not.</summary>
    public string? AuxiliaryHeads { get; init; }

    /// <summary>How pictures are prepared.</summary>
    public required PublishedPreprocessing Preprocessing { get; init; }

    /// <summary>The file's name.</summary>
    [JsonIgnore]
    public string FileName => Path.GetFileName(Url.AbsolutePath);

    /// <summary>The main figure: "acc@1 80.858".</summary>
    [JsonIgnore]
    public string Score => Metrics.Count == 0 ? "not measured"
        : Metrics.First() is var (name, value) ? $"{name.Replace('_', ' ')} {value.ToString(CultureInfo.InvariantCulture)}" : "";

    /// <summary>The classes in the order of the outputs, in segmenters with the background, in detectors without it; empty where there
    /// is no class layer.</summary>
    [JsonIgnore]
    public IReadOnlyList<Category> Categories => ClassListName is null ? []
        : Metrics.ContainsKey("miou") ? ClassList.Find(ClassListName).CategoriesOfPixels(ClassCount)
        : ClassList.Find(ClassListName).Categories(ClassCount);

    /// <summary>All of torchvision's, by model in the order of their names.</summary>
    public static IReadOnlyList<PublishedWeights> All => PublishedList.Instance.Weights;

    /// <summary>Those of a model; empty where there are none.</summary>
    public static IReadOnlyList<PublishedWeights> Of(string modelId) => [.. All.Where(weights => weights.ModelId == modelId)];

    /// <summary>The weights of a model under a name.</summary>
    /// <param name="modelId">The model's id.</param>
    /// <param name="name">torchvision's name, "default", or "imagenet", "coco" or "voc" for the recommended ones of that kind; in either
    /// case.</param>
    /// <exception cref="ArgumentException">There are none; the message lists what there is.</exception>
    public static PublishedWeights Find(string modelId, string name) =>
        TryFind(modelId, name, out PublishedWeights? found) ? found : throw new ArgumentException(
            Of(modelId) is { Count: > 0 } others
                ? $"{modelId} has no published weights '{name}'. It has: {string.Join(", ", others.Select(w => w.Name))}."
                : $"{modelId} has no published weights. Models that have: {string.Join(", ", ModelsOfTheZoo())}.");

    /// <summary>As <see cref="Find"/>, but false where there are none.</summary>
    public static bool TryFind(string modelId, string name, [NotNullWhen(true)] out PublishedWeights? found)
    {
        PublishedWeights[] mine = [.. Of(modelId).OrderByDescending(weights => weights.IsDefault)];
        found = Array.Find(mine, weights => weights.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                || (weights.IsDefault && name.Equals(Default, StringComparison.OrdinalIgnoreCase)))
            ?? Array.Find(mine, weights => !weights.FeaturesOnly && weights.IsOfKind(name));
        return found is not null;
    }

    /// <summary>The weights of a classification network to start a detector or segmenter from.</summary>
    /// <param name="modelId">The detector or segmenter.</param>
    /// <param name="backboneId">The classification network that is its backbone.</param>
    /// <param name="name">As for <see cref="Find"/>; "imagenet" and "default" mean those that torchvision starts this model from, where it
    /// has it.</param>
    /// <exception cref="ArgumentException">There are none; the message lists what there is.</exception>
    public static PublishedWeights FindForBackbone(string modelId, string backboneId, string name)
    {
        bool anyone = name.Equals("imagenet", StringComparison.OrdinalIgnoreCase)
            || name.Equals(Default, StringComparison.OrdinalIgnoreCase);
        BackboneStart? start = PublishedList.Instance.Backbones.FirstOrDefault(s => s.Model == modelId && s.Backbone == backboneId);
        return Find(backboneId, anyone && start is not null ? start.Name : name);
    }

    /// <summary>The published weights that a file is: one of them has its name, and its SHA-256 is right. Null for any other
    /// file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PublishedWeights? OfFile(string path)
    {
        if (All.FirstOrDefault(weights => weights.FileName == Path.GetFileName(path)) is not { } named) return null;
        using FileStream stream = File.OpenRead(path);
        return named.HasHash(SHA256.HashData(stream)) ? named : null;
    }

    /// <summary>Whether a SHA-256 is that of the file.</summary>
    internal bool HasHash(byte[] hash) => Convert.ToHexStringLower(hash).StartsWith(Sha256Prefix, StringComparison.Ordinal);

    /// <summary>The models that can be built here and have published weights.</summary>
    internal static IEnumerable<string> ModelsOfTheZoo() =>
        ModelZoo.Entries.Select(entry => entry.Id).Where(All.Select(weights => weights.ModelId).ToHashSet().Contains);

    private bool IsOfKind(string kind) => kind.ToLowerInvariant() switch
    {
        "imagenet" => Name.StartsWith("IMAGENET", StringComparison.Ordinal),
        "coco" => Name.StartsWith("COCO", StringComparison.Ordinal),
        "voc" => ClassListName == "voc",
        _ => false,
    };
}

/// <summary>How pictures were prepared for published weights.</summary>
public sealed record PublishedPreprocessing
{
    /// <summary>Classifiers and segmenters: wanted length of the shorter side, in pixels.</summary>
    public int? Resize { get; init; }

    /// <summary>Classifiers: sides of the square that is then cut out of the middle, in pixels.</summary>
    public int? Crop { get; init; }

    /// <summary>Detectors: wanted length of the shorter side, in pixels.</summary>
    public int? MinSize { get; init; }

    /// <summary>Detectors: largest length of the longer side, in pixels.</summary>
    public int? MaxSize { get; init; }

    /// <summary>Detectors that take pictures of one size: height and width in pixels.</summary>
    public IReadOnlyList<int>? FixedSize { get; init; }

    /// <summary>How resizing blends pixels: "bilinear" or "bicubic", with torchvision's anti-aliasing of pictures as PIL does it.</summary>
    public required string Interpolation { get; init; }

    /// <summary>What is subtracted from red, green and blue in 0..1.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>What the differences are divided by.</summary>
    public required IReadOnlyList<double> Std { get; init; }
}
