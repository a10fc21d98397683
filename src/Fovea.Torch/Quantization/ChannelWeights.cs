namespace Fovea.Torch.Quantization;

/// <summary>Weights as 8-bit integers with a scale for each output channel, and zero for zero.</summary>
/// <remarks>Krishnamoorthi: "Quantizing deep convolutional networks for efficient inference" (2018), sections 2.2 and 3.1.1: channels
/// differ so much once batch norm is folded in that one scale for all of them costs much accuracy, in depthwise convolutions most.
/// The integers are -127 to 127.</remarks>
public sealed class ChannelWeights : IDisposable
{
    private const int Largest = 127;

    private static readonly Operator PerChannel = new("aten::_make_per_channel_quantized_tensor"), MaxOver = new("aten::amax");

    /// <summary>Weights that are integers already; the tensors are taken over.</summary>
    /// <param name="values">out x ..., int8.</param>
    /// <param name="scales">out, float32, above zero.</param>
    /// <param name="bias">out, float32; or null.</param>
    /// <exception cref="ArgumentException">Types or lengths do not fit each other.</exception>
    public ChannelWeights(Tensor values, Tensor scales, Tensor? bias)
    {
        long[] channels = [values.Dim > 0 ? values.Size(0) : -1];
        if (values.DType != DType.Int8 || scales.DType != DType.Float32 || !scales.Shape.SequenceEqual(channels)
            || bias is not null && (bias.DType != DType.Float32 || !bias.Shape.SequenceEqual(channels)))
            throw new ArgumentException("8-bit weights are int8 with a float32 scale and perhaps a float32 bias for each output " +
                $"channel, but {values.Describe()}, {scales.Describe()} and {bias?.Describe() ?? "no bias"} arrived.");
        foreach (float scale in scales.ToArray<float>())
            if (!(scale > 0 && float.IsFinite(scale)))
                throw new ArgumentException($"A scale of 8-bit weights is {scale:g6}, but numbers above 0 were expected.");
        (Values, Scales, Bias) = (values.Unscoped(), scales.Unscoped(), bias?.Unscoped());
    }

    /// <summary>out x ..., int8.</summary>
    public Tensor Values { get; }

    /// <summary>out, float32: what one step of an output channel's integers stands for.</summary>
    public Tensor Scales { get; }

    /// <summary>out, float32; or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>The nearest 8-bit weights.</summary>
    /// <param name="weight">out x ..., float32.</param>
    /// <param name="bias">out, float32; or null.</param>
    public static ChannelWeights Of(Tensor weight, Tensor? bias)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor rows = weight.Detach().Contiguous().View(weight.Size(0), -1);                    // out,rest
        Tensor largest = MaxOver.Call(rows.Abs(), (long[])[1], false);
        // A channel of zeros has any scale.
        Tensor scales = (largest > 0).Where(largest / (double)Largest, Tensor.Ones(largest.Shape));
        Tensor values = (rows / scales.Unsqueeze(1)).Round().Clamp(-Largest, Largest).To(DType.Int8).View(weight.Shape);
        return new ChannelWeights(values, scales, bias?.Detach().Clone());
    }

    /// <summary>What the integers stand for: out x ..., float32.</summary>
    public Tensor ToFloat()
    {
        using var scope = new TensorScope();
        long[] shape = [Scales.Numel, .. Enumerable.Repeat(1L, Values.Dim - 1)];
        return scope.Keep(Values.To(DType.Float32) * Scales.View(shape));
    }

    /// <summary>As libtorch's quantised operators take them: out x ..., <see cref="DType.QInt8"/>.</summary>
    internal Tensor ToQuantized()
    {
        using var scope = new TensorScope();
        return scope.Keep(PerChannel.Call(Values, Scales, Tensor.Zeros(Scales.Shape, DType.Int64), 0));
    }

    /// <summary>Releases the tensors.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Scales.Dispose();
        Bias?.Dispose();
    }
}
