using System.Buffers.Binary;
using System.Text;

namespace Fovea.Torch.Tests.Serialization;

/// <summary>Safetensors files put together by hand from the format's description, independently of the writer.</summary>
internal static class SafetensorsBytes
{
    public static byte[] File(string header, byte[] data) => File(Encoding.UTF8.GetBytes(header), data);

    public static byte[] File(byte[] header, byte[] data, ulong? statedLength = null)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, statedLength ?? (ulong)header.Length);
        return [.. length, .. header, .. data];
    }

    public static byte[] File(string header, int dataLength) => File(header, Enumerable.Range(0, dataLength).Select(i => (byte)i).ToArray());
}
