using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Torch.Serialization;

namespace Fovea.Weights;

/// <summary>Starts a detector's backbone from a classification network's weights; the classifier's head is left out.</summary>
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
    public static (IReadOnlyList<string> Loaded, IReadOnlyList<string> LeftOut) Load(Detector model, DetectorEntry entry, string path)
    {
        string backbone = entry.BackboneId
            ?? throw new ArgumentException($"{entry.Id} has no backbone that could begin with a classification network's weights.",
                nameof(entry));
        using WeightFile file = WeightFile.Open(path);
        Checkpoint.ExpectFloat(path, file.Metadata);
        if (file.Metadata.TryGetValue(Checkpoint.ModelKey, out string? id) && id != backbone)
            throw new TensorFileException(path, $"it is a checkpoint of {id}, not of {backbone}, which is the backbone of {entry.Id}.");
        string prefix = entry.Family.Backbone;
        HashSet<string> wanted = [.. model.StateDict().Select(state => state.Name).Where(IsOfBackbone)];
        ILookup<bool, KeyValuePair<string, StoredTensor>> parts = OldNames.Renamed(backbone, Checkpoint.WithoutTraining(file.Tensors))
            .ToLookup(tensor => wanted.Contains(prefix + tensor.Key) || model.Stages.Any(stage => stage.Owns(prefix + tensor.Key)));
        model.LoadState(parts[true].ToDictionary(tensor => prefix + tensor.Key, tensor => tensor.Value), path, name => !IsOfBackbone(name));
        return ([.. model.Stages.Select(stage => stage.Name)], [.. parts[false].Select(tensor => tensor.Key)]);

        bool IsOfBackbone(string name) => name.StartsWith(prefix, StringComparison.Ordinal);
    }
}
