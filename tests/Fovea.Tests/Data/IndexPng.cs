using System.Buffers.Binary;
using System.IO.Compression;
using Fovea.Imaging;

namespace Fovea.Tests.Data;

/// <summary>Writes masks as data sets publish them: grey or palette PNG files of 8-bit indices.</summary>
internal static class IndexPng
{
    /// <summary>Writes a mask whose values are given row by row.</summary>
    public static string Mask(this DataFolder folder, string name, int height, int width, params byte[] values) =>
        folder.Mask(name, height, width, isPalette: false, values);

    /// <summary>Writes a mask of one value.</summary>
    public static string Plain(this DataFolder folder, string name, int height, int width, byte value) =>
        folder.Mask(name, height, width, [.. Enumerable.Repeat(value, height * width)]);

    public static string Mask(this DataFolder folder, string name, int height, int width, bool isPalette, byte[] values)
    {
        string path = folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encode(new ImageSize(height, width), values, isPalette));
        return path;
    }

    private static byte[] Encode(ImageSize size, byte[] values, bool isPalette)
    {
        Assert.Equal(size.Pixels, values.Length);
        var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, size.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), size.Height);
        (header[8], header[9]) = (8, isPalette ? (byte)3 : (byte)0);
        Chunk(file, "IHDR", header);
        if (isPalette) Chunk(file, "PLTE", [.. Enumerable.Range(0, 768).Select(i => (byte)(i * 37))]);
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            for (int y = 0; y < size.Height; y++)
            {
                zlib.WriteByte(0); // no filter
                zlib.Write(values, y * size.Width, size.Width);
            }
        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, string kind, byte[] data)
    {
        byte[] body = [.. kind.Select(c => (byte)c), .. data];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        uint sum = uint.MaxValue;
        foreach (byte value in body)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (0xEDB88320 & (0 - (sum & 1)));
        }
        BinaryPrimitives.WriteUInt32BigEndian(number, ~sum);
        file.Write(number);
    }
}
