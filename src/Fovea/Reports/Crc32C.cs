using System.Buffers.Binary;
using System.Numerics;

namespace Fovea.Reports;

/// <summary>CRC-32C (Castagnoli): the checksum of TFRecord files.</summary>
/// <remarks>RFC 3720, section 12.1 and appendix B.4: reflected polynomial 0x82F63B78, initial value and final inversion all ones.</remarks>
internal static class Crc32C
{
    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte value in data) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    /// <summary>The checksum as TFRecord files store it: turned right by 15 bits, plus a constant, so that the checksum of
    /// bytes that hold checksums themselves stays a good one.</summary>
    public static uint Masked(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Of(data), 15) + 0xA282EAD8;
}
