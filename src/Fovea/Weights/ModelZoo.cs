using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Reconstruction;
using Fovea.Torch;

namespace Fovea.Weights;

/// <summary>One model that can be built by name.</summary>
/// <param name="Id">Its name on the command line; torchvision's where torchvision has it.</param>
/// <param name="Task">What it does: "classify", "segment", "detect", "localize" (one object a picture) or "reconstruct".</param>
/// <param name="Paper">Where it is described.</param>
public abstract record ModelEntry(string Id, string Task, string Paper)
{
    /// <summary>Published weights that load unchanged; empty where there are none.</summary>
    public IReadOnlyList<PublishedWeights> Weights => PublishedWeights.Of(Id);

    /// <summary>The classification network that is its backbone: its weights can start the model. Null where there is none.</summary>
    public string? BackboneId { get; init; }
}

/// <summary>A classification network that can be built by name; without its head, the backbone of other models.</summary>
/// <param name="Id">Its name on the command line; torchvision's where torchvision has it.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Create">Builds it with initial weights from a generator (the default one where null).</param>
public sealed record ClassifierEntry(string Id, string Paper, Func<BackboneOptions, Generator?, Backbone> Create)
    : ModelEntry(Id, "classify", Paper)
{
    /// <summary>Sides of the square pictures that it is made for, in pixels: what is cut out of a resized picture.</summary>
    public int ImageSize { get; init; } = 224;
}

/// <summary>A detector that can be built by name.</summary>
/// <param name="Id">Its name on the command line; torchvision's where torchvision has it.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Family">What is common to all detectors of its kind.</param>
/// <param name="Build">Builds it for K + 1 classes with initial weights from a generator (the default one where null).</param>
public sealed record DetectorEntry(string Id, string Paper, DetectorFamily Family, Func<int, DetectorSettings, Generator?, Detector> Build)
    : ModelEntry(Id, Family.Task, Paper)
{
    /// <summary>Builds it.</summary>
    /// <param name="classCount">K + 1.</param>
    /// <param name="settings">What was chosen.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or this detector has nothing that it could set.</exception>
    public Detector Create(int classCount, DetectorSettings settings, Generator? generator = null)
    {
        settings.ExpectOnly(Id, Family.Settings);
        return Build(classCount, settings, generator);
    }
}

/// <summary>An auto-encoder that can be built by name.</summary>
/// <param name="Id">Its name on the command line.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Create">Builds it with initial weights from a generator (the default one where null).</param>
public sealed record AutoEncoderEntry(string Id, string Paper, Func<AutoEncoderOptions, Generator?, AutoEncoder> Create)
    : ModelEntry(Id, "reconstruct", Paper);

/// <summary>The one table of all models.</summary>
public static partial class ModelZoo
{
    private const string FasterRcnnPaper = "Ren et al., Faster R-CNN, NIPS 2015; Lin et al., Feature Pyramid Networks, CVPR 2017";

    /// <summary>All models, in the order that they are listed.</summary>
    public static IReadOnlyList<ModelEntry> Entries => field ??= [.. Classifiers, .. Segmenters, .. Detectors, .. AutoEncoders];

    /// <summary>All detectors.</summary>
    public static IReadOnlyList<DetectorEntry> Detectors { get; } =
    [
        FasterRcnnResNet(18),
        FasterRcnnResNet(34),
        FasterRcnnResNet(50),
        FasterRcnnResNet(101),
        Localizer("resnet18"),
        Localizer("resnet50"),
    ];

    /// <summary>All auto-encoders.</summary>
    public static IReadOnlyList<AutoEncoderEntry> AutoEncoders { get; } =
    [
        new("autoencoder", "Hinton and Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks, Science 2006; Masci et al., ICANN 2011",
            (options, generator) => new AutoEncoder(options, generator)),
    ];

    /// <summary>The model of this name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ModelEntry Find(string id) =>
        Entries.FirstOrDefault(entry => entry.Id == id) ?? throw new ArgumentException(
            $"There is no model '{id}': ModelZoo.Entries holds all.", nameof(id));

    /// <summary>The detector of this name.</summary>
    /// <exception cref="ArgumentException">There is no such model, or it does something else.</exception>
    public static DetectorEntry FindDetector(string id) => Find(id) as DetectorEntry
        ?? throw new ArgumentException($"{id} is no detector: its task is '{Find(id).Task}'.", nameof(id));

    /// <summary>The classification network of this name.</summary>
    /// <exception cref="ArgumentException">There is no such model, or it does something else.</exception>
    public static ClassifierEntry FindClassifier(string id) => Find(id) as ClassifierEntry
        ?? throw new ArgumentException($"{id} is no classification network: its task is '{Find(id).Task}'.", nameof(id));

    private static DetectorEntry FasterRcnnResNet(int depth) => new(
        $"fasterrcnn_resnet{depth}_fpn", FasterRcnnPaper, DetectorFamily.FasterRcnn,
        (classCount, settings, generator) =>
        {
            var body = new BackboneOptions
            {
                FrozenBatchNorm = settings.FrozenBatchNorm == true, BatchNormEpsilon = settings.BatchNormEpsilon,
            };
            return new FasterRcnn(new ResNet(depth, body, generator), classCount, settings.ToFasterRcnn(), generator);
        }) { BackboneId = $"resnet{depth}" };

    private static DetectorEntry Localizer(string backbone) => new(
        $"localizer_{backbone}", "Sermanet et al., OverFeat, ICLR 2014; single-object localisation of ILSVRC", DetectorFamily.Localizer,
        (classCount, settings, generator) =>
        {
            var body = new BackboneOptions
            {
                FrozenBatchNorm = settings.FrozenBatchNorm == true, BatchNormEpsilon = settings.BatchNormEpsilon,
            };
            return new Localizer(FindClassifier(backbone).Create(body, generator), classCount, settings.ToLocalizer(), generator);
        }) { BackboneId = backbone };
}
