using Fovea.Torch.Nn;

namespace Fovea.Torch.Quantization;

/// <summary>A convolution or fully connected layer in 8-bit integers: products and sums are exact integers, and each output is rounded once
/// (Jacob et al. 2018, section 2.2).</summary>
internal sealed class QuantizedArithmetic : IDisposable
{
    private static readonly Operator PackConvolution = new("quantized::conv2d_prepack"), Convolution = new("quantized::conv2d.new"),
        ConvolutionRelu = new("quantized::conv2d_relu.new"), PackLinear = new("quantized::linear_prepack"),
        LinearOperator = new("quantized::linear"), HardSwish = new("quantized::hardswish"), AddOperator = new("quantized::add"),
        AddRelu = new("quantized::add_relu");

    private readonly ChannelWeights _weights;
    private readonly Conv2d? _convolution;
    private readonly Activation _activation;
    private readonly ScriptObject? _packed;
    private readonly Tensor? _real;

    /// <param name="ranges">With which numbers.</param>
    /// <param name="weights">Taken over.</param>
    /// <param name="convolution">Its stride, padding, dilation and groups; null for a fully connected layer.</param>
    /// <param name="activation">What follows.</param>
    public QuantizedArithmetic(PartRanges ranges, ChannelWeights weights, Conv2d? convolution, Activation activation)
    {
        (Ranges, _weights, _convolution, _activation) = (ranges, weights, convolution, activation);
        if (ranges.Output is null)
        {
            _real = weights.ToFloat().Unscoped();
            return;
        }
        QuantizedEngines.UseFastest();
        using var scope = new TensorScope();
        Tensor values = weights.ToQuantized();
        _packed = convolution is null ? PackLinear.CallObject(values, weights.Bias)
            : PackConvolution.CallObject(values, weights.Bias, convolution.Stride, convolution.Padding, convolution.Dilation,
                convolution.Groups);
    }

    public PartRanges Ranges { get; }

    /// <param name="input">float32, or integers.</param>
    /// <returns>Integers where they may stay so, float32 elsewhere.</returns>
    public Tensor Run(Tensor input)
    {
        using var scope = new TensorScope();
        bool isInteger = input.DType == DType.QUInt8;
        if (Ranges.Output is not { } range)
        {
            Tensor real = isInteger ? input.Dequantize() : input;
            real = _convolution is not { } c ? Functional.Linear(real, _real!, _weights.Bias)
                : Functional.Conv2d(real.ChannelsLast(), _real!, _weights.Bias, c.Stride, c.Padding, c.Dilation, c.Groups);
            return scope.Keep(real.Activate(_activation));
        }
        Tensor integers = isInteger ? input : input.Quantize(Ranges.Input.ToAffine());
        return scope.Keep(Finish(Multiply(integers, range.ToAffine())));
    }

    /// <summary>The sum of two maps of integers, and a ReLU where told so.</summary>
    public static Tensor Add(Tensor a, Tensor b, ValueRange output, bool relu)
    {
        Affine affine = output.ToAffine();
        return (relu ? AddRelu : AddOperator).Call(a, b, affine.Scale, affine.ZeroPoint);
    }

    public void Dispose()
    {
        _packed?.Dispose();
        _real?.Dispose();
        _weights.Dispose();
    }

    private Tensor Multiply(Tensor integers, Affine output)
    {
        if (_convolution is null) return LinearOperator.Call(integers, _packed!, output.Scale, output.ZeroPoint);
        bool relu = _activation is Activation.Relu or Activation.Relu6;
        return (relu ? ConvolutionRelu : Convolution).Call(integers.ChannelsLast(), _packed!, output.Scale, output.ZeroPoint);
    }

    private Tensor Finish(Tensor integers)
    {
        // Integers end at 255: the range of a ReLU6 ends at 6, and so does what it stands for unless it has fewer steps.
        if (_activation == Activation.Relu6 && ValueRange.Steps < byte.MaxValue) integers = integers.Activate(Activation.Relu6);
        if (_activation is Activation.None or Activation.Relu or Activation.Relu6)
            return Ranges.StaysInteger ? integers : integers.Dequantize();
        if (_activation == Activation.HardSwish && Ranges is { StaysInteger: true, Activated: { } activated })
        {
            Affine affine = activated.ToAffine();
            return HardSwish.Call(integers, affine.Scale, affine.ZeroPoint);
        }
        return integers.Dequantize().Activate(_activation);
    }
}
