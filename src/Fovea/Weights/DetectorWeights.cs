using Fovea.Detection;
using Fovea.Torch.Serialization;

namespace Fovea.Weights;

/// <summary>Builds a detector for weights that somebody else trained: what the file itself tells is read from it.</summary>
public static class DetectorWeights
{
    private const string BatchCount = "num_batches_tracked";

    /// <summary>A detector with the weights of a file: a checkpoint of Fovea's, or the state dictionary of torchvision's model of the same
    /// id, as .safetensors or .pth, or a file of Darknet's for its networks. Loading is strict.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="path">The file. The number of classes comes from it, and whether batch norm is frozen: frozen batch norm counts no
    /// batches.</param>
    /// <param name="settings">Settings that the file does not tell; they go before a checkpoint's. Null for the defaults.</param>
    /// <exception cref="TensorFileException">The file is damaged, or holds no detector of this kind.</exception>
    /// <exception cref="StateMismatchException">A key is missing, unexpected or of another shape; the message lists them all.</exception>
    /// <remarks>A file of <see cref="PublishedWeights"/> may need settings that it does not tell: see
    /// <see cref="DetectorSettings.Under"/>.</remarks>
    public static Detector Load(DetectorEntry entry, string path, DetectorSettings? settings = null)
    {
        settings ??= new DetectorSettings();
        using WeightFile file = WeightFile.Open(path);
        if (file.Metadata.ContainsKey(Checkpoint.ModelKey)) return LoadCheckpoint(entry, path, settings);
        IReadOnlyDictionary<string, StoredTensor> tensors = OldNames.Renamed(entry.Id,
            DarknetClasses.Tensors(file, entry, count => entry.Create(count + 1, settings, null)));
        bool counts = tensors.Keys.Any(key => key.EndsWith(BatchCount, StringComparison.Ordinal));
        if (entry.Family.Settings.Contains(nameof(DetectorSettings.FrozenBatchNorm)))
            settings = new DetectorSettings { FrozenBatchNorm = !counts }.With(settings);
        string classBias = entry.Family.ClassBias;
        if (!tensors.TryGetValue(classBias, out StoredTensor? bias) || bias.Shape.Length != 1
            || entry.Family.ClassCount(bias.ElementCount, settings) is not (>= 2 and <= int.MaxValue and { } classCount))
            throw new TensorFileException(path, $"it has no '{classBias}' of a length that tells of one class or more and the background, " +
                $"so it holds no weights of {entry.Id}.");
        return Filled(entry.Create((int)classCount, settings, null), model => model.LoadState(tensors, path));
    }

    private static Detector LoadCheckpoint(DetectorEntry entry, string path, DetectorSettings settings)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        return checkpoint.ModelId == entry.Id
            ? checkpoint.CreateDetector(settings)
            : throw new TensorFileException(path, $"it is a checkpoint of {checkpoint.ModelId}, not of {entry.Id}.");
    }

    private static Detector Filled(Detector model, Action<Detector> fill)
    {
        try
        {
            fill(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
