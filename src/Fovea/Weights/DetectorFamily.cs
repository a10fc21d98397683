using Fovea.Detection.Parts;
using Fovea.Training;

namespace Fovea.Weights;

/// <summary>What is common to all detectors of one kind, whatever their backbone: for messages, and for weights of unknown origin.</summary>
public sealed record DetectorFamily
{
    /// <summary>What it does: "detect", or "localize" for one object a picture.</summary>
    public string Task { get; init; } = "detect";

    /// <summary>Beginnings of the names of the tensors whose shape depends on the classes.</summary>
    public required IReadOnlyList<string> ClassLayers { get; init; }

    /// <summary>Name of a tensor whose length tells the number of classes.</summary>
    public required string ClassBias { get; init; }

    /// <summary>From the length of <see cref="ClassBias"/> and the settings to K + 1, the classes with the background; null where no number
    /// of classes gives that length. By default the length itself.</summary>
    public Func<long, DetectorSettings, long?> ClassCount { get; init; } = (length, _) => length;

    /// <summary>Beginning of the names of the backbone's tensors.</summary>
    public required string Backbone { get; init; }

    /// <summary>What the names of the backbone's tensors begin with in the classification network and not in the detector, such as
    /// "features.".</summary>
    public string BackbonePart { get; init; } = "";

    /// <summary>Layers of the classification network that are elsewhere in the detector: beginnings of the names there and here.</summary>
    public IReadOnlyDictionary<string, string> Elsewhere { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the properties of <see cref="DetectorSettings"/> that mean something for it.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>How it is trained where nothing is said; null for what suits most detectors.</summary>
    public TrainingOptions? Training { get; init; }

    /// <summary>Whether it tells how well its boxes lie, so that suppression can follow that.</summary>
    public bool TellsConfidence { get; init; }

    /// <summary>Whether it finds the pixels of each object, and learns from data with masks.</summary>
    public bool FindsMasks { get; init; }

    /// <summary>Whether it finds the key points of each object, and learns from data with key points.</summary>
    public bool FindsKeypoints { get; init; }

    /// <summary>Refuses settings that mean nothing for it. Whoever has a threshold of suppression has the kinds of suppression too: both
    /// belong to <see cref="SelectionOptions"/>.</summary>
    /// <param name="model">The model's id, for the message.</param>
    /// <param name="settings">What was chosen.</param>
    /// <exception cref="ArgumentException">Something is set that the model does not have.</exception>
    public void Expect(string model, DetectorSettings settings)
    {
        settings.ExpectOnly(model, !Settings.Contains(nameof(settings.NmsThreshold)) ? Settings
            : [.. Settings, nameof(settings.Suppression), nameof(settings.NmsSigma)]);
        if (settings.Suppression == Suppression.IouGuided && !TellsConfidence)
            throw new ArgumentException($"IoU-guided suppression was chosen, but {model} does not tell how well its boxes lie: choose " +
                "hard or soft suppression, or a detector that does, such as iounet_resnet18_fpn.", nameof(settings));
    }

    /// <summary>The lengths of some one-dimensional tensors by the settings: what a file's tensors must have before a model of the size
    /// that its metadata claim is built.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public required Func<DetectorSettings, IReadOnlyList<(string Name, long Length)>> Lengths { get; init; }
}
