using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fovea.Torch.Tests.Serialization;

/// <summary>Puts pickles together opcode by opcode, as an attacker would, and wraps them as torch.save does.</summary>
internal sealed class PickleAssembler
{
    private readonly List<byte> _bytes = [0x80, 2];

    public PickleAssembler Op(params byte[] opcodes)
    {
        _bytes.AddRange(opcodes);
        return this;
    }

    public PickleAssembler Op(string opcodes, int times = 1)
    {
        for (int i = 0; i < times; i++) _bytes.AddRange(Encoding.ASCII.GetBytes(opcodes));
        return this;
    }

    public PickleAssembler Global(string module, string name) => Op($"c{module}\n{name}\n");

    public PickleAssembler Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op((byte)'X').Int32(utf8.Length).Op(utf8);
    }

    public PickleAssembler Number(int value) => Op((byte)'J').Int32(value);

    public PickleAssembler Long(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Op(0x8a, 8).Op(bytes);
    }

    /// <summary>A float32 storage.</summary>
    public PickleAssembler Storage(string key, long count) =>
        Op("(").Text("storage").Global("torch", "FloatStorage").Text(key).Text("cpu").Long(count).Op("tQ");

    /// <summary>A float32 tensor over storage 0.</summary>
    public PickleAssembler Tensor(long storageCount, long offset, long[] shape, long[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op("(").Storage("0", storageCount).Long(offset).Tuple(shape).Tuple(strides).Op(0x89);
        return Global("collections", "OrderedDict").Op(")RtR");
    }

    public byte[] Pickle() => [.. _bytes, (byte)'.'];

    /// <summary>A zip archive as torch.save makes it.</summary>
    public byte[] Zip(params (string Name, byte[] Data)[] others) => Zip(CompressionLevel.NoCompression, [("a/data.pkl", Pickle()), .. others]);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Data)[] entries)
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] data) in entries)
            {
                using Stream stream = archive.CreateEntry(name, level).Open();
                stream.Write(data);
            }
        }
        return memory.ToArray();
    }

    public PickleAssembler Tuple(params long[] values)
    {
        Op("(");
        foreach (long value in values) Long(value);
        return Op("t");
    }

    private PickleAssembler Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Op(bytes);
    }
}
