namespace Fovea.Torch.Serialization;

/// <summary>
/// A file of torch.save, read without Python: its tensors are views of the mapped file, its dictionaries, lists, numbers and
/// text a tree of
/// <see cref="PickleValue"/>. Nothing in the file is executed; one that asks for a class or function that is not on a short
/// list is refused by name.
/// </summary>
/// <remarks>
/// Both formats are read: the zip archive of torch 1.6 and later, and the one before it. Instances may be read by several
/// threads;
/// disposing is for one, when the others are done.
/// </remarks>
public sealed class PthFile : IDisposable
{
    private readonly MappedFile _file;
    private bool _disposed;

    private PthFile(MappedFile file, PickleValue root) => (_file, Root) = (file, root);

    /// <summary>The file, as the caller named it.</summary>
    public string Path => _file.Path;

    /// <summary>What was saved.</summary>
    public PickleValue Root { get; }

    /// <summary>Opens a file and checks all of it except the values of its tensors.</summary>
    /// <exception cref="TensorFileException">It cannot be read, is not of torch.save, is damaged, or asks for something that
    /// is refused.</exception>
    public static PthFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            PickleValue root =
                PthZip.Matches(file) ? PthZip.Read(file)
                : PthLegacy.Matches(file) ? PthLegacy.Read(file)
                : throw new TensorFileException(path,
                    $"is not a file of torch.save: its {file.Length} bytes begin neither as a zip archive nor as a pickle.");
            return new PthFile(file, root);
        }
        catch
        {
            file.Release();
            throw;
        }
    }

    /// <summary>The tensors by name: the whole file if it is a state dictionary, else the one state dictionary inside
    /// it.</summary>
    /// <param name="entry">The entry to take, with dots between levels, such as <c>model</c>; null to find it.</param>
    /// <exception cref="TensorFileException">There is none, or there are several and none is under a usual name; the message
    /// lists what there is.</exception>
    public IReadOnlyDictionary<string, StoredTensor> FindStateDict(string? entry = null) => StateDictSearch.Find(this, entry);

    /// <summary>Lets go of the file. Tensors made over its memory keep it mapped until they are gone; nothing else may be read
    /// from it.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _file.Release();
    }
}
