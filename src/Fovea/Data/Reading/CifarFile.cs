using Fovea.Imaging;
using Fovea.Torch.Serialization;

namespace Fovea.Data.Reading;

/// <summary>What is in CIFAR's files.</summary>
/// <param name="LabelBytes">Binary files: bytes before each picture, of which the last is its label. 0 for pickles.</param>
/// <param name="LabelKey">Pickles: the entry that holds the labels.</param>
/// <param name="NamesKey">Pickles: the entry that holds the names of the classes.</param>
internal sealed record CifarKind(int LabelBytes, string LabelKey, string NamesKey)
{
    public bool IsPickled => LabelBytes == 0;
}

/// <summary>Reads files of CIFAR.</summary>
internal static class CifarFile
{
    /// <summary>The longest binary file, in bytes: 256 MiB; CIFAR-100's has 154 MB.</summary>
    public const int MaxLength = 1 << 28;

    private const int MostNames = 256, LongestName = 1000;
    private static readonly ImageSize Size = new(32, 32);
    private static readonly int Pixels = 3 * (int)Size.Pixels;

    /// <summary>Reads pictures and labels.</summary>
    /// <exception cref="DataException">The file cannot be read, is damaged or holds something else.</exception>
    public static PackedFile Read(string path, CifarKind kind) =>
        kind.IsPickled ? ReadPickled(path, kind) : ReadBinary(path, kind.LabelBytes);

    /// <summary>Reads the names of the classes out of a pickle.</summary>
    /// <exception cref="DataException">The file cannot be read, is damaged or holds something else.</exception>
    public static string[] ReadNames(string path, CifarKind kind)
    {
        if (Unpickle(path)[kind.NamesKey] is not PickleList { Items: { Count: > 0 and <= MostNames } items })
            throw Bad(path, $"the pickle has no list '{kind.NamesKey}' of 1 to {MostNames} names.");
        return [.. items.Select(item => item is PickleString { Value: { Length: > 0 and <= LongestName } name } ? name
            : throw Bad(path, $"'{kind.NamesKey}' holds a {item.Kind} where a name was expected."))];
    }

    private static PackedFile ReadBinary(string path, int labelBytes)
    {
        int stride = labelBytes + Pixels;
        byte[] data = ReadAll(path);
        if (data.Length == 0 || data.Length % stride != 0)
            throw Bad(path, $"the file has {data.Length} bytes, but a picture takes {stride}: after byte " +
                $"{data.Length / stride * stride}, where picture {data.Length / stride} begins, {data.Length % stride} are left: it is " +
                "truncated or damaged.");
        byte[] labels = new byte[data.Length / stride];
        for (int i = 0; i < labels.Length; i++) labels[i] = data[i * stride + labelBytes - 1];
        return new PackedFile(path, new PackedPictures(data, labelBytes, stride, Size, isColour: true), labels);
    }

    private static PackedFile ReadPickled(string path, CifarKind kind)
    {
        PickleDictionary content = Unpickle(path);
        if (content["data"] is not PickleArray { Shape: [var count, var values] } array || values != Pixels)
            throw Bad(path, $"the pickle has no array 'data' of bytes with {Pixels} columns, but {Describe(content["data"])}.");
        if (content[kind.LabelKey] is not PickleList { Items: var items } || items.Count != count)
            throw Bad(path, $"the pickle has no list '{kind.LabelKey}' of {count} labels, but {Describe(content[kind.LabelKey])}.");
        byte[] labels = [.. items.Select((item, i) => item is PickleInteger { Value: var label } && label >= 0 && label <= byte.MaxValue
            ? (byte)label
            : throw Bad(path, $"'{kind.LabelKey}' holds something else than a label, 0 to {byte.MaxValue}, for picture {i}."))];
        return new PackedFile(path, new PackedPictures(array.ToRows(), 0, Pixels, Size, isColour: true), labels);
    }

    private static string Describe(PickleValue? value) => value switch
    {
        null => "nothing under that name",
        PickleArray array => $"one of {string.Join(" x ", array.Shape)}",
        PickleList list => $"one of {list.Items.Count}",
        _ => $"a {value.Kind}",
    };

    private static PickleDictionary Unpickle(string path)
    {
        try
        {
            return PickleFile.Read(path) as PickleDictionary ?? throw Bad(path, "the file is a pickle, but not of a dictionary.");
        }
        catch (TensorFileException e)
        {
            throw new DataException(new DataLocation(path), e.Problem, e);
        }
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (file.Length > MaxLength) throw Bad(path, $"the file has {file.Length} bytes; at most {MaxLength} are read.");
            byte[] data = GC.AllocateUninitializedArray<byte>((int)file.Length);
            file.ReadExactly(data);
            return data;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            throw new DataException(new DataLocation(path), $"the file cannot be read. {e.Message}", e);
        }
    }

    private static DataException Bad(string path, string message) => new(new DataLocation(path), message);
}
