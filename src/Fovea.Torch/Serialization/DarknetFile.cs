using System.Buffers.Binary;
using Fovea.Torch.Nn;

namespace Fovea.Torch.Serialization;

/// <summary>
/// A weight file of Darknet's, mapped into memory: a header and then float32 numbers, layer after layer, without names or shapes.
/// Which number is whose follows from the network alone.
/// </summary>
/// <remarks>
/// The header holds the version (major, minor, revision: int32) and the number of pictures seen in training: 32 bits up to version 0.1, 64
/// bits since 0.2. A convolution with batch norm stores shift, scale, mean and variance, then its weights; one without, its bias and
/// weights (Darknet's parser.c, of pjreddie.com/darknet). The file must end where the network does.
/// </remarks>
public sealed class DarknetFile : IDisposable
{
    private const int LeastHeader = 16, LongHeader = 20, MostVersion = 1000;

    private readonly MappedFile _file;
    private readonly int _header;
    private bool _disposed;

    private DarknetFile(MappedFile file, int header) => (_file, _header) = (file, header);

    /// <summary>The file, as the caller named it.</summary>
    public string Path => _file.Path;

    /// <summary>How many numbers follow the header.</summary>
    public long Count => (_file.Length - _header) / sizeof(float);

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="TensorFileException">It cannot be read, or is no weight file of Darknet's.</exception>
    public static DarknetFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new DarknetFile(file, HeaderOf(file) ?? throw new TensorFileException(path,
                $"is no weight file of Darknet's: its {file.Length} bytes do not begin with a version and hold whole float32 numbers " +
                "after that."));
        }
        catch
        {
            file.Release();
            throw;
        }
    }

    /// <summary>The numbers that a network's layers have in Darknet's order: the names of its tensors, and their shapes.</summary>
    /// <param name="network">Its convolutions in Darknet's order, each followed by its batch norm; fully connected layers.</param>
    public static IReadOnlyList<(string Name, long[] Shape)> LayoutOf(Module network)
    {
        var layout = new List<(string Name, long[] Shape)>();
        (string Name, Conv2d Layer)? waiting = null;
        foreach ((string name, Module module) in network.NamedModules())
        {
            switch (module)
            {
                case Conv2d convolution:
                    Finish();
                    waiting = (name, convolution);
                    break;
                case BatchNorm2d or FrozenBatchNorm2d when waiting is { } before:
                    foreach (string part in (string[])["bias", "weight", "running_mean", "running_var"])
                        layout.Add(($"{name}.{part}", [before.Layer.Weight.Size(0)]));
                    layout.Add(($"{before.Name}.weight", before.Layer.Weight.Shape));
                    waiting = null;
                    break;
                case Linear linear:
                    Finish();
                    layout.Add(($"{name}.bias", linear.Bias!.Shape));
                    layout.Add(($"{name}.weight", linear.Weight.Shape));
                    break;
            }
        }
        Finish();
        return layout;

        void Finish()
        {
            if (waiting is not { } plain) return;
            layout.Add(($"{plain.Name}.bias", [plain.Layer.Weight.Size(0)]));
            layout.Add(($"{plain.Name}.weight", plain.Layer.Weight.Shape));
            waiting = null;
        }
    }

    /// <summary>How many numbers a layout has.</summary>
    public static long CountOf(IEnumerable<(string Name, long[] Shape)> layout) =>
        layout.Sum(entry => entry.Shape.Aggregate(1L, (product, length) => checked(product * length)));

    /// <summary>The tensors by name. They may be read until the file is disposed.</summary>
    /// <param name="layout">Their names and shapes, in the order of the file: <see cref="LayoutOf"/>.</param>
    /// <exception cref="TensorFileException">The file has more or fewer numbers.</exception>
    public IReadOnlyDictionary<string, StoredTensor> Tensors(IReadOnlyList<(string Name, long[] Shape)> layout)
    {
        long expected = CountOf(layout);
        if (expected != Count)
            throw new TensorFileException(Path, $"is of another network: it holds {Count} numbers after its header, but this one has " +
                (Count < expected ? $"{expected}; or it is truncated." : $"{expected}."));
        var tensors = new Dictionary<string, StoredTensor>(layout.Count);
        long position = _header;
        foreach ((string name, long[] shape) in layout)
        {
            long elements = shape.Aggregate(1L, (product, length) => product * length);
            var storage = new TensorStorage(DType.Float32, elements);
            storage.Bind(_file, position);
            tensors.Add(name, new StoredTensor(storage, DType.Float32, 0, shape, TensorExtent.PackedStrides(shape)));
            position += elements * sizeof(float);
        }
        return tensors;
    }

    /// <summary>Lets go of the file. Tensors made over its memory keep it mapped until they are gone; nothing else may be read
    /// from it.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _file.Release();
    }

    /// <summary>Whether a file looks like one of Darknet's. It has no mark: a small version and whole numbers after it are all.</summary>
    internal static bool Matches(MappedFile file) => HeaderOf(file) is not null;

    private static int? HeaderOf(MappedFile file)
    {
        if (file.Length < LeastHeader) return null;
        int major = Number(0), minor = Number(1), revision = Number(2);
        if (major is < 0 or > MostVersion || minor is < 0 or > MostVersion || revision is < 0 or > MostVersion) return null;
        if (major + minor == 0) return null;
        if (file.Slice(8, 1)[0] == (byte)'{') return null;                       // where a safetensors header begins
        int header = major * 10 + minor >= 2 ? LongHeader : LeastHeader;
        return file.Length >= header && (file.Length - header) % sizeof(float) == 0 ? header : null;

        int Number(int index) => BinaryPrimitives.ReadInt32LittleEndian(file.Slice(sizeof(int) * index, sizeof(int)));
    }
}
