using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fovea.Tests.Data;

/// <summary>MATLAB files of level 5, byte by byte as the format lays them down, in either byte order.</summary>
internal sealed class MatBytes(bool isLittle = true)
{
    public const int UInt8 = 2, Int16 = 3, Int32 = 5, UInt32 = 6, Double = 9, Matrix = 14, Compressed = 15;
    public const int CellClass = 1, StructClass = 2, DoubleClass = 6, UInt8Class = 9;

    public byte[] File(params byte[][] elements) =>
    [
        .. Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file".PadRight(124)), .. Word(0x0100, 2), .. isLittle ? "IM"u8 : "MI"u8,
        .. elements.SelectMany(e => e),
    ];

    /// <summary>A tag and data, padded to 8 bytes; the tag may lie about the length.</summary>
    public byte[] Element(int type, byte[] data, long? stated = null) =>
        [.. Word(type, 4), .. Word(stated ?? data.Length, 4), .. data, .. new byte[type == Compressed ? 0 : (8 - data.Length % 8) % 8]];

    public byte[] Array(int kind, string name, int[] dimensions, params byte[][] content) => Element(Matrix,
    [
        .. Element(UInt32, [.. Word(kind, 4), .. Word(0, 4)]), .. Numbers(Int32, 4, [.. dimensions.Select(d => (long)d)]),
        .. Element(1, Encoding.ASCII.GetBytes(name)), .. content.SelectMany(c => c),
    ]);

    public byte[] Numbers(int type, int size, params long[] values) => Element(type, [.. values.SelectMany(v => Word(v, size))]);

    /// <summary>A matrix of bytes, given row by row and stored column by column.</summary>
    public byte[] Bytes(string name, int height, int width, params byte[] values) => Array(UInt8Class, name, [height, width],
        Element(UInt8, [.. Enumerable.Range(0, values.Length).Select(i => values[i % height * width + i / height])]));

    public byte[] Zip(byte[] element) => Element(Compressed, Deflated(element));

    public static byte[] Deflated(byte[] data)
    {
        using var memory = new MemoryStream();
        using (var zlib = new ZLibStream(memory, CompressionLevel.Fastest)) zlib.Write(data);
        return memory.ToArray();
    }

    private byte[] Word(long value, int size)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        bytes = bytes[..size];
        if (!isLittle) System.Array.Reverse(bytes);
        return bytes;
    }
}
