using Fovea.Torch.Nn;
using Fovea.Torch.Quantization;

namespace Fovea.Torch.Tests.Quantization;

public class QuantizedPartsTests
{
    private static readonly ValueRange Input = new(-1.27, 1.28);

    private static PartRanges Ranges(ValueRange? output, bool stays = false, ValueRange? activated = null) =>
        new(Input, output) { StaysInteger = stays, Activated = activated };

    private static T Predicting<T>(T module) where T : Module
    {
        module.Train(false);
        return module;
    }

    /// <summary>One weight of 0.5, a bias of 0.1 and a ReLU: 0.5 -> 0.35, -1.27 -> 0, 1.28 -> 0.74, and 3 is cut off to 1.28.</summary>
    [Fact]
    public void AConvolutionByHand()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var convolution = Predicting(new Conv2d(1, 1, 1));
        convolution.Weight.FillInPlace(0.5);
        convolution.Bias!.FillInPlace(0.1);
        using var unit = new ConvolutionUnit(convolution, activation: Activation.Relu);
        unit.Quantize(Ranges(new ValueRange(0, 2.55)), unit.ToChannelWeights());
        float[] output = unit.Forward(Tensor.From([0.5f, -1.27f, 1.28f, 3], 1, 1, 2, 2)).ToArray<float>();
        float step = 2.55f / ValueRange.Steps;
        foreach ((float expected, float actual) in new[] { 0.35f, 0, 0.74f, 0.74f }.Zip(output)) Assert.Equal(expected, actual, step);
        Assert.Equal(0, output[1]);
    }

    [Theory]
    [InlineData(Activation.None, 1), InlineData(Activation.Relu, 2), InlineData(Activation.Relu6, 1), InlineData(Activation.HardSwish, 4)]
    public void ConvolutionsGiveTheIntegersOfAPlainLoop(Activation activation, int groups)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(1);
        using var convolution = Predicting(new Conv2d(4, 8, 3, stride: 2, padding: 1, groups: groups, generator: generator));
        using var norm = Predicting(new BatchNorm2d(8));
        norm.Weight.CopyInPlace(Tensor.Rand([8], generator) * 3 + 0.5);
        norm.RunningMean.CopyInPlace(Tensor.Randn([8], generator) * 0.2);
        using var unit = new ConvolutionUnit(convolution, norm, activation);
        ValueRange made = activation switch
        {
            Activation.Relu => new(0, 3), Activation.Relu6 => new(0, 6), Activation.HardSwish => new(-3, 4), _ => new(-3, 3),
        };
        ValueRange given = activation == Activation.HardSwish ? new(-0.4, 4) : made;
        unit.Quantize(Ranges(made, stays: true, given), unit.ToChannelWeights());
        using ChannelWeights weights = unit.ToChannelWeights();
        Tensor input = Tensor.Rand([2, 4, 7, 6], generator) * 2.4 - 1.2;
        Tensor output = unit.Forward(input);
        Assert.Equal(DType.QUInt8, output.DType);
        byte[] actual = output.Integers().ToArray<byte>();
        double[] expected = NaiveConvolution.Run(input.Quantize(Input.ToAffine()).Integers().ToArray<byte>(), [2, 4, 7, 6], Input.ToAffine(), weights,
            stride: 2, padding: 1, groups, made.ToAffine(), activation);
        Assert.Equal(expected.Length, actual.Length);
        Affine last = given.ToAffine();
        for (int i = 0; i < actual.Length; i++)
            Assert.InRange(actual[i] - Math.Clamp(Math.Round(expected[i] / last.Scale) + last.ZeroPoint, 0, 255), -1, 1);
        Assert.True(actual.Distinct().Count() > 20);        // else nothing was compared
        // Integers are taken as they come.
        Assert.Equal(actual, unit.Forward(input.Quantize(Input.ToAffine())).Integers().ToArray<byte>());
    }

    [Theory]
    [InlineData(Activation.Silu), InlineData(Activation.LeakyRelu), InlineData(Activation.Sigmoid), InlineData(Activation.HardSwish)]
    public void OtherActivationsAreComputedInFloat(Activation activation)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(2);
        using var convolution = Predicting(new Conv2d(3, 5, 1, generator: generator));
        using var unit = new ConvolutionUnit(convolution, activation: activation);
        Tensor input = Tensor.Rand([1, 3, 4, 4], generator) * 2.4 - 1.2;
        Tensor real = unit.Forward(input);
        unit.Quantize(Ranges(new ValueRange(-2.5, 2.5)), unit.ToChannelWeights());
        Tensor output = unit.Forward(input);
        Assert.Equal(DType.Float32, output.DType);
        Assert.InRange((output - real).Abs().Max().Item(), 1e-6, 0.03);
    }

    [Fact]
    public void AFullyConnectedLayerIsThatOfAPlainLoop()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using var layer = Predicting(new Linear(16, 6, generator: generator));
        using ChannelWeights weights = layer.ToChannelWeights();
        var made = new ValueRange(-2, 2);
        layer.Quantize(Ranges(made), layer.ToChannelWeights());
        Tensor input = Tensor.Rand([3, 2, 16], generator) * 2.4 - 1.2;
        Tensor output = layer.Forward(input);
        Assert.Equal([3, 2, 6], output.Shape);
        double[] expected = NaiveConvolution.Run(input.Quantize(Input.ToAffine()).Integers().ToArray<byte>(), [6, 16, 1, 1], Input.ToAffine(), weights, 1, 0, 1,
            made.ToAffine(), Activation.None);
        float[] actual = output.ToArray<float>();
        for (int i = 0; i < actual.Length; i++) Assert.Equal(expected[i], actual[i], made.ToAffine().Scale * 1.01);
    }

    /// <summary>The last layer: its weights are those of 8 bits, its arithmetic float32's.</summary>
    [Fact]
    public void WithoutARangeOnlyTheWeightsAreRounded()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(4);
        using var layer = Predicting(new Linear(16, 6, generator: generator));
        Tensor input = Tensor.Randn([3, 16], generator) * 10;           // beyond the input's range
        using ChannelWeights weights = layer.ToChannelWeights();
        layer.Quantize(Ranges(null), layer.ToChannelWeights());
        Tensor expected = Functional.Linear(input, weights.ToFloat(), weights.Bias);
        Assert.Equal(expected.ToArray<float>(), layer.Forward(input).ToArray<float>());
        Tensor integers = input.Quantize(new Affine(0.25, 128));
        Assert.Equal(Functional.Linear(integers.Dequantize(), weights.ToFloat(), weights.Bias).ToArray<float>(), layer.Forward(integers).ToArray<float>());
    }

    [Fact]
    public void SumsOfIntegersAreRoundedOnce()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var sum = Predicting(new ResidualSum(Activation.Relu));
        Tensor A() => Tensor.From([1f, -3, 2, 0.5f], 1, 1, 2, 2);
        Tensor B() => Tensor.From([0.5f, 1, 100, 0.25f], 1, 1, 2, 2);
        Assert.Equal([1.5f, 0, 102, 0.75f], sum.Forward(A(), B()).ToArray<float>());
        sum.Quantize(new PartRanges(new ValueRange(0, 0), new ValueRange(0, 25.5)) { StaysInteger = true }, null);
        var a = new Affine(0.5, 10);
        Tensor Quantized(Tensor real) => real.Quantize(a);
        Tensor both = sum.Forward(Quantized(A()), Quantized(B()));
        float step = 25.5f / ValueRange.Steps;
        float[] values = both.Dequantize().ToArray<float>();
        Assert.Equal(1.5f, values[0], step);
        Assert.Equal(0, values[1]);
        Assert.InRange(values[2], 25.4f, 51.3f);        // cut off at 25.5, or at twice that with half of the steps
        // Where one of the two is not in integers, neither is the sum.
        Assert.Equal([1.5f, 0, 102, 0.5f], sum.Forward(A(), Quantized(B())).ToArray<float>());
        Assert.Equal([1.5f, 0, 102, 0.75f], sum.Forward(Quantized(A()), B()).ToArray<float>());
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResidualSum(Activation.Silu));
    }

    [Fact]
    public void QuantisedPartsCannotBeTrainedAndTakeWeightsOfTheirShape()
    {
        using var scope = new TensorScope();
        using var layer = new Linear(4, 2);
        using var convolution = new Conv2d(1, 1, 1);
        using var unit = new ConvolutionUnit(convolution);
        Assert.Throws<ArgumentException>(() => layer.Quantize(Ranges(new ValueRange(-1, 1)), null));
        using ChannelWeights other = unit.ToChannelWeights();
        Assert.Contains("[2, 4]", Assert.Throws<ArgumentException>(() => layer.Quantize(Ranges(new ValueRange(-1, 1)), other)).Message);
        layer.Quantize(Ranges(new ValueRange(-1, 1)), layer.ToChannelWeights());
        unit.Quantize(Ranges(new ValueRange(-1, 1)), unit.ToChannelWeights());
        Assert.Contains("can predict", Assert.Throws<InvalidOperationException>(() => layer.Forward(Tensor.Zeros([1, 4]))).Message);
        using var noGrad = new NoGrad();
        Assert.Throws<InvalidOperationException>(() => unit.Forward(Tensor.Zeros([1, 1, 2, 2])));
        Predicting(convolution);
        unit.Forward(Tensor.Zeros([1, 1, 2, 2]));
    }
}

