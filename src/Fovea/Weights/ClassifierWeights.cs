using Fovea.Backbones;
using Fovea.Torch.Serialization;

namespace Fovea.Weights;

/// <summary>Builds a classification network for weights that somebody else trained.</summary>
public static class ClassifierWeights
{
    /// <summary>A network with the weights of a file: a checkpoint of Fovea's, or the state dictionary of torchvision's model of the same id,
    /// as .safetensors or .pth, or a file of Darknet's for its networks. Loading is strict.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="path">The file. The number of classes comes from it.</param>
    /// <param name="settings">Settings that the file does not tell. Null for the defaults.</param>
    /// <exception cref="TensorFileException">The file is damaged, or holds no weights of this model.</exception>
    /// <exception cref="StateMismatchException">A key is missing, unexpected or of another shape; the message lists them all.</exception>
    public static Backbone Load(ClassifierEntry entry, string path, ClassifierSettings? settings = null)
    {
        using WeightFile file = WeightFile.Open(path);
        if (file.Metadata.TryGetValue(Checkpoint.ModelKey, out string? id))
        {
            Checkpoint.ExpectFloat(path, file.Metadata);
            if (id != entry.Id) throw new TensorFileException(path, $"it is a checkpoint of {id}, not of {entry.Id}.");
            using Checkpoint checkpoint = Checkpoint.Open(path);
            return checkpoint.CreateClassifier().Network;
        }
        settings ??= new ClassifierSettings();
        // Built for one class, the network tells which of its tensors count the classes.
        string bias;
        using (Backbone probe = Network(1))
            bias = probe.StateDict().Last(state => state.Value.Dim == 1 && probe.ClassLayers.Any(layer => state.Name.StartsWith(layer, StringComparison.Ordinal))).Name;
        IReadOnlyDictionary<string, StoredTensor> tensors = OldNames.Renamed(entry.Id, DarknetClasses.Tensors(file, entry, Network));
        if (!tensors.TryGetValue(bias, out StoredTensor? stored) || stored.Shape.Length != 1 || stored.ElementCount is < 1 or > int.MaxValue)
            throw new TensorFileException(path, $"it has no '{bias}' with one element a class, so it holds no weights of {entry.Id}.");
        Backbone network = Network((int)stored.ElementCount);
        try
        {
            network.LoadState(tensors, path);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }

        Backbone Network(int classes) => entry.Create(settings.ToOptions(classes, entry), null);
    }
}
