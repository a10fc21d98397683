using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Loads the weights that a run begins with.</summary>
internal static class StartingWeights
{
    /// <summary>Fills a model from a file, strictly; where the file is of other classes, all but the layers that depend on them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="modelId">Its id: files may have its older names.</param>
    /// <param name="path">A checkpoint, or a state dictionary as .safetensors or .pth.</param>
    /// <param name="classLayers">Beginnings of the names of the tensors whose shape depends on the classes.</param>
    /// <param name="classes">From the length of the first of their one-dimensional tensors to the number of classes, without
    /// background.</param>
    /// <param name="newHead">Whether these layers may be left as they are.</param>
    /// <param name="tell">Receives a line about what is made anew.</param>
    /// <param name="read">The tensors of the file by the model's names, where they may need more than the file tells.</param>
    /// <exception cref="ArgumentException">The file is of other classes and <paramref name="newHead"/> is not set.</exception>
    /// <exception cref="StateMismatchException">The weights do not fit.</exception>
    public static void Load(Module model, string modelId, string path, IReadOnlyList<string> classLayers, Func<long, long?> classes,
        bool newHead, Action<string> tell, Func<WeightFile, IReadOnlyDictionary<string, StoredTensor>>? read = null)
    {
        bool IsClassLayer(string name) => classLayers.Any(layer => name.StartsWith(layer, StringComparison.Ordinal));
        using WeightFile weights = WeightFile.Open(path);
        Checkpoint.ExpectFloat(path, weights.Metadata);
        IReadOnlyDictionary<string, StoredTensor> tensors = OldNames.Renamed(modelId,
            Checkpoint.WithoutTraining(read is null ? weights.Tensors : read(weights)));
        (string Name, Tensor Value)[] head = [.. model.StateDict().Where(entry => IsClassLayer(entry.Name))];
        // A bias has one element a class.
        (string Name, Tensor Value) other = head.FirstOrDefault(entry => entry.Value.Dim == 1
            && tensors.TryGetValue(entry.Name, out StoredTensor? stored) && stored.ElementCount != entry.Value.Numel);
        if (other.Name is not null && !newHead)
            throw new ArgumentException($"{path} tells {classes(tensors[other.Name].ElementCount)?.ToString() ?? "other"} classes apart, " +
                $"but the data has {classes(other.Value.Numel)}. With --new-head the last layers start anew and everything else is kept.");
        model.LoadState(tensors, path, newHead ? IsClassLayer : null);
        if (newHead) tell($"Started anew: {string.Join(", ", head.Select(entry => entry.Name))}.");
    }
}
