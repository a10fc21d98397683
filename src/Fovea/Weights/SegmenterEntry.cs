using Fovea.Segmentation;
using Fovea.Torch;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

/// <summary>A network for semantic segmentation that can be built by name.</summary>
/// <param name="Id">Its name on the command line; torchvision's where torchvision has it.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Settings">Names of the properties of <see cref="SegmenterSettings"/> that mean something for it, beside
/// <see cref="SegmenterSettings.ShorterSide"/>.</param>
/// <param name="Build">Builds it for K classes with initial weights from a generator (the default one where null).</param>
public sealed record SegmenterEntry(string Id, string Paper, IReadOnlyList<string> Settings,
    Func<int, SegmenterSettings, Generator?, Segmenter> Build) : ModelEntry(Id, "segment", Paper)
{
    /// <summary>What networks on a dilated ResNet or its like with an auxiliary head can set.</summary>
    internal static readonly string[] Dilated =
        [nameof(S.Auxiliary), nameof(S.Dropout), nameof(S.OutputStride), nameof(S.FrozenBatchNorm)];

    /// <summary>Beginning of the names of the backbone's tensors.</summary>
    public string BackbonePrefix { get; init; } = "backbone.";

    /// <summary>What the names of the backbone's tensors begin with in that network and do not under <see cref="BackbonePrefix"/>, such as
    /// "features."; empty where all names are kept.</summary>
    public string BackbonePart { get; init; } = "";

    /// <summary>Fully connected layers of the classification network that are convolutions here: the beginnings of their names there and
    /// here.</summary>
    public IReadOnlyDictionary<string, string> FullyConnected { get; init; } = new Dictionary<string, string>();

    /// <summary>Builds it.</summary>
    /// <param name="classCount">K.</param>
    /// <param name="settings">What was chosen.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or this network has nothing that it could set.</exception>
    public Segmenter Create(int classCount, SegmenterSettings settings, Generator? generator = null)
    {
        settings.ExpectOnly(Id, Settings);
        return Build(classCount, settings, generator);
    }
}
