using System.Buffers.Binary;

namespace Fovea.Torch.Serialization;

/// <summary>
/// A safetensors file, mapped into memory: opening it reads the header alone, and each tensor is a view of the file without a
/// copy.
/// </summary>
/// <remarks>
/// The format: https://github.com/huggingface/safetensors, section "Format": eight bytes with the length of the header, a JSON
/// header of
/// at most 100 MB, then the bytes of the tensors, which must fill the rest of the file without holes or overlaps. Instances may
/// be read by several threads; disposing is for one, when the others are done.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const int MaxHeaderLength = 100_000_000;

    private const int LengthField = 8;
    private readonly MappedFile _file;
    private bool _disposed;

    private SafetensorsFile(MappedFile file, Dictionary<string, StoredTensor> tensors, Dictionary<string, string> metadata) =>
        (_file, Tensors, Metadata) = (file, tensors, metadata);

    /// <summary>The file, as the caller named it.</summary>
    public string Path => _file.Path;

    /// <summary>The tensors by name, in the order in which they lie in the file.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The free-form text that the file carries; empty where it carries none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <exception cref="TensorFileException">The file cannot be read, or anything in its header is wrong; the message says
    /// what.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            int headerLength = HeaderLength(file);
            (List<SafetensorsRecord> records, Dictionary<string, string> metadata) =
                SafetensorsHeader.Parse(path, file.Slice(LengthField, headerLength));
            return new SafetensorsFile(file, Place(file, LengthField + headerLength, records), metadata);
        }
        catch
        {
            file.Release();
            throw;
        }
    }

    /// <summary>One tensor.</summary>
    /// <exception cref="KeyNotFoundException">The file has no tensor of that name.</exception>
    public StoredTensor this[string name] => Tensors.TryGetValue(name, out StoredTensor? tensor)
        ? tensor
        : throw new KeyNotFoundException($"{Path} has no tensor {Printable.Quote(name)}; it has {Tensors.Count} others.");

    /// <summary>Lets go of the file. Tensors made over its memory keep it mapped until they are gone; nothing else may be read
    /// from it.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _file.Release();
    }

    private static int HeaderLength(MappedFile file)
    {
        if (file.Length < LengthField + 2)
            throw new TensorFileException(file.Path, $"has {file.Length} bytes; a safetensors file has at least {LengthField + 2}.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, LengthField));
        if (file.Slice(LengthField, 1)[0] != (byte)'{')
            throw new TensorFileException(file.Path, "is not a safetensors file: no '{' after the first eight bytes.");
        if (length > MaxHeaderLength)
            throw new TensorFileException(file.Path, $"states a header of {length} bytes; the format allows {MaxHeaderLength}.");
        if ((long)length > file.Length - LengthField)
        {
            throw new TensorFileException(file.Path,
                $"states a header of {length} bytes, but only {file.Length - LengthField} follow: it is truncated.");
        }
        return (int)length;
    }

    /// <summary>Checks that the tensors tile the data area exactly, which also proves that none reaches outside it.</summary>
    private static Dictionary<string, StoredTensor> Place(MappedFile file, long dataStart, List<SafetensorsRecord> records)
    {
        records.Sort((a, b) =>
        {
            int byBegin = a.Begin.CompareTo(b.Begin);
            if (byBegin != 0) return byBegin;
            int byEnd = a.End.CompareTo(b.End); // empty tensors before the one that begins at the same place
            return byEnd != 0 ? byEnd : string.CompareOrdinal(a.Name, b.Name);
        });
        var tensors = new Dictionary<string, StoredTensor>(records.Count);
        long end = 0;
        foreach ((string name, DType dtype, long[] shape, long begin, long recordEnd) in records)
        {
            if (begin != end)
            {
                throw new TensorFileException(file.Path,
                    $"tensor {Printable.Quote(name)} begins at byte {begin} of the data, but the one before it ends at {end}: " +
                    (begin < end ? "they overlap." : "there is a hole between them."));
            }
            end = recordEnd;
            var storage = new TensorStorage(dtype, TensorExtent.ElementCount(shape)!.Value);
            storage.Bind(file, dataStart + begin);
            tensors.Add(name, new StoredTensor(storage, dtype, 0, shape, TensorExtent.PackedStrides(shape)));
        }
        long available = file.Length - dataStart;
        if (end != available)
        {
            throw new TensorFileException(file.Path,
                $"its tensors take {end} bytes, but {available} follow the header: " +
                (end > available ? "it is truncated." : "there are bytes that belong to no tensor."));
        }
        return tensors;
    }
}
