using System.Buffers.Binary;

namespace Fovea.Imaging.Formats;

/// <summary>The header of a WebP file.</summary>
/// <remarks>RFC 9649, section 2 (container), 2.5 to 2.7 (VP8, VP8L and VP8X chunks); frame header of VP8: RFC 6386, section 9.1.</remarks>
/// <param name="Size">Stored height and width.</param>
/// <param name="HasAlpha">True when pixels may be transparent.</param>
/// <param name="Animated">True when the file is a film.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8.</param>
/// <param name="StatedLength">The length of the file as its first chunk states it.</param>
internal sealed record WebPHeader(ImageSize Size, bool HasAlpha, bool Animated, int Orientation, long StatedLength)
{
    private const int MaxExifBytes = 1 << 20;

    /// <exception cref="ImageException">The file is truncated or has no picture chunk.</exception>
    public static WebPHeader Read(HeaderReader reader)
    {
        reader.Position = 4;
        Span<byte> number = stackalloc byte[4];
        reader.Fill(number);
        long stated = BinaryPrimitives.ReadUInt32LittleEndian(number) + 8L;
        reader.Position = 12;

        ImageSize? canvas = null, picture = null;
        bool alpha = false, animated = false, wantsExif = false;
        int orientation = 1;
        Span<byte> chunk = stackalloc byte[8], body = stackalloc byte[10];
        while (reader.Left >= 8 && !(picture is not null && !wantsExif))
        {
            reader.Fill(chunk);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]), end = reader.Position + length + (length & 1);
            ReadOnlySpan<byte> kind = chunk[..4];
            if (kind.SequenceEqual("VP8X"u8) && canvas is null)
            {
                reader.Fill(body);
                alpha = (body[0] & 0x10) != 0;
                wantsExif = (body[0] & 0x08) != 0;
                animated = (body[0] & 0x02) != 0;
                canvas = new ImageSize(UInt24(body[7..]) + 1, UInt24(body[4..]) + 1);
            }
            else if (kind.SequenceEqual("VP8 "u8) && picture is null)
            {
                reader.Fill(body);
                if (!body[3..6].SequenceEqual<byte>([0x9D, 0x01, 0x2A]))
                    throw reader.Error("the WebP file's picture does not begin with a key frame. The file is damaged.");
                picture = new ImageSize(UInt16(body[8..]) & 0x3FFF, UInt16(body[6..]) & 0x3FFF);
            }
            else if (kind.SequenceEqual("VP8L"u8) && picture is null)
            {
                reader.Fill(body[..5]);
                if (body[0] != 0x2F)
                    throw reader.Error("the WebP file's picture does not begin with a lossless header. The file is damaged.");
                uint bits = BinaryPrimitives.ReadUInt32LittleEndian(body[1..]);
                picture = new ImageSize((int)(bits >> 14 & 0x3FFF) + 1, (int)(bits & 0x3FFF) + 1);
                if (canvas is null) alpha = (bits >> 28 & 1) != 0;
            }
            else if (kind.SequenceEqual("EXIF"u8) && length <= MaxExifBytes && length <= reader.Left)
            {
                orientation = ExifOrientation.Parse(reader.Block(length));
                wantsExif = false;
            }
            if (end > reader.Length) break; // what is missing, the decoder will tell
            reader.Position = end;
        }
        ImageSize size = (animated ? canvas : picture) ?? throw reader.Error(
            reader.Length < stated ? $"the WebP file is truncated: it states {stated:N0} bytes, but holds {reader.Length:N0}."
                : "the WebP file holds no picture. The file is damaged.");
        if (size.Height == 0 || size.Width == 0) throw reader.Error($"the WebP file says that its picture is {size}: it has no pixels.");
        return new WebPHeader(size, alpha, animated, orientation, stated);
    }

    private static int UInt16(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt16LittleEndian(data);

    private static int UInt24(ReadOnlySpan<byte> data) => data[0] | data[1] << 8 | data[2] << 16;
}
