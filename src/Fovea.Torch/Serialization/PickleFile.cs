namespace Fovea.Torch.Serialization;

/// <summary>A file that is one pickle of numbers, text, lists, dictionaries and arrays of bytes, as some data sets are published. Nothing
/// in it is executed; one that asks for anything else is refused by name.</summary>
/// <remarks>Pickles of Python 2 (protocol 2) know one kind of string for text and bytes: here those below 256 bytes are text, each byte a
/// character, and longer ones are bytes.</remarks>
public static class PickleFile
{
    /// <summary>The longest file that is read, in bytes: 256 MiB.</summary>
    public const int MaxLength = 1 << 28;

    /// <summary>Reads a file.</summary>
    /// <exception cref="TensorFileException">It cannot be read, is damaged or too long, or asks for something that is refused.</exception>
    public static PickleValue Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            if (file.Length > MaxLength)
                throw new TensorFileException(path, $"has {file.Length} bytes; pickles of at most {MaxLength} are read.");
            PickleValue value = new Unpickler(path) { ReadsArrays = true }.Load(file.Slice(0, (int)file.Length), out int length);
            return length == file.Length ? value
                : throw new TensorFileException(path,
                    $"goes on for {file.Length - length} bytes after its pickle, which ends at byte {length}.");
        }
        finally
        {
            file.Release();
        }
    }
}
