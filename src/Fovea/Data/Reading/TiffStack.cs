using System.Buffers.Binary;
using System.IO.Compression;
using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>A TIFF file of grey pages of one size, as stacks of microscope pictures are published.</summary>
/// <remarks>TIFF 6.0 (Adobe 1992), of which this is read: one channel of 8 bits, in strips, uncompressed, PackBits or Deflate, either
/// byte order. Everything else is told by name.</remarks>
/// <param name="Size">Each page's size.</param>
/// <param name="Pages">Number of pages.</param>
/// <param name="Values">Pages x height x width bytes.</param>
internal sealed record TiffStack(ImageSize Size, int Pages, byte[] Values)
{
    private const int MostPages = 65_536;
    private const long MostBytes = 1L << 30;

    /// <summary>Reads all pages of a file.</summary>
    /// <exception cref="DataException">The file is missing, no such TIFF, or damaged.</exception>
    public static TiffStack Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > ImageLimits.Default.MaxFileBytes)
                throw new DataException(new DataLocation(path), $"the file is larger than {ImageLimits.Default.MaxFileBytes:N0} bytes.");
            return Decode(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            throw new DataException(new DataLocation(path), $"the file cannot be read. {e.Message}", e);
        }
    }

    /// <summary>Reads all pages from the bytes of a file.</summary>
    /// <exception cref="DataException">No such TIFF, or damaged.</exception>
    public static TiffStack Decode(ReadOnlySpan<byte> data, string name)
    {
        var reader = new TiffReader(data, name);
        List<TiffPage> pages = [];
        HashSet<uint> seen = [];
        for (uint at = reader.FirstPage(); at != 0;)
        {
            if (!seen.Add(at)) throw reader.Wrong($"its pages lead in a circle, at byte {at}");
            if (pages.Count == MostPages) throw reader.Wrong($"it has more than {MostPages:N0} pages");
            (TiffPage page, at) = reader.Page(at, pages.Count);
            if (pages.Count > 0 && page.Size != pages[0].Size)
                throw reader.Wrong($"page {pages.Count} is {page.Size}, but page 0 {pages[0].Size}; all must be equal");
            pages.Add(page);
        }
        if (pages.Count == 0) throw reader.Wrong("it has no page");
        ImageSize size = pages[0].Size;
        if (size.Pixels * pages.Count > MostBytes)
            throw reader.Wrong($"its {pages.Count} pages of {size} are more than {MostBytes:N0} pixels");
        byte[] values = new byte[size.Pixels * pages.Count];
        for (int i = 0; i < pages.Count; i++) reader.Pixels(pages[i], i, values.AsSpan(i * (int)size.Pixels, (int)size.Pixels));
        return new TiffStack(size, pages.Count, values);
    }
}

/// <summary>What the directory of a page states.</summary>
internal readonly record struct TiffPage(
    ImageSize Size, uint Compression, bool WhiteIsZero, uint RowsPerStrip, uint[] Offsets, uint[] Lengths);

