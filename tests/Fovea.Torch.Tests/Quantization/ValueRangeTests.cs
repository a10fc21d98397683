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
