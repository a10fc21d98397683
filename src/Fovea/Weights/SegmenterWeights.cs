using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

/// <summary>Builds a segmentation network for weights that somebody else trained: what the file itself tells is read from it.</summary>
public static class SegmenterWeights
{
    private const string BatchCount = "num_batches_tracked";

    /// <summary>A network with the weights of a file: a checkpoint of Fovea's, or the state dictionary of torchvision's model of the same id,
    /// as .safetensors or .pth. Loading is strict.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="path">The file. The number of classes comes from it, whether there are auxiliary heads, and whether batch norm is
    /// frozen: frozen batch norm counts no batches.</param>
    /// <param name="settings">Settings that the file does not tell; they go before the file's. Null for the defaults.</param>
    /// <exception cref="TensorFileException">The file is damaged, or holds no weights of this model.</exception>
    /// <exception cref="StateMismatchException">A key is missing, unexpected or of another shape; the message lists them all.</exception>
    public static Segmenter Load(SegmenterEntry entry, string path, SegmenterSettings? settings = null)
    {
        settings ??= new SegmenterSettings();
        using WeightFile file = WeightFile.Open(path);
        if (file.Metadata.ContainsKey(Checkpoint.ModelKey)) return LoadCheckpoint(entry, path, settings);
        IReadOnlyDictionary<string, StoredTensor> tensors = OldNames.Renamed(entry.Id, file.Tensors);
        (int classCount, SegmenterSettings told) = Describe(entry, tensors, settings, path);
        Segmenter network = entry.Create(classCount, told.With(settings));
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
    }

    // Built for one class and without auxiliary heads, the network tells which of its tensors counts the classes, and a file that holds
    // class layers that this one lacks has auxiliary heads.
    private static (int ClassCount, SegmenterSettings Settings) Describe(SegmenterEntry entry,
        IReadOnlyDictionary<string, StoredTensor> tensors, SegmenterSettings settings, string path)
    {
        bool hasChoice = entry.Settings.Contains(nameof(S.Auxiliary));
        using Segmenter probe = entry.Create(1, hasChoice ? settings with { Auxiliary = false } : settings);
        HashSet<string> names = [.. probe.StateDict().Select(state => state.Name)];
        (string name, Tensor value) = probe.StateDict().First(state => IsOfClasses(state.Name) && state.Value.Shape.Contains(1));
        int dimension = Array.IndexOf(value.Shape, 1L);
        if (!tensors.TryGetValue(name, out StoredTensor? stored) || stored.Shape.Length != value.Dim
            || stored.Shape[dimension] is < 1 or > SegmenterSettings.MostClasses)
            throw new TensorFileException(path, $"it has no '{name}' with 1 to {SegmenterSettings.MostClasses} elements in dimension " +
                $"{dimension}, one a class, so it holds no weights of {entry.Id}.");
        bool counts = tensors.Keys.Any(IsCount) || !names.Any(IsCount);         // heads count in any case
        return ((int)stored.Shape[dimension], new SegmenterSettings
        {
            Auxiliary = hasChoice ? tensors.Keys.Any(key => IsOfClasses(key) && !names.Contains(key)) : null,
            FrozenBatchNorm = !counts && entry.Settings.Contains(nameof(S.FrozenBatchNorm)) ? true : null,
        });

        bool IsOfClasses(string key) => probe.ClassLayers.Any(layer => key.StartsWith(layer, StringComparison.Ordinal));
        bool IsCount(string key) => key.StartsWith(entry.BackbonePrefix, StringComparison.Ordinal) && key.EndsWith(BatchCount, StringComparison.Ordinal);
    }

    private static Segmenter LoadCheckpoint(SegmenterEntry entry, string path, SegmenterSettings settings)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return checkpoint.ModelId == entry.Id
            ? checkpoint.CreateSegmenter(settings).Network
            : throw new TensorFileException(path, $"it is a checkpoint of {checkpoint.ModelId}, not of {entry.Id}.");
    }
}
