using Fovea.Torch.Quantization;

namespace Fovea.Torch.Tests.Quantization;

public class ValueRangeTests
{
    [Theory]
    [InlineData(-1, 3, 255, 4.0 / 255, 64)]       // 63.75 steps below zero
    [InlineData(0, 2.55, 255, 0.01, 0)]
    [InlineData(-6, 0, 255, 6.0 / 255, 255)]
    [InlineData(-1, 1, 127, 2.0 / 127, 64)]       // 63.5, to even
    [InlineData(0, 0, 255, 1, 0)]
    public void ZeroIsAnIntegerAndTheEndsAreTheFirstAndTheLast(double low, double high, int steps, double scale, int zeroPoint)
    {
        Affine affine = new ValueRange(low, high).ToAffine(steps);
        Assert.Equal(scale, affine.Scale, 1e-12);
        Assert.Equal(zeroPoint, affine.ZeroPoint);
    }

    [Theory]
    [InlineData(0.1, 1), InlineData(-2, -1), InlineData(double.NaN, 1), InlineData(0, double.PositiveInfinity)]
    public void RangesWithoutZeroAreRefused(double low, double high) =>
        Assert.Contains("around zero", Assert.Throws<ArgumentException>(() => new ValueRange(low, high)).Message);

    [Fact]
    public void NumbersBecomeTheNearestIntegersAndCutOffAtTheEnds()
    {
        using var scope = new TensorScope();
        Tensor integers = Tensor.From([-2f, -1, 0, 0.26f, 1.5f, 9], 6).Quantize(new Affine(0.5, 2));
        Assert.Equal(DType.QUInt8, integers.DType);
        Assert.Equal([0, 0, 2, 3, 5, 20], integers.Integers().ToArray<byte>());
        Assert.Equal([-1f, -1, 0, 0.5f, 1.5f, 9], integers.Dequantize().ToArray<float>());
        Assert.Equal([255], Tensor.From([1000f], 1).Quantize(new Affine(0.5, 2)).Integers().ToArray<byte>());
    }
}

public class ConversionTests
{
    private static readonly Operator Libtorchs = new("aten::quantize_per_tensor"), Back = new("aten::dequantize.self");

    [Theory]
    [InlineData(1, 3, 5, 7), InlineData(2, 33, 40, 61), InlineData(1, 1, 1, 1), InlineData(3, 64, 1, 1)]
    public void NumbersAreThoseOfLibtorch(long n, long channels, long height, long width)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var affine = new Affine(0.037, 119);
        Tensor rows = Tensor.Randn([n, channels, height, width], generator) * 2;
        // Halves go to the even neighbour.
        rows.Flatten().Slice(0, 0, 1).CopyInPlace(Tensor.Full([1], 0.037f * 2.5f));
        foreach (Tensor real in new[] { rows, rows.ChannelsLast(), rows.Slice(3, 0, width, 2) })
        {
            Tensor expected = Libtorchs.Call(real, affine.Scale, affine.ZeroPoint, DType.QUInt8), actual = real.Quantize(affine);
            Assert.Equal(expected.Integers().ToArray<byte>(), actual.Integers().ToArray<byte>());
            Assert.Equal(Back.Call(expected).ToArray<float>(), actual.Dequantize().ToArray<float>());
        }
        Tensor last = rows.ChannelsLast();
        Assert.Equal(last.Strides, last.Quantize(affine).Strides);
        Assert.Equal(last.Strides, last.Quantize(affine).Dequantize().Strides);
    }

    [Fact]
    public void OtherTypesAreRefused()
    {
        using var scope = new TensorScope();
        Assert.Contains("Float32 on the CPU was expected", Assert.Throws<ArgumentException>(() => Tensor.Zeros([1], DType.Int8).Quantize(new Affine(1, 0))).Message);
        Assert.Throws<ArgumentException>(() => Tensor.Zeros([1]).Dequantize());
    }
}

public class ChannelWeightsTests
{
    [Fact]
    public void EveryChannelHasItsOwnScale()
    {
        using var scope = new TensorScope();
        using var weights = ChannelWeights.Of(Tensor.From([0.5f, -2, 0, 0, 0.5f, 0.1f], 3, 2), Tensor.From([1f, 2, 3], 3));
        Assert.Equal([32, -127, 0, 0, 127, 25], weights.Values.ToArray<sbyte>());
        Assert.Equal([2 / 127f, 1, 0.5f / 127], weights.Scales.ToArray<float>());
        Assert.Equal([1f, 2, 3], weights.Bias!.ToArray<float>());
        float[] real = weights.ToFloat().ToArray<float>(), expected = [32 * 2 / 127f, -2, 0, 0, 0.5f, 25 * 0.5f / 127];
        for (int i = 0; i < real.Length; i++) Assert.Equal(expected[i], real[i], 1e-6f);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = new TensorScope();
        Tensor values = Tensor.Zeros([3, 2], DType.Int8), scales = Tensor.Ones([3]);
        Assert.Throws<ArgumentException>(() => new ChannelWeights(Tensor.Zeros([3, 2]), scales, null));
        Assert.Throws<ArgumentException>(() => new ChannelWeights(values, Tensor.Ones([2]), null));
        Assert.Throws<ArgumentException>(() => new ChannelWeights(values, scales, Tensor.Ones([2])));
        Assert.Throws<ArgumentException>(() => new ChannelWeights(values, Tensor.Zeros([3]), null));
        Assert.Throws<ArgumentException>(() => new ChannelWeights(values, Tensor.Full([3], double.NaN), null));
    }
}

public class QuantizedEnginesTests
{
    [Fact]
    public void TheFastestIsChosenAndAnythingSlowIsRefused()
    {
        Assert.Equal(QuantizedEngine.OneDnn,
            QuantizedEngines.Fastest([QuantizedEngine.Qnnpack, QuantizedEngine.None, QuantizedEngine.OneDnn], "1"));
        Assert.Equal(QuantizedEngine.X86, QuantizedEngines.Fastest([QuantizedEngine.OneDnn, QuantizedEngine.Fbgemm, QuantizedEngine.X86], "2"));
        Assert.Contains("it has qnnpack, but x86, onednn or fbgemm is needed",
            Assert.Throws<TorchException>(() => QuantizedEngines.Fastest([QuantizedEngine.Qnnpack, QuantizedEngine.None], "1")).Message);
        Assert.Contains("it has none", Assert.Throws<TorchException>(() => QuantizedEngines.Fastest([], "1")).Message);
    }

    [Fact]
    public void LibtorchHasTheOneThatIsUsed() => Assert.Contains(QuantizedEngines.UseFastest(), QuantizedEngines.Supported);
}
