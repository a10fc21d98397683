using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Weights;

/// <summary>Weights that somebody trained and published.</summary>
/// <param name="Name">What they were trained on.</param>
/// <param name="Url">Where they can be had.</param>
/// <param name="Sha256Prefix">The first digits of the file's SHA-256.</param>
/// <param name="Metrics">What was published for them, such as "box AP 37.0 on COCO val2017".</param>
public sealed record PublishedWeights(string Name, Uri Url, string Sha256Prefix, string Metrics);

/// <summary>One model that can be built by name.</summary>
/// <param name="Id">Its name on the command line; torchvision's where torchvision has it.</param>
/// <param name="Task">What it does.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Create">Builds it for K + 1 classes with initial weights from a generator (the default one where null).</param>
/// <param name="Weights">Published weights that load unchanged, or null.</param>
public sealed record ModelEntry(string Id, string Task, string Paper, Func<int, DetectorSettings, Generator?, Detector> Create,
    PublishedWeights? Weights = null);

/// <summary>The one table of all models.</summary>
public static class ModelZoo
{
    private const string FasterRcnnPaper = "Ren et al., Faster R-CNN, NIPS 2015; Lin et al., Feature Pyramid Networks, CVPR 2017";

    /// <summary>All models, in the order that they are listed.</summary>
    public static IReadOnlyList<ModelEntry> Entries { get; } =
    [
        FasterRcnnResNet(18),
        FasterRcnnResNet(34),
        FasterRcnnResNet(50, new PublishedWeights("COCO", new Uri("https://download.pytorch.org/models/fasterrcnn_resnet50_fpn_coco-258fb6c6.pth"),
            "258fb6c6", "box AP 37.0 on COCO val2017")),
        FasterRcnnResNet(101),
    ];

    /// <summary>The model of this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message names those that are near.</exception>
    public static ModelEntry Find(string id) =>
        Entries.FirstOrDefault(entry => entry.Id == id) ?? throw new ArgumentException(
            $"There is no model '{id}'. Known models: {string.Join(", ", Entries.Select(entry => entry.Id))}.", nameof(id));

    private static ModelEntry FasterRcnnResNet(int depth, PublishedWeights? weights = null) => new(
        $"fasterrcnn_resnet{depth}_fpn", "detect", FasterRcnnPaper,
        (classCount, settings, generator) =>
        {
            double epsilon = settings.BatchNormEpsilon ?? 1e-5;
            Func<long, Layer> norm = settings.FrozenBatchNorm == true
                ? channels => new FrozenBatchNorm2d(channels, epsilon) : channels => new BatchNorm2d(channels, epsilon);
            return new FasterRcnn(new ResNet(depth, norm, generator), classCount, settings.ToFasterRcnn(), generator);
        },
        weights);
}
