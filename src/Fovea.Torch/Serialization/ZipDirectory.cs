using System.Buffers.Binary;
using System.Text;

namespace Fovea.Torch.Serialization;

/// <summary>Where the bytes of a stored zip entry lie in the file.</summary>
internal readonly record struct ZipEntry(string Name, long Position, long Length);

/// <summary>
/// Reads the central directory of a zip archive whose entries are stored, not compressed, as torch.save writes them. So its
/// tensors can be mapped where they
/// lie, and there is nothing that could unpack to more than the file.
/// </summary>
/// <remarks>PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", version 6.3.10, sections 4.3 (records) and 4.5.3
/// (zip64).</remarks>
internal sealed class ZipDirectory
{
    private const int EndLength = 22, EntryLength = 46, LocalLength = 30, Locator64Length = 20, End64Length = 56;
    private const int MaxEntries = 1_000_000;
    private const int MaxDirectoryLength = 1 << 28;

    private readonly MappedFile _file;
    private readonly Dictionary<string, ZipEntry> _entries = [];

    private ZipDirectory(MappedFile file) => _file = file;

    /// <summary>The entries by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    /// <summary>Reads and checks a whole directory.</summary>
    /// <exception cref="TensorFileException">It is damaged, its entries are compressed or encrypted, or they reach out of the
    /// file or into one another.</exception>
    public static ZipDirectory Read(MappedFile file)
    {
        var directory = new ZipDirectory(file);
        (long position, long length, long count) = directory.FindDirectory();
        directory.ReadEntries(position, length, count);
        directory.CheckOverlaps(position);
        return directory;
    }

    private (long Position, long Length, long Count) FindDirectory()
    {
        long end = FindEnd();
        ReadOnlySpan<byte> record = _file.Slice(end, EndLength);
        if (U16(record, 4) != U16(record, 6)) throw Bad("is split over several volumes.");
        (long position, long length, long count) = (U32(record, 16), U32(record, 12), U16(record, 10));
        long limit = end;
        if (position == uint.MaxValue || length == uint.MaxValue || count == ushort.MaxValue || HasLocator(end))
            (position, length, count, limit) = ReadEnd64(end);
        if (position < 0 || length < 0 || count < 0 || length > limit || position > limit - length)
            throw Bad("has a directory that does not lie in the file: it is truncated or damaged.");
        if (count > MaxEntries || length > MaxDirectoryLength || count > length / EntryLength)
            throw Bad($"claims {count} entries in a directory of {length} bytes; at most {MaxEntries} are read.");
        return (position, length, count);
    }

    /// <summary>The end record, searched backwards because a comment of up to 64 KiB may follow it.</summary>
    private long FindEnd()
    {
        int searched = (int)Math.Min(_file.Length, EndLength + ushort.MaxValue);
        ReadOnlySpan<byte> tail = _file.Slice(_file.Length - searched, searched);
        for (int i = searched - EndLength; i >= 0; i--)
            if (U32(tail, i) == 0x06054b50 && U16(tail, i + 20) == searched - EndLength - i) return _file.Length - searched + i;
        throw Bad("begins like a zip archive but has no directory at its end: it is truncated.");
    }

    private bool HasLocator(long end) =>
        end >= Locator64Length && U32(_file.Slice(end - Locator64Length, Locator64Length), 0) == 0x07064b50;

    private (long Position, long Length, long Count, long Limit) ReadEnd64(long end)
    {
        if (!HasLocator(end)) throw Bad("needs a zip64 directory and has none: it is damaged.");
        long at = I64(_file.Slice(end - Locator64Length, Locator64Length), 8);
        if (at < 0 || at > end - Locator64Length - End64Length)
            throw Bad("has a zip64 directory outside the file: it is damaged.");
        ReadOnlySpan<byte> record = _file.Slice(at, End64Length);
        return U32(record, 0) == 0x06064b50
            ? (I64(record, 48), I64(record, 40), I64(record, 32), at)
            : throw Bad("has no zip64 directory where it says: it is damaged.");
    }

