using Fovea.Torch.Nn;

namespace Fovea.Torch.Tests.Nn;

public class LayerTests
{
    // Mean 2.5 and variance 1.25, by hand.
    [Fact]
    public void LayerNormNormalisesTheLastDimension()
    {
        using var scope = new TensorScope();
        using var norm = new LayerNorm(4, epsilon: 0);
        float[] result = norm.Forward(Tensor.From<float>([1, 2, 3, 4, 10, 20, 30, 40], [2, 4])).ToArray<float>();
        float[] expected = [-1.5f, -0.5f, 0.5f, 1.5f];
        for (int i = 0; i < 8; i++) Assert.Equal(expected[i % 4] / MathF.Sqrt(1.25f), result[i], 1e-5f);
    }

    [Fact]
    public void StochasticDepthDropsWholePicturesAndKeepsTheMean()
    {
        using var scope = new TensorScope();
        using var layer = new StochasticDepth(0.25);
        float[] result = layer.Forward(Tensor.Ones([4000, 2, 3])).ToArray<float>();
        for (int n = 0; n < 4000; n++)
            Assert.All(result[(n * 6)..(n * 6 + 6)], value => Assert.True(value == result[n * 6] && (value == 0 || Math.Abs(value - 4f / 3) < 1e-5f)));
        Assert.Equal(1, result.Average(), 0.05);
        layer.Train(false);
        Assert.All(layer.Forward(Tensor.Ones([3, 2])).ToArray<float>(), value => Assert.Equal(1, value));
        using var always = new StochasticDepth(1);
        Assert.All(always.Forward(Tensor.Ones([3, 2])).ToArray<float>(), value => Assert.Equal(0, value));
    }

    // One input pixel of value v writes v times the kernel; windows a step of 2 apart overlap by one, and one row is cut off.
    [Fact]
    public void TransposedConvolutionAddsOverlappingKernels()
    {
        using var scope = new TensorScope();
        using var layer = new ConvTranspose2d(1, 1, 3, stride: 2, padding: 1, outputPadding: 1, bias: false);
        using (new NoGrad()) layer.Weight.CopyInPlace(Tensor.From<float>([0, 0, 0, 1, 2, 3, 0, 0, 0], [1, 1, 3, 3]));
        Tensor output = layer.Forward(Tensor.From<float>([1, 10], [1, 1, 1, 2]));
        Assert.Equal([1, 1, 2, 4], output.Shape);
        Assert.Equal([2, 13, 20, 30, 0, 0, 0, 0], output.ToArray<float>());     // whole row: 1 2 3+10 20 30, and its left end cut off
    }

    // PyTorch refuses to train on it: the variance of one number is 0/0, and would stay in the running statistics.
    [Fact]
    public void BatchNormOfOneNumberAChannelUsesTheRunningStatistics()
    {
        using var scope = new TensorScope();
        using var norm = new BatchNorm2d(2, epsilon: 0);
        norm.RunningMean.CopyInPlace(Tensor.From<float>([1, 2], [2]));
        norm.RunningVariance.CopyInPlace(Tensor.From<float>([4, 1], [2]));
        Assert.Equal([2f, 3], norm.Forward(Tensor.From<float>([5, 5], [1, 2, 1, 1])).ToArray<float>());
        Assert.Equal([4f, 1], norm.RunningVariance.ToArray<float>());
        Assert.Equal([-1f, 1, -1, 1], norm.Forward(Tensor.From<float>([5, 7, 5, 9], [1, 2, 1, 2])).ToArray<float>());
        Assert.NotEqual([4f, 1], norm.RunningVariance.ToArray<float>());
    }
}
