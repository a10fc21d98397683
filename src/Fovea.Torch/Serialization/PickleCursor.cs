using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Fovea.Torch.Serialization;

/// <summary>Reads the fields of a pickle's opcodes, none of them past the end.</summary>
internal ref struct PickleCursor(string path, ReadOnlySpan<byte> data)
{
    private const int MaxNameLength = 200;
    private const int MaxIntegerBytes = 64;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    /// <summary>The next <paramref name="count"/> bytes.</summary>
    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _data.Length - Position)
        {
            throw Bad($"needs {count} more bytes at byte {Position}, where {_data.Length - Position} are left: " +
                "the file is truncated or damaged.");
        }
        ReadOnlySpan<byte> taken = _data.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>A length of eight bytes; one that no file can have comes back as the largest number there is.</summary>
    public long Length64() => (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)), long.MaxValue);

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A two's-complement number of up to 64 bytes.</summary>
    public BigInteger Integer(long length) => length <= MaxIntegerBytes
        ? new BigInteger(Take(length))
        : throw Bad($"holds a whole number of {length} bytes; at most {MaxIntegerBytes} are read.");

    /// <summary>UTF-8 text.</summary>
    public string Text(long length)
    {
        try
        {
            return StrictUtf8.GetString(Take(length));
        }
        catch (DecoderFallbackException e)
        {
            throw new TensorFileException(path, $"the pickle holds text before byte {Position} that is not valid UTF-8.", e);
        }
    }

    /// <summary>A line of printable ASCII, as names of modules and classes are written.</summary>
    public string Line()
    {
        ReadOnlySpan<byte> rest = _data[Position..];
        int end = rest[..Math.Min(rest.Length, MaxNameLength + 1)].IndexOf((byte)'\n');
        if (end < 0) throw Bad($"holds a name at byte {Position} that is cut off or longer than {MaxNameLength} characters.");
        ReadOnlySpan<byte> line = Take(end + 1)[..end];
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            throw Bad($"holds a name before byte {Position} that is not plain ASCII.");
        return Encoding.ASCII.GetString(line);
    }

    private readonly TensorFileException Bad(string problem) => new(path, $"the pickle {problem}");
}
