using System.Text;

namespace Fovea.Torch.Serialization;

/// <summary>The format of torch.save since version 1.6: a zip archive with <c>NAME/data.pkl</c> and one <c>NAME/data/KEY</c>
/// for each storage.</summary>
internal static class PthZip
{
    /// <summary>Whether a file begins as one.</summary>
    public static bool Matches(MappedFile file) => file.Length >= 4 && file.Slice(0, 4).SequenceEqual("PK\u0003\u0004"u8);

    /// <summary>Reads the pickle and finds the bytes of each storage that it mentions.</summary>
    public static PickleValue Read(MappedFile file)
    {
        ZipDirectory zip = ZipDirectory.Read(file);
        string folder = Folder(file, zip);
        if (zip.Entries.TryGetValue(folder + "byteorder", out ZipEntry order) &&
            Encoding.ASCII.GetString(Contents(file, order, 16)) != "little")
            throw new TensorFileException(file.Path, "was written on a big-endian machine; only little-endian files are read.");
        var storages = new StorageTable(file.Path, (key, storage) =>
        {
            if (!zip.Entries.TryGetValue($"{folder}data/{key}", out ZipEntry entry))
                throw new TensorFileException(file.Path, $"the archive has no entry for storage {Printable.Quote(key)}.");
            if (entry.Length != storage.ByteLength)
            {
                throw new TensorFileException(file.Path,
                    $"storage {Printable.Quote(key)} should be {storage.ElementCount} x {storage.DType}, " +
                    $"{storage.ByteLength} bytes, but has {entry.Length}.");
            }
            storage.Bind(file, entry.Position);
        });
        return new Unpickler(file.Path, storages).Load(Contents(file, zip.Entries[folder + "data.pkl"], Unpickler.MaxLength), out _);
    }

    private static string Folder(MappedFile file, ZipDirectory zip)
    {
        string[] pickles = [.. zip.Entries.Keys
            .Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.Count(c => c == '/') == 1)];
        if (pickles.Length != 1)
        {
            throw new TensorFileException(file.Path,
                $"is a zip archive, but not of torch.save: {pickles.Length} entries NAME/data.pkl, where one was expected.");
        }
        string folder = pickles[0][..^"data.pkl".Length];
        return zip.Entries.ContainsKey(folder + "constants.pkl")
            ? throw new TensorFileException(file.Path, "is a TorchScript program; save model.state_dict() by torch.save instead.")
            : folder;
    }

    private static ReadOnlySpan<byte> Contents(MappedFile file, ZipEntry entry, int maxLength) => entry.Length <= maxLength
        ? file.Slice(entry.Position, (int)entry.Length)
        : throw new TensorFileException(file.Path,
            $"entry {Printable.Quote(entry.Name)} has {entry.Length} bytes; at most {maxLength} are read.");
}
