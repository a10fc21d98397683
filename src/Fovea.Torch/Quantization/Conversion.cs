using System.Runtime.Intrinsics;

namespace Fovea.Torch.Quantization;

/// <summary>Between float32 and 8-bit integers, with vectors and threads: libtorch's own operators take a number at a time where they are
/// built without FBGEMM, as Debian's are, and then cost more than the convolutions between them. The numbers are the same.</summary>
internal static unsafe class Conversion
{
    private const int ChunkLength = 1 << 16, Lanes = 32;
    private const int RowOrder = 0, ChannelsLast = 2;      // c10::MemoryFormat

    private static readonly Operator EmptyQuantized = new("aten::_empty_affine_quantized"), Scale = new("aten::q_scale"),
        ZeroPoint = new("aten::q_zero_point");

    /// <summary>The nearest integers, in the layout of the numbers: row order or channels-last.</summary>
    /// <param name="real">Any shape, float32, on the CPU.</param>
    /// <param name="affine">What the integers stand for.</param>
    public static Tensor ToIntegers(Tensor real, Affine affine)
    {
        using var scope = new TensorScope();
        (Tensor source, int layout) = Packed(real);
        Tensor integers = EmptyQuantized.Call(source.Shape, DType.QUInt8, Argument.None, Argument.None, Argument.None, affine.Scale,
            affine.ZeroPoint, layout);
        (nint from, nint to) = ((nint)source.DataPointer, (nint)integers.DataPointer);
        InChunks(source.Numel, (start, length) => Round((float*)from + start, (byte*)to + start, length, affine));
        GC.KeepAlive(source);
        return scope.Keep(integers);
    }

    /// <summary>What the integers stand for, in their layout.</summary>
    /// <param name="integers">Any shape, <see cref="DType.QUInt8"/>, on the CPU.</param>
    public static Tensor ToReal(Tensor integers)
    {
        using var scope = new TensorScope();
        (Tensor source, int layout) = Packed(integers);
        Tensor real = Operators.Empty.Call(source.Shape, DType.Float32, Argument.None, Argument.None, Argument.None, layout);
        (float scale, int zeroPoint) = ((float)Scale.CallNumber(source), (int)ZeroPoint.CallNumber(source));
        (nint from, nint to) = ((nint)source.DataPointer, (nint)real.DataPointer);
        InChunks(source.Numel, (start, length) => Widen((byte*)from + start, (float*)to + start, length, scale, zeroPoint));
        GC.KeepAlive(source);
        return scope.Keep(real);
    }

    private static (Tensor Source, int Layout) Packed(Tensor tensor) => tensor.IsContiguous ? (tensor, RowOrder)
        : tensor.Dim == 4 ? (tensor.ChannelsLast(), ChannelsLast) : (tensor.Contiguous(), RowOrder);

    private static void InChunks(long length, Action<long, int> work)
    {
        if (length <= 2 * ChunkLength)
        {
            work(0, (int)length);
            return;
        }
        Parallel.For(0, (length + ChunkLength - 1) / ChunkLength,
            chunk => work(chunk * ChunkLength, (int)Math.Min(ChunkLength, length - chunk * ChunkLength)));
    }

    // As libtorch: times the float32 reciprocal, and halves to even.
    private static void Round(float* from, byte* to, int length, Affine affine)
    {
        float inverse = 1f / (float)affine.Scale, low = -affine.ZeroPoint, high = byte.MaxValue - affine.ZeroPoint;
        int i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            Vector256<short> first = Vector256.Narrow(Eight(from + i), Eight(from + i + 8));
            Vector256<short> second = Vector256.Narrow(Eight(from + i + 16), Eight(from + i + 24));
            Vector256.Store(Vector256.Narrow(first.AsUInt16(), second.AsUInt16()), to + i);
        }
        for (; i < length; i++) to[i] = (byte)((int)MathF.Round(Math.Clamp(from[i] * inverse, low, high)) + affine.ZeroPoint);

        Vector256<int> Eight(float* numbers)
        {
            Vector256<float> scaled = Vector256.Load(numbers) * inverse;
            scaled = Vector256.Min(Vector256.Max(scaled, Vector256.Create(low)), Vector256.Create(high));
            return Vector256.ConvertToInt32(Vector256.Round(scaled)) + Vector256.Create(affine.ZeroPoint);
        }
    }

    private static void Widen(byte* from, float* to, int length, float scale, int zeroPoint)
    {
        int i = 0;
        for (; i <= length - Lanes; i += Lanes)
        {
            (Vector256<ushort> first, Vector256<ushort> second) = Vector256.Widen(Vector256.Load(from + i));
            Four(first, to + i);
            Four(second, to + i + 16);
        }
        for (; i < length; i++) to[i] = (from[i] - zeroPoint) * scale;

        void Four(Vector256<ushort> integers, float* target)
        {
            (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(integers);
            var zero = Vector256.Create(zeroPoint);
            Vector256.Store(Vector256.ConvertToSingle(lower.AsInt32() - zero) * scale, target);
            Vector256.Store(Vector256.ConvertToSingle(upper.AsInt32() - zero) * scale, target + 8);
        }
    }
}
