using Fovea.Torch.Quantization;

namespace Fovea.Torch;

// 8-bit integers that stand for real numbers.
public sealed partial class Tensor
{
    private static readonly Operator IntegerValues = new("aten::int_repr");

    /// <summary>The nearest integers 0 to 255 (<see cref="DType.QUInt8"/>); numbers beyond become the ends. The layout stays.</summary>
    /// <param name="affine">What the integers stand for.</param>
    /// <exception cref="ArgumentException">This is not float32 on the CPU.</exception>
    public Tensor Quantize(Affine affine) => Expected(DType.Float32) ? Conversion.ToIntegers(this, affine) : throw Unfit(DType.Float32);

    /// <summary>What the integers (<see cref="DType.QUInt8"/>) stand for, in float32. The layout stays.</summary>
    /// <exception cref="ArgumentException">This is not of that type on the CPU.</exception>
    public Tensor Dequantize() => Expected(DType.QUInt8) ? Conversion.ToReal(this) : throw Unfit(DType.QUInt8);

    /// <summary>The integers themselves: uint8 of a <see cref="DType.QUInt8"/>, int8 of a <see cref="DType.QInt8"/>.</summary>
    public Tensor Integers() => IntegerValues.Call(this);

    private bool Expected(DType dtype) => DType == dtype && !Device.IsCuda;

    private ArgumentException Unfit(DType dtype) => new($"{Describe()} arrived, but {dtype} on the CPU was expected.");
}
