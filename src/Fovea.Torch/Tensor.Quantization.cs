using Fovea.Torch.Quantization;

namespace Fovea.Torch;

// 8-bit integers that stand for real numbers.
public sealed partial class Tensor
{
    private static readonly Operator PerTensor = new("aten::quantize_per_tensor"), ToReal = new("aten::dequantize.self"),
        IntegerValues = new("aten::int_repr");

    /// <summary>The nearest integers 0 to 255 (<see cref="DType.QUInt8"/>); numbers beyond become the ends. The layout stays.</summary>
    /// <param name="affine">What the integers stand for.</param>
    public Tensor Quantize(Affine affine) => PerTensor.Call(this, affine.Scale, affine.ZeroPoint, DType.QUInt8);

    /// <summary>What the integers stand for, in float32.</summary>
    public Tensor Dequantize() => ToReal.Call(this);

    /// <summary>The integers themselves: uint8 of a <see cref="DType.QUInt8"/>, int8 of a <see cref="DType.QInt8"/>.</summary>
    public Tensor Integers() => IntegerValues.Call(this);
}