    private void ReadEntries(long position, long length, long count)
    {
        ReadOnlySpan<byte> records = _file.Slice(position, (int)length);
        for (; count > 0; count--)
        {
            if (records.Length < EntryLength || U32(records, 0) != 0x02014b50) throw Bad("has a damaged directory.");
            int nameLength = U16(records, 28), extraLength = U16(records, 30);
            int whole = EntryLength + nameLength + extraLength + U16(records, 32);
            if (whole > records.Length) throw Bad("has a damaged directory.");
            ReadOnlySpan<byte> nameBytes = records.Slice(EntryLength, nameLength);
            string name = Encoding.UTF8.GetString(nameBytes);
            string quoted = $"entry {Printable.Quote(name)}";
            if ((U16(records, 8) & 0x2041) != 0) throw Bad($"has an encrypted {quoted}.");
            if (U16(records, 10) != 0)
                throw Bad($"has a compressed {quoted}; torch.save stores without compression. Unpack it and save it again.");
            (long size, long packed, long local) = Sizes(records, records.Slice(EntryLength + nameLength, extraLength), quoted);
            if (size != packed) throw Bad($"says of the stored {quoted} that {packed} bytes unpack to {size}.");
            if (!_entries.TryAdd(name, new ZipEntry(name, DataPosition(local, size, nameBytes, position, quoted), size)))
                throw Bad($"has two entries {Printable.Quote(name)}.");
            records = records[whole..];
        }
    }

    /// <summary>Sizes and place of an entry, from the zip64 extra field where the plain fields are full.</summary>
    private (long Size, long Packed, long Local) Sizes(ReadOnlySpan<byte> record, ReadOnlySpan<byte> extra, string quoted)
    {
        (long size, long packed, long local) = (U32(record, 24), U32(record, 20), U32(record, 42));
        while (extra.Length >= 4)
        {
            int kind = U16(extra, 0), length = U16(extra, 2);
            if (length > extra.Length - 4) break;
            if (kind == 1)
            {
                ReadOnlySpan<byte> fields = extra.Slice(4, length);
                if (size == uint.MaxValue) size = Next(ref fields, quoted);
                if (packed == uint.MaxValue) packed = Next(ref fields, quoted);
                if (local == uint.MaxValue) local = Next(ref fields, quoted);
                break;
            }
            extra = extra[(4 + length)..];
        }
        return (size, packed, local);
    }

    private long Next(ref ReadOnlySpan<byte> fields, string quoted)
    {
        if (fields.Length < 8) throw Bad($"has a damaged zip64 field in {quoted}.");
        long value = I64(fields, 0);
        fields = fields[8..];
        return value;
    }

    private long DataPosition(long local, long size, ReadOnlySpan<byte> name, long directory, string quoted)
    {
        if (size < 0 || local < 0 || local > directory - LocalLength) throw Bad($"places {quoted} outside the file.");
        ReadOnlySpan<byte> header = _file.Slice(local, LocalLength);
        int nameLength = U16(header, 26);
        long data = local + LocalLength + nameLength + U16(header, 28);
        if (U32(header, 0) != 0x04034b50 || U16(header, 8) != 0 || nameLength != name.Length || data > directory - size)
            throw Bad($"has no data for {quoted} where it says: it is truncated or damaged.");
        return _file.Slice(local + LocalLength, nameLength).SequenceEqual(name)
            ? data
            : throw Bad($"calls {quoted} otherwise in its directory than in front of its data.");
    }

    private void CheckOverlaps(long directory)
    {
        ZipEntry[] ordered = [.. _entries.Values.OrderBy(entry => entry.Position).ThenBy(entry => entry.Length)];
        for (int i = 0; i < ordered.Length; i++)
        {
            long next = i + 1 < ordered.Length ? ordered[i + 1].Position : directory;
            if (ordered[i].Position + ordered[i].Length > next)
                throw Bad($"has entries that overlap: {Printable.Quote(ordered[i].Name)} and the next.");
        }
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static long U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private TensorFileException Bad(string problem) => new(_file.Path, $"the archive {problem}");
}