/// <summary>Integer convolution in plain loops.</summary>
internal static class NaiveConvolution
{
    /// <summary>What comes after the activation, before it is rounded; hard swish is given rounded numbers.</summary>
    public static double[] Run(byte[] input, long[] shape, Affine given, ChannelWeights weights, int stride, int padding, int groups, Affine made,
        Activation activation)
    {
        (long n, long channels, long height, long width) = (shape[0], shape[1], shape[2], shape[3]);
        long[] w = weights.Values.Shape;
        (long outputs, long inner, long kernel) = (w[0], w[1], w.Length > 2 ? w[2] : 1);
        sbyte[] values = weights.Values.ToArray<sbyte>();
        float[] scales = weights.Scales.ToArray<float>(), bias = weights.Bias!.ToArray<float>();
        (long outHeight, long outWidth) = ((height + 2 * padding - kernel) / stride + 1, (width + 2 * padding - kernel) / stride + 1);
        var result = new List<double>();
        for (long i = 0; i < n; i++)
            for (long o = 0; o < outputs; o++)
                for (long y = 0; y < outHeight; y++)
                    for (long x = 0; x < outWidth; x++)
                    {
                        long sum = 0;
                        for (long c = 0; c < inner; c++)
                            for (long ky = 0; ky < kernel; ky++)
                                for (long kx = 0; kx < kernel; kx++)
                                {
                                    long row = y * stride + ky - padding, column = x * stride + kx - padding;
                                    if (row < 0 || column < 0 || row >= height || column >= width) continue;
                                    long channel = o / (outputs / groups) * inner + c;
                                    long number = input[((i * channels + channel) * height + row) * width + column] - given.ZeroPoint;
                                    sum += number * values[((o * inner + c) * kernel + ky) * kernel + kx];
                                }
                        result.Add(Activate(sum * given.Scale * scales[o] + bias[o], activation, made));
                    }
        return [.. result];
    }

    private static double Activate(double value, Activation activation, Affine made)
    {
        if (activation != Activation.HardSwish)
            return activation switch { Activation.Relu => Math.Max(0, value), Activation.Relu6 => Math.Clamp(value, 0, 6), _ => value };
        double rounded = (Math.Clamp(Math.Round(value / made.Scale) + made.ZeroPoint, 0, 255) - made.ZeroPoint) * made.Scale;
        return rounded * Math.Clamp(rounded + 3, 0, 6) / 6;
    }
}
