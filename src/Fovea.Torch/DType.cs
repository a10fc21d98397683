namespace Fovea.Torch;

/// <summary>The type of a tensor's elements. The numbers are libtorch's <c>ScalarType</c>, so they cross the bridge as they are.</summary>
public enum DType
{
    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 0,
    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 1,
    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 2,
    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 3,
    /// <summary>Signed 64-bit integer: what libtorch uses for indices and labels.</summary>
    Int64 = 4,
    /// <summary>IEEE 754 binary16 (<see cref="Half"/>).</summary>
    Float16 = 5,
    /// <summary>IEEE 754 binary32 (<see cref="float"/>).</summary>
    Float32 = 6,
    /// <summary>IEEE 754 binary64 (<see cref="double"/>).</summary>
    Float64 = 7,
    /// <summary>Two binary16 values: real, imaginary.</summary>
    Complex32 = 8,
    /// <summary>Two binary32 values: real, imaginary.</summary>
    Complex64 = 9,
    /// <summary>Two binary64 values: real, imaginary.</summary>
    Complex128 = 10,
    /// <summary>Truth value, one byte: 0 or 1.</summary>
    Bool = 11,
    /// <summary>Signed 8-bit integer that stands for scale times itself less the zero point: quantised weights.</summary>
    QInt8 = 12,
    /// <summary>Unsigned 8-bit integer that stands for scale times itself less the zero point: quantised maps.</summary>
    QUInt8 = 13,
    /// <summary>The upper half of a binary32: 8 bits of exponent, 7 of fraction.</summary>
    BFloat16 = 15,
}

/// <summary>Facts about each <see cref="DType"/>.</summary>
public static class DTypes
{
    /// <summary>Bytes that one element takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration's.</exception>
    public static int ElementSize(this DType dtype) => dtype switch
    {
        DType.UInt8 or DType.Int8 or DType.Bool or DType.QInt8 or DType.QUInt8 => 1,
        DType.Int16 or DType.Float16 or DType.BFloat16 => 2,
        DType.Int32 or DType.Float32 or DType.Complex32 => 4,
        DType.Int64 or DType.Float64 or DType.Complex64 => 8,
        DType.Complex128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "not a known element type"),
    };

    /// <summary>Whether elements are real numbers with a fraction: the types that gradients may have, apart from the complex
    /// ones.</summary>
    public static bool IsFloatingPoint(this DType dtype) =>
        dtype is DType.Float16 or DType.BFloat16 or DType.Float32 or DType.Float64;
}
