using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fovea.Tests.Data;

/// <summary>The files of MNIST and CIFAR, byte by byte as they are published.</summary>
internal static class PackedBytes
{
    public static byte[] Idx(int[] sizes, ReadOnlySpan<byte> values)
    {
        byte[] header = new byte[4 + 4 * sizes.Length];
        (header[2], header[3]) = (8, (byte)sizes.Length);
        for (int i = 0; i < sizes.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        return [.. header, .. values];
    }

    public static byte[] Gzip(byte[] data)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(data);
        return memory.ToArray();
    }

    /// <summary>Pictures of CIFAR: three planes of 32 x 32 of each; the value says picture, plane and place.</summary>
    public static byte[] Planes(int first, int count)
    {
        byte[] data = new byte[count * 3072];
        for (int i = 0; i < data.Length; i++) data[i] = Pixel(first + i / 3072, i % 3072 / 1024, i % 1024);
        return data;
    }

    public static byte Pixel(int picture, int plane, int place) => (byte)(picture * 31 + plane * 7 + place);

    /// <summary>A binary file of CIFAR: the labels of each picture, then its planes.</summary>
    public static byte[] CifarBinary(int first, params byte[][] labels)
    {
        byte[] planes = Planes(first, labels.Length);
        return [.. labels.SelectMany((own, i) => own.Concat(planes.Skip(i * 3072).Take(3072)))];
    }

    /// <summary>A pickle as Python 2 wrote it for CIFAR: batch_label, labels, data and filenames.</summary>
    public static byte[] CifarPickle(int first, byte[] labels, string labelKey = "labels", bool columnsFirst = false)
    {
        byte[] planes = Planes(first, labels.Length);
        if (columnsFirst)
            planes = [.. Enumerable.Range(0, planes.Length).Select(i => planes[i % labels.Length * 3072 + i / labels.Length])];
        return
        [
            0x80, 2, .. "}q\u0001("u8, .. Short("batch_label"), .. Short("training batch 1 of 5"),
            .. Short(labelKey), .. "]q\u0005("u8, .. labels.SelectMany(label => new byte[] { (byte)'K', label }), (byte)'e',
            .. Short("data"), .. "cnumpy.core.multiarray\n_reconstruct\nq\u0007"u8,
            .. "cnumpy\nndarray\nq\u0008K\0\u0085q\tU\u0001bq\n\u0087Rq\v(K\u0001".L1(),
            (byte)'J', .. Int32(labels.Length), (byte)'M', 0, 12, .. "\u0086".L1(),
            .. "cnumpy\ndtype\nq\fU\u0002u1q\rK\0K\u0001\u0087Rq\u000e".L1(),
            .. "(K\u0003U\u0001|NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb".L1(), columnsFirst ? (byte)0x88 : (byte)0x89,
            (byte)'T', .. Int32(planes.Length), .. planes, .. "tb"u8,
            .. Short("filenames"), .. "]("u8, .. labels.SelectMany((_, i) => Short($"picture_{i}.png")), .. "eu."u8,
        ];
    }

    /// <summary>The pickle that names CIFAR's classes.</summary>
    public static byte[] NamesPickle(string key, params string[] names) =>
        [0x80, 2, .. "}q\u0001("u8, .. Short(key), .. "]q\u0002("u8, .. names.SelectMany(Short), .. "eu."u8];

    private static byte[] Short(string text) => [(byte)'U', (byte)text.Length, .. Encoding.Latin1.GetBytes(text)];

    private static byte[] Int32(int value) => BitConverter.GetBytes(value);

    private static byte[] L1(this string text) => Encoding.Latin1.GetBytes(text);
}
