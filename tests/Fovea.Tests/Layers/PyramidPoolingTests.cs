using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

public class PyramidPoolingTests
{
    /// <summary>A map of 0 to 15: one mean of 7.5 or maximum of 15; four of 2.5, 4.5, 10.5, 12.5 or 5, 7, 13, 15. Enlarged to four pixels,
    /// two numbers are mixed by 0, 1/4, 3/4 and 1.</summary>
    [Theory]
    [InlineData(PyramidPoolingKind.Average, 7.5, 2.5)]
    [InlineData(PyramidPoolingKind.Max, 15, 5)]
    public void LevelsAreAsWorkedByHand(PyramidPoolingKind kind, double whole, double first)
    {
        using var scope = new TensorScope();
        using var layer = new PyramidPooling(1, [1, 2], kind);
        Assert.Empty(layer.Parameters());
        Assert.Equal(3, layer.OutChannels);
        float[] pixels = [.. Enumerable.Range(0, 16)];
        float[] views = layer.Forward(Tensor.From(pixels, 1, 1, 4, 4)).Contiguous().ToArray<float>();
        double[] mixed = [0, 0.25, 0.75, 1];
        Assert.Equal(48, views.Length);
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(pixels[i], views[i]);
            Assert.Equal(whole, views[16 + i], 1e-5);
            Assert.Equal(first + 8 * mixed[i / 4] + 2 * mixed[i % 4], views[32 + i], 1e-5);
        }
    }

    /// <summary>Means 2 and 4 through weights of 1 and -0.25, and 1 and -1: 1, and -2, which ReLU makes 0.</summary>
    [Fact]
    public void ReductionIsConvolutionNormAndRelu()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var layer = new PyramidPooling(2, [1], reduceTo: 2);
        layer.StateDict().Single(entry => entry.Name == "levels.0.0.weight").Value
            .CopyInPlace(Tensor.From<float>([1, -0.25f, 1, -1], 2, 2, 1, 1));
        layer.Train(false);
        float[] views = layer.Forward(Tensor.From<float>([1, 3, 3, 5], 1, 2, 1, 2)).Contiguous().ToArray<float>();
        float[] expected = [1, 3, 3, 5, 1, 1, 0, 0];
        Assert.Equal(4, layer.OutChannels);
        Assert.All(views.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
    }

    [Theory]
    [InlineData(PyramidPoolingKind.Average)]
    [InlineData(PyramidPoolingKind.Max)]
    public void GradientsAreThoseOfDifferences(PyramidPoolingKind kind)
    {
        using var layer = new PyramidPooling(2, [1, 2, 3], kind);
        var random = new Random(4);
        double[] values = [.. Enumerable.Range(0, 2 * 5 * 4).Select(_ => random.NextDouble())];
        GradientCheck.Run(layer.Forward, values, [1, 2, 5, 4]);
    }

    /// <summary>One picture's single mean has no variance, and a map of one pixel fills every window.</summary>
    [Fact]
    public void LearnsFromOnePixel()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        using var layer = new PyramidPooling(4, [1, 6], reduceTo: 2, generator: generator);
        Tensor output = layer.Forward(Tensor.Randn([1, 4, 1, 1], generator));
        Assert.Equal([1, 8, 1, 1], output.Shape);
        output.Sum().Backward();
        foreach ((string name, Tensor value) in layer.StateDict())
            Assert.True(double.IsFinite(value.To(DType.Float64).Sum().Item()), name);
    }

    [Fact]
    public void LevelsWithoutWindowsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new PyramidPooling(4, []));
        Assert.Contains("[1, 0]", Assert.Throws<ArgumentException>(() => new PyramidPooling(4, [1, 0])).Message);
    }
}
