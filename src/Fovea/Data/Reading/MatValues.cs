using System.Buffers.Binary;

namespace Fovea.Data.Reading;

/// <summary>How the numbers of an element of a MATLAB file are stored, by the number that its tag has.</summary>
internal enum MatType
{
    Int8 = 1, UInt8 = 2, Int16 = 3, UInt16 = 4, Int32 = 5, UInt32 = 6, Single = 7, Double = 9, Int64 = 12, UInt64 = 13,
    Matrix = 14, Compressed = 15, Utf8 = 16, Utf16 = 17, Utf32 = 18,
}

/// <summary>Numbers as a MATLAB file stores them: often in a smaller type than their array's. Nothing is copied.</summary>
/// <param name="Type">How they are stored.</param>
/// <param name="Bytes">A whole number of values.</param>
/// <param name="IsLittle">Whether the lowest byte comes first.</param>
internal readonly record struct MatValues(MatType Type, ReadOnlyMemory<byte> Bytes, bool IsLittle)
{
    /// <summary>Number of values.</summary>
    public int Count => Bytes.Length / SizeOf(Type);

    /// <summary>A value; whole numbers beyond 2^53 are rounded.</summary>
    public double this[int index]
    {
        get
        {
            ReadOnlySpan<byte> at = Bytes.Span.Slice(index * SizeOf(Type), SizeOf(Type));
            return Type switch
            {
                MatType.Int8 => (sbyte)at[0],
                MatType.UInt8 or MatType.Utf8 => at[0],
                MatType.Int16 => IsLittle ? BinaryPrimitives.ReadInt16LittleEndian(at) : BinaryPrimitives.ReadInt16BigEndian(at),
                MatType.UInt16 or MatType.Utf16 =>
                    IsLittle ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at),
                MatType.Int32 => IsLittle ? BinaryPrimitives.ReadInt32LittleEndian(at) : BinaryPrimitives.ReadInt32BigEndian(at),
                MatType.UInt32 or MatType.Utf32 =>
                    IsLittle ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at),
                MatType.Single => IsLittle ? BinaryPrimitives.ReadSingleLittleEndian(at) : BinaryPrimitives.ReadSingleBigEndian(at),
                MatType.Double => IsLittle ? BinaryPrimitives.ReadDoubleLittleEndian(at) : BinaryPrimitives.ReadDoubleBigEndian(at),
                MatType.Int64 => IsLittle ? BinaryPrimitives.ReadInt64LittleEndian(at) : BinaryPrimitives.ReadInt64BigEndian(at),
                _ => IsLittle ? BinaryPrimitives.ReadUInt64LittleEndian(at) : BinaryPrimitives.ReadUInt64BigEndian(at),
            };
        }
    }

    /// <summary>Bytes of a value; 0 for what holds no numbers.</summary>
    public static int SizeOf(MatType type) => type switch
    {
        MatType.Int8 or MatType.UInt8 or MatType.Utf8 => 1,
        MatType.Int16 or MatType.UInt16 or MatType.Utf16 => 2,
        MatType.Int32 or MatType.UInt32 or MatType.Single or MatType.Utf32 => 4,
        MatType.Double or MatType.Int64 or MatType.UInt64 => 8,
        _ => 0,
    };
}
