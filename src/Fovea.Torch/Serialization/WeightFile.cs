namespace Fovea.Torch.Serialization;

/// <summary>Tensors by name from a file of any kind, safetensors, torch.save or Darknet's, told apart by what is in it and not by its
/// name.</summary>
public sealed class WeightFile : IDisposable
{
    private static readonly Dictionary<string, string> NoText = [];

    private readonly IDisposable _file;
    private readonly IReadOnlyDictionary<string, StoredTensor>? _tensors;

    private WeightFile(string path, IDisposable file, IReadOnlyDictionary<string, StoredTensor>? tensors,
        IReadOnlyDictionary<string, string>? metadata = null) =>
        (Path, _file, _tensors, Metadata) = (path, file, tensors, metadata ?? NoText);

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }

    /// <summary>The tensors by name; readable until the file is disposed.</summary>
    /// <exception cref="TensorFileException">It is a file of Darknet's, which has no names.</exception>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors ?? throw new TensorFileException(Path,
        "is a weight file of Darknet's, which names no tensors: only networks whose layers are Darknet's can be filled from it.");

    /// <summary>The text that a safetensors file carries; empty for others.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The file where it is of Darknet's kind, or null.</summary>
    public DarknetFile? Darknet => _file as DarknetFile;

    /// <summary>Opens a file and checks it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="entry">For a file of torch.save with several state dictionaries, the one to take; see
    /// <see cref="PthFile.FindStateDict"/>.</param>
    /// <exception cref="TensorFileException">The file cannot be read or is of no such kind.</exception>
    public static WeightFile Open(string path, string? entry = null)
    {
        switch (KindOf(path))
        {
            case Kind.Torch:
                var pickled = PthFile.Open(path);
                try
                {
                    return new WeightFile(path, pickled, pickled.FindStateDict(entry));
                }
                catch
                {
                    pickled.Dispose();
                    throw;
                }
            case Kind.Darknet:
                return new WeightFile(path, DarknetFile.Open(path), null);
            default:
                var file = SafetensorsFile.Open(path);
                return new WeightFile(path, file, file.Tensors, file.Metadata);
        }
    }

    /// <summary>Lets go of the file.</summary>
    public void Dispose() => _file.Dispose();

    private static Kind KindOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            return PthZip.Matches(file) || PthLegacy.Matches(file) ? Kind.Torch
                : DarknetFile.Matches(file) ? Kind.Darknet : Kind.Safetensors;
        }
        finally
        {
            file.Release();
        }
    }

    private enum Kind { Safetensors, Torch, Darknet }
}
