namespace Fovea.Torch.Serialization;

/// <summary>Tensors by name from a file of either kind, safetensors or torch.save, told apart by what is in it and not by its
/// name.</summary>
public sealed class WeightFile : IDisposable
{
    private readonly IDisposable _file;

    private WeightFile(
        string path, IDisposable file, IReadOnlyDictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata) =>
        (Path, _file, Tensors, Metadata) = (path, file, tensors, metadata);

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }

    /// <summary>The tensors by name; readable until the file is disposed.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The text that a safetensors file carries; empty for a file of torch.save.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entry">For a file of torch.save with several state dictionaries, the one to take; see
    /// <see cref="PthFile.FindStateDict"/>.</param>
    /// <exception cref="TensorFileException">The file cannot be read or is neither kind.</exception>
    public static WeightFile Open(string path, string? entry = null)
    {
        if (IsOfTorch(path))
        {
            var pickled = PthFile.Open(path);
            try
            {
                return new WeightFile(path, pickled, pickled.FindStateDict(entry), new Dictionary<string, string>());
            }
            catch
            {
                pickled.Dispose();
                throw;
            }
        }
        var file = SafetensorsFile.Open(path);
        return new WeightFile(path, file, file.Tensors, file.Metadata);
    }

    /// <summary>Lets go of the file.</summary>
    public void Dispose() => _file.Dispose();

    private static bool IsOfTorch(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            return PthZip.Matches(file) || PthLegacy.Matches(file);
        }
        finally
        {
            file.Release();
        }
    }
}
