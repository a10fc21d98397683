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

    /// <summary>Without the care that <see cref="Functional.Conv2d"/> takes, oneDNN of libtorch 1.13 ends the process here.</summary>
    [Theory]
    [InlineData(3), InlineData(8), InlineData(15), InlineData(24)]
    public void StridedConvolutionsOfSinglePixelsHaveTheirGradientsForFewChannels(int channels)
    {
        using var generator = new Generator(3);
        foreach ((int pictures, int height) in (ReadOnlySpan<(int, int)>)[(1, 12), (2, 24), (4, 33), (4, 64)])
        {
            using var scope = new TensorScope();
            Tensor weight = Tensor.Randn([16, channels, 1, 1], generator);
            Tensor picture = Tensor.Randn([pictures, channels, height, height + 8], generator);
            float[][] expected = Gradients(picture.To(DType.Float64), weight.To(DType.Float64));
            for (int round = 0; round < 5; round++)
                foreach ((float[] wanted, float[] found) in expected.Zip(Gradients(picture.ChannelsLast(), weight.ChannelsLast())))
                {
                    float tolerance = 1e-5f * wanted.Max(Math.Abs);
                    for (int i = 0; i < wanted.Length; i++) Assert.Equal(wanted[i], found[i], tolerance);
                }
        }

        static float[][] Gradients(Tensor picture, Tensor weight)
        {
            (picture, weight) = (picture.Detach(), weight.Detach());
            picture.RequiresGrad = weight.RequiresGrad = true;
            Tensor sums = Functional.Conv2d(picture, weight, null, [2, 2], [0, 0], [1, 1]);
            Assert.Equal([picture.Size(0), 16, (picture.Size(2) + 1) / 2, (picture.Size(3) + 1) / 2], sums.Shape);
            (sums * sums).Sum().Backward();
            return [picture.Grad!.To(DType.Float32).ToArray<float>(), weight.Grad!.To(DType.Float32).ToArray<float>()];
        }
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
