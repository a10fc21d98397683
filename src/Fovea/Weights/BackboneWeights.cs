using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;

namespace Fovea.Weights;

/// <summary>Starts a detector's or segmenter's backbone from a classification network's weights; the classifier's head is left out, but
/// for fully connected layers that have become convolutions.</summary>
public static class BackboneWeights
{
    /// <summary>Loads the weights. Strict: every tensor of the backbone must be in the file, and the file must hold no others but the
    /// head's.</summary>
    /// <param name="model">The detector.</param>
    /// <param name="entry">What it was built from; it says which network its backbone is.</param>
    /// <param name="path">The state dictionary of that network, as .safetensors or .pth, or a checkpoint of it.</param>
    /// <returns>The parts of the backbone that were loaded, and the file's tensors that were left out.</returns>
    /// <exception cref="TensorFileException">The file is damaged, or a checkpoint of another model.</exception>
    /// <exception cref="StateMismatchException">A key is missing, unexpected or of another shape; the message lists them all.</exception>
    public static (IReadOnlyList<string> Loaded, IReadOnlyList<string> LeftOut) Load(Detector model, DetectorEntry entry, string path) =>
        Load(model, model.Stages, new Places(entry.Id, entry.BackboneId, entry.Family.Backbone)
            { Part = entry.Family.BackbonePart, Moved = entry.Family.Elsewhere }, path);

    /// <summary>As for a detector. Fully connected layers that the network has as convolutions are filled too, where they are as wide as the
    /// file's.</summary>
    /// <param name="model">The segmenter.</param>
    /// <param name="entry">What it was built from; it says which network its backbone is.</param>
    /// <param name="path">The state dictionary of that network, as .safetensors or .pth, or a checkpoint of it.</param>
    /// <returns>The parts that were loaded, and the file's tensors that were left out.</returns>
    /// <exception cref="TensorFileException">The file is damaged, or a checkpoint of another model.</exception>
    /// <exception cref="StateMismatchException">A key is missing, unexpected or of another shape; the message lists them all.</exception>
    public static (IReadOnlyList<string> Loaded, IReadOnlyList<string> LeftOut) Load(Segmenter model, SegmenterEntry entry, string path) =>
        Load(model, model.Stages, new Places(entry.Id, entry.BackboneId, entry.BackbonePrefix)
            { Part = entry.BackbonePart, Moved = entry.FullyConnected }, path);

    private static (IReadOnlyList<string> Loaded, IReadOnlyList<string> LeftOut) Load(Module model, IReadOnlyList<BackboneStage> stages,
        Places places, string path)
    {
        string backbone = places.Backbone
            ?? throw new ArgumentException($"{places.ModelId} has no backbone that could begin with a classification network's weights.");
        using WeightFile file = WeightFile.Open(path);
        Checkpoint.ExpectFloat(path, file.Metadata);
        IReadOnlyDictionary<string, StoredTensor> tensors = file.Darknet is { } darknet && ModelZoo.FindClassifier(backbone).ReadsDarknet
            ? FromDarknet(darknet, ModelZoo.FindClassifier(backbone)) : Checkpoint.WithoutTraining(file.Tensors);
        if (file.Metadata.TryGetValue(Checkpoint.ModelKey, out string? id) && id != backbone)
            throw new TensorFileException(path,
                $"it is a checkpoint of {id}, not of {backbone}, which is the backbone of {places.ModelId}.");
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary();
        var taken = new Dictionary<string, StoredTensor>();
        var leftOut = new List<string>();
        foreach ((string key, StoredTensor stored) in OldNames.Renamed(backbone, tensors))
        {
            string? name = places.InBackbone(key);
            if (name is not null && (state.ContainsKey(name) || stages.Any(stage => stage.Owns(name)))) taken.Add(name, stored);
            else if (places.MovedTo(key) is { } layer && state.TryGetValue(layer, out Tensor? value) && HaveSameLayout(stored, value))
                taken.Add(layer, stored.Reshaped(value.Shape));
            else leftOut.Add(key);
        }
        model.LoadState(taken, path, leave: name =>
            !name.StartsWith(places.Prefix, StringComparison.Ordinal) && !taken.ContainsKey(name));
        return ([.. stages.Where(IsLoaded).Select(stage => stage.Name)], leftOut);

        bool IsLoaded(BackboneStage stage) => taken.Keys.Any(stage.Owns);
    }

    // Darknet publishes its classifiers whole, and without the last layer (darknet53.conv.74).
    private static IReadOnlyDictionary<string, StoredTensor> FromDarknet(DarknetFile file, ClassifierEntry entry)
    {
        using Backbone network = entry.Create(new BackboneOptions(), null);
        List<(string Name, long[] Shape)> layout = [.. DarknetFile.LayoutOf(network)];
        long rest = file.Count - DarknetFile.CountOf(layout), channels = network.Features[^1].Channels;
        if (rest > 0 && rest % (channels + 1) == 0)
        {
            long classes = rest / (channels + 1);
            layout.Add((network.ClassLayers[0] + "bias", [classes]));
            layout.Add((network.ClassLayers[0] + "weight", [classes, channels]));
        }
        return file.Tensors(layout);
    }

    // A row of a fully connected layer is an output's weights, channel by channel: so are a convolution's.
    private static bool HaveSameLayout(StoredTensor stored, Tensor value) =>
        stored.Shape.Length > 0 && stored.Shape[0] == value.Shape[0] && stored.ElementCount == value.Numel && stored.IsContiguous;

    /// <summary>Where a classification network's tensors are in another network.</summary>
    private sealed record Places(string ModelId, string? Backbone, string Prefix)
    {
        /// <summary>What the names of the backbone's tensors begin with in the file and not in the model.</summary>
        public string Part { get; init; } = "";

        /// <summary>Beginnings of the names of layers that are elsewhere, such as fully connected ones that have become convolutions, and of
        /// what they are called there.</summary>
        public IReadOnlyDictionary<string, string> Moved { get; init; } = new Dictionary<string, string>();

        /// <summary>A tensor's name as the backbone's, or null where it cannot be one.</summary>
        public string? InBackbone(string key) => key.StartsWith(Part, StringComparison.Ordinal) ? Prefix + key[Part.Length..] : null;

        /// <summary>A moved tensor's name, or null.</summary>
        public string? MovedTo(string key) => Moved
            .Where(pair => key.StartsWith(pair.Key, StringComparison.Ordinal))
            .Select(pair => pair.Value + key[pair.Key.Length..]).FirstOrDefault();
    }
}
