using System.Buffers.Binary;

namespace Fovea.Imaging.Formats;

/// <summary>The header of a PNG file, and what its chunks say about transparency, orientation and length.</summary>
/// <remarks>PNG specification, third edition (W3C 2025), sections 5 (chunks), 11.2.1 (IHDR), 11.3.2 (tRNS), 11.3.4 (eXIf).</remarks>
/// <param name="Size">Stored height and width.</param>
/// <param name="BitDepth">1, 2, 4, 8 or 16.</param>
/// <param name="ColourType">0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha.</param>
/// <param name="Transparent">True when a tRNS chunk makes some colour or palette entry transparent.</param>
/// <param name="ColourManaged">True when a chunk asks for colour correction.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8.</param>
/// <param name="CompressedBytes">Length of all IDAT chunks together.</param>
/// <param name="Complete">True when the file reaches its end chunk (IEND).</param>
internal sealed record PngHeader(
    ImageSize Size, int BitDepth, int ColourType, bool Transparent, bool ColourManaged, int Orientation, long CompressedBytes,
    bool Complete)
{
    /// <summary>EXIF blocks are some kilobytes; a larger one is not read.</summary>
    private const int MaxExifBytes = 1 << 20;

    public bool HasAlpha => Transparent || ColourType >= 4;

    public int Channels => (ColourType is 0 or 4 ? 1 : 3) + (HasAlpha ? 1 : 0);

    /// <exception cref="ImageException">The file is truncated or its first chunk is not a valid image header.</exception>
    public static PngHeader Read(HeaderReader reader)
    {
        reader.Position = 8;
        Span<byte> header = stackalloc byte[25]; // length, "IHDR", 13 bytes, checksum
        reader.Fill(header);
        if (BinaryPrimitives.ReadUInt32BigEndian(header) != 13 || !header[4..8].SequenceEqual("IHDR"u8))
            throw reader.Error("the PNG file does not begin with an image header (IHDR). The file is damaged.");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header[8..]), height = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        if (width == 0 || height == 0) throw reader.Error($"the PNG file says that its picture is {height} x {width}: it has no pixels.");
        if (width > int.MaxValue || height > int.MaxValue)
            throw reader.Error($"the PNG file says that its picture is {height} x {width}, more than PNG allows. The file is damaged.");
        int bits = header[16], type = header[17];
        bool valid = type switch
        {
            0 => bits is 1 or 2 or 4 or 8 or 16,
            3 => bits is 1 or 2 or 4 or 8,
            2 or 4 or 6 => bits is 8 or 16,
            _ => false,
        };
        if (!valid)
            throw reader.Error($"the PNG file has colour type {type} with {bits} bits, which PNG does not have. The file is damaged.");

        bool transparent = false, managed = false, complete = false;
        int orientation = 0;
        long compressed = 0;
        Span<byte> chunk = stackalloc byte[8];
        while (reader.Left >= 12)
        {
            reader.Fill(chunk);
            long length = BinaryPrimitives.ReadUInt32BigEndian(chunk), end = reader.Position + length + 4;
            ReadOnlySpan<byte> kind = chunk[4..];
            if (end > reader.Length) break;
            complete = kind.SequenceEqual("IEND"u8);
            if (complete) break;
            if (kind.SequenceEqual("IDAT"u8)) compressed += length;
            else if (kind.SequenceEqual("tRNS"u8)) transparent = type is 0 or 2 or 3 && length > 0;
            else if (AsksForCorrection(kind)) managed = true;
            else if (kind.SequenceEqual("eXIf"u8) && orientation == 0 && length <= MaxExifBytes)
                orientation = ExifOrientation.Parse(reader.Block(length));
            reader.Position = end;
        }
        return new PngHeader(new ImageSize((int)height, (int)width), bits, type, transparent, managed, Math.Max(orientation, 1), compressed,
            complete);
    }

    /// <summary>True for the chunks that tie the numbers to colours other than sRGB.</summary>
    public static bool AsksForCorrection(ReadOnlySpan<byte> kind) =>
        kind.SequenceEqual("gAMA"u8) || kind.SequenceEqual("cHRM"u8) || kind.SequenceEqual("sRGB"u8) ||
        kind.SequenceEqual("iCCP"u8) || kind.SequenceEqual("cICP"u8);

    /// <summary>True for the chunks without which indices cannot be read.</summary>
    public static bool IsNeededForIndices(ReadOnlySpan<byte> kind) =>
        kind.SequenceEqual("IHDR"u8) || kind.SequenceEqual("IDAT"u8) || kind.SequenceEqual("IEND"u8);

    /// <summary>Refuses a file that ends early or is too short for its size, before anything is allocated.</summary>
    public void CheckLength(string name)
    {
        if (!Complete)
            throw new ImageException($"{name}: the PNG file is truncated: it ends without its end chunk (IEND). Fetch or export it again.");
        int samples = ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        long rawBytes = Size.Pixels * samples * BitDepth / 8;
        long needed = rawBytes / 1032; // deflate's best ratio: 258 bytes from 2 bits
        if (CompressedBytes < needed)
            throw new ImageException($"{name}: the PNG file is truncated: a picture of {Size} needs at least " +
                $"{needed:N0} bytes of image data, but the file holds {CompressedBytes:N0}.");
    }
}
