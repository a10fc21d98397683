using System.Buffers.Binary;

namespace Fovea.Imaging.Formats;

/// <summary>Reads a file's header from any seekable stream: numbers in either byte order, and an error that names the file when it
/// ends early.</summary>
internal sealed class HeaderReader(Stream stream, string name)
{
    public long Length { get; } = stream.Length;

    public long Position
    {
        get => stream.Position;
        set => stream.Position = value;
    }

    public long Left => Length - Position;

    public byte Byte()
    {
        int value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw EndsEarly();
    }

    public int UInt16BigEndian()
    {
        Span<byte> buffer = stackalloc byte[2];
        Fill(buffer);
        return BinaryPrimitives.ReadUInt16BigEndian(buffer);
    }

    public void Fill(Span<byte> buffer)
    {
        if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length) throw EndsEarly();
    }

    /// <summary>Reads a block whose length the file itself states: it is never trusted beyond what is there.</summary>
    public byte[] Block(long length)
    {
        if (length > Left) throw EndsEarly();
        var block = new byte[length];
        Fill(block);
        return block;
    }

    public ImageException EndsEarly() =>
        new($"{name}: the file is truncated: it ends inside its header, after {Length:N0} bytes. Fetch or export it again.");

    public ImageException Error(string message) => new($"{name}: {message}");
}