/// <summary>Reads directories and strips, each within the bounds of the file.</summary>
internal readonly ref struct TiffReader
{
    private const uint None = 1, AdobeDeflate = 8, OldDeflate = 32946, PackBits = 32773;
    private const int MostStrips = 1 << 20;

    private readonly ReadOnlySpan<byte> _data;
    private readonly string _name;
    private readonly bool _isLittle;

    public TiffReader(ReadOnlySpan<byte> data, string name)
    {
        _data = data;
        _name = name;
        _isLittle = data.StartsWith("II"u8);
        if (data.Length < 8 || !(_isLittle || data.StartsWith("MM"u8)) || Short(2) != 42)
            throw Wrong("it does not begin as a TIFF file (II or MM, then 42)");
    }

    public DataException Wrong(string what) => new(new DataLocation(_name), $"this stack of pictures cannot be read: {what}.");

    public uint FirstPage() => Long(4);

    /// <summary>A page's directory, and where the next one is; 0 after the last.</summary>
    public (TiffPage Page, uint Next) Page(uint at, int index)
    {
        uint width = 0, height = 0, bits = 1, compression = None, colours = 1, samples = 1, rows = uint.MaxValue, predictor = 1;
        uint[] offsets = [], lengths = [];
        int count = Short(at);
        for (int i = 0; i < count; i++)
        {
            long entry = at + 2L + 12L * i;
            switch (Short(entry))
            {
                case 256: width = Number(entry); break;
                case 257: height = Number(entry); break;
                case 258: bits = Number(entry); break;
                case 259: compression = Number(entry); break;
                case 262: colours = Number(entry); break;
                case 273: offsets = Numbers(entry); break;
                case 277: samples = Number(entry); break;
                case 278: rows = Number(entry); break;
                case 279: lengths = Numbers(entry); break;
                case 317: predictor = Number(entry); break;
                case 322 or 324: throw Wrong($"page {index} is in tiles; strips were expected");
            }
        }
        if (bits != 8 || samples != 1 || colours is not (0 or 1 or 3))
            throw Wrong($"page {index} has {samples} channels of {bits} bits; one of 8 bits was expected");
        if (compression is not (None or PackBits or AdobeDeflate or OldDeflate))
            throw Wrong($"page {index} has compression {compression}; none, PackBits or Deflate was expected. Save it without compression");
        if (predictor != 1) throw Wrong($"page {index} has predictor {predictor}; none was expected. Save it without compression");
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue
            || new ImageSize((int)height, (int)width).Pixels > ImageLimits.Default.MaxPixels)
            throw Wrong($"page {index} is {height} x {width}; at most {ImageLimits.Default.MaxPixels:N0} pixels are read");
        rows = Math.Min(rows, height);
        long strips = rows == 0 ? -1 : (height + (long)rows - 1) / rows;
        if (offsets.Length != strips || lengths.Length != strips)
            throw Wrong($"page {index} has {offsets.Length} strips of {lengths.Length} lengths; {Math.Max(strips, 1)} were expected");
        return (new TiffPage(new ImageSize((int)height, (int)width), compression, colours == 0, rows, offsets, lengths),
            Long(at + 2L + 12L * count));
    }

    /// <summary>Unpacks a page.</summary>
    public void Pixels(TiffPage page, int index, Span<byte> target)
    {
        int strip = (int)page.RowsPerStrip * page.Size.Width;
        for (int i = 0; i < page.Offsets.Length; i++)
        {
            ReadOnlySpan<byte> packed = Bytes(page.Offsets[i], page.Lengths[i]);
            Span<byte> part = target.Slice(i * strip, Math.Min(strip, target.Length - i * strip));
            bool isWhole = page.Compression switch
            {
                None => Copy(packed, part),
                PackBits => Unpack(packed, part),
                _ => Inflate(packed, part),
            };
            if (!isWhole) throw Wrong($"strip {i} of page {index} is damaged or ends early");
        }
        if (!page.WhiteIsZero) return;
        foreach (ref byte value in target) value = (byte)(255 - value);
    }

    private static bool Copy(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        if (packed.Length < target.Length) return false;
        packed[..target.Length].CopyTo(target);
        return true;
    }

    // A byte n: 0 to 127, n + 1 bytes follow as they are; -127 to -1, the next is repeated 1 - n times; -128 is nothing.
    private static bool Unpack(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        while (target.Length > 0)
        {
            if (packed.Length < 2) return false;
            int n = (sbyte)packed[0];
            packed = packed[1..];
            if (n == -128) continue;
            int length = n >= 0 ? n + 1 : 1 - n;
            if (length > target.Length || (n >= 0 && length > packed.Length)) return false;
            if (n >= 0) packed[..length].CopyTo(target);
            else target[..length].Fill(packed[0]);
            packed = packed[(n >= 0 ? length : 1)..];
            target = target[length..];
        }
        return true;
    }

    private static bool Inflate(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            return zlib.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) == target.Length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>The one number of a directory's entry.</summary>
    private uint Number(long entry) => Numbers(entry) is [var one, ..] ? one : throw Wrong($"tag {Short(entry)} has no value");

    /// <summary>The numbers of a directory's entry: in its last four bytes where they fit, elsewhere otherwise.</summary>
    private uint[] Numbers(long entry)
    {
        int kind = Short(entry + 2), size = kind == 3 ? 2 : 4;
        uint count = Long(entry + 4);
        if (kind is not (3 or 4)) throw Wrong($"tag {Short(entry)} has type {kind}; 3 or 4 was expected");
        if (count > MostStrips) throw Wrong($"tag {Short(entry)} has {count:N0} values");
        long at = count * size <= 4 ? entry + 8 : Long(entry + 8);
        Bytes(at, count * (long)size);
        var numbers = new uint[count];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = size == 2 ? Short(at + 2L * i) : Long(at + 4L * i);
        return numbers;
    }

    private ReadOnlySpan<byte> Bytes(long at, long length) => at >= 0 && length >= 0 && at <= _data.Length - length
        ? _data.Slice((int)at, (int)length) : throw Wrong($"it ends at byte {_data.Length}, before {length} bytes at byte {at}");

    private ushort Short(long at) => _isLittle
        ? BinaryPrimitives.ReadUInt16LittleEndian(Bytes(at, 2)) : BinaryPrimitives.ReadUInt16BigEndian(Bytes(at, 2));

    private uint Long(long at) => _isLittle
        ? BinaryPrimitives.ReadUInt32LittleEndian(Bytes(at, 4)) : BinaryPrimitives.ReadUInt32BigEndian(Bytes(at, 4));
}
