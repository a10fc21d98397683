using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Reconstruction;
using Fovea.Torch;
using Fovea.Transforms;

namespace Fovea.Weights;

/// <summary>One model that can be built by name.</summary>
/// <param name="Id">Its name on the command line; torchvision's where torchvision has it.</param>
/// <param name="Task">What it does: "classify", "segment", "detect", "localize" (one object a picture) or "reconstruct".</param>
/// <param name="Paper">Where it is described.</param>
public abstract record ModelEntry(string Id, string Task, string Paper)
{
    /// <summary>Published weights that load unchanged; empty where there are none.</summary>
    public IReadOnlyList<PublishedWeights> Weights => PublishedWeights.Of(Id);

    /// <summary>Whether its convolutions are those of a network of Darknet's in the same order, so that Darknet's files load.</summary>
    public bool ReadsDarknet { get; init; }

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

    /// <summary>How colours become its numbers.</summary>
    public Normalization Normalization { get; init; } = Normalization.ImageNet;
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
    /// <summary>All models, in the order that they are listed.</summary>
    public static IReadOnlyList<ModelEntry> Entries => field ??= [.. Classifiers, .. Segmenters, .. Detectors, .. AutoEncoders];

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

    /// <summary>The classification network of this name.</summary>
    /// <exception cref="ArgumentException">There is no such model, or it does something else.</exception>
    public static ClassifierEntry FindClassifier(string id) => Find(id) as ClassifierEntry
        ?? throw new ArgumentException($"{id} is no classification network: its task is '{Find(id).Task}'.", nameof(id));
}
