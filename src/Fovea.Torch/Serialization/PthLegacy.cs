using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Fovea.Torch.Serialization;

/// <summary>
/// The format of torch.save up to version 1.5, in which many of torchvision's weights are still published: five pickles (a
/// magic number, a version, facts of
/// the machine, the object, the keys of its storages), then the storages, each with its length in front.
/// </summary>
internal static class PthLegacy
{
    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c",
        NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    private const int Version = 1001;

    /// <summary>Whether a file begins as one: with a pickle of protocol 2 or later that holds a long number.</summary>
    public static bool Matches(MappedFile file) =>
        file.Length >= 3 && file.Slice(0, 3) is [0x80, >= 2 and <= 5, 0x8a or 0x95];

    /// <summary>Reads the pickles and finds the bytes of each storage that they mention.</summary>
    public static PickleValue Read(MappedFile file)
    {
        long position = 0;
        if (Next(file, ref position) is not PickleInteger magic || magic.Value != Magic)
            throw new TensorFileException(file.Path, "is a pickle, but not of torch.save: its first value is not the magic number.");
        if (Next(file, ref position) is not PickleInteger version || version.Value != Version)
            throw new TensorFileException(file.Path, $"is of an unknown version of the old torch.save format; {Version} is read.");
        if (Next(file, ref position) is not PickleDictionary machine || machine["little_endian"] is not PickleBool { Value: true })
            throw new TensorFileException(file.Path,
                "does not say that it was written on a little-endian machine; only such files are read.");

        var storages = new StorageTable(file.Path, (_, _) => { });
        PickleValue root = Next(file, ref position, storages);
        if (Next(file, ref position) is not PickleList keys)
            throw new TensorFileException(file.Path, "lacks the list of its storages.");
        foreach (PickleValue key in keys.Items) Place(file, storages, key, ref position);
        foreach ((string key, TensorStorage storage) in storages.Storages)
            if (!storage.IsBound) throw new TensorFileException(file.Path, $"has no bytes for storage {Printable.Quote(key)}.");
        return root;
    }

    private static PickleValue Next(MappedFile file, ref long position, StorageTable? storages = null)
    {
        ReadOnlySpan<byte> rest = file.Slice(position, (int)Math.Min(file.Length - position, Unpickler.MaxLength));
        PickleValue value = new Unpickler(file.Path, storages).Load(rest, out int length);
        position += length;
        return value;
    }

    /// <summary>A storage: the number of its elements in eight bytes, then the elements.</summary>
    private static void Place(MappedFile file, StorageTable storages, PickleValue name, ref long position)
    {
        if (name is not PickleString { Value: var key } || !storages.Storages.TryGetValue(key, out TensorStorage? storage)
            || storage.IsBound)
            throw new TensorFileException(file.Path, "lists a storage twice, or one that no tensor uses: it is damaged.");
        string quoted = $"storage {Printable.Quote(key)}";
        if (file.Length - position < sizeof(long))
            throw new TensorFileException(file.Path, $"ends before {quoted}: it is truncated.");
        long count = BinaryPrimitives.ReadInt64LittleEndian(file.Slice(position, sizeof(long)));
        position += sizeof(long);
        if (count != storage.ElementCount)
            throw new TensorFileException(file.Path, $"{quoted} should have {storage.ElementCount} elements, but has {count}.");
        if (storage.ByteLength > file.Length - position)
        {
            throw new TensorFileException(file.Path,
                $"{quoted} takes {storage.ByteLength} bytes, but {file.Length - position} are left: it is truncated.");
        }
        storage.Bind(file, position);
        position += storage.ByteLength;
    }
}
