using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Segmentation.Parts;

/// <summary>The parts of GCN and RefineNet.</summary>
public class LargeKernelTests
{
    /// <summary>Each branch is the k x k convolution whose kernel is the product of its two lines: the whole is one dense kernel, where the
    /// picture's border is far enough away.</summary>
    [Fact]
    public void GlobalConvolutionIsADenseKernelOfRankTwo()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(1);
        using var layer = new GlobalConvolution(1, 1, 5, generator);
        Dictionary<string, Tensor> state = layer.StateDict().ToDictionary();
        Tensor left = state["left.0.weight"].View(5, 1).MatMul(state["left.1.weight"].View(1, 5));
        Tensor right = state["right.1.weight"].View(5, 1).MatMul(state["right.0.weight"].View(1, 5));
        Tensor map = Tensor.Randn([1, 1, 11, 9], generator);
        Tensor expected = Functional.Conv2d(map, (left + right).View(1, 1, 5, 5), null, [1, 1], [0, 0], [1, 1]);
        Tensor actual = layer.Forward(map);
        Assert.Equal([1, 1, 11, 9], actual.Shape);
        Assert.InRange((actual.Slice(2, 2, 9).Slice(3, 2, 7) - expected).Abs().Max().Item(), 0, 1e-5);
    }

    /// <summary>2 k (C K + K^2) weights and 4 K biases, against k^2 C K of the dense kernel.</summary>
    [Fact]
    public void GlobalConvolutionHasFewParameters()
    {
        using var layer = new GlobalConvolution(512, 21, 15, generator: null);
        Assert.Equal(2 * 15 * (512 * 21 + 21 * 21) + 4 * 21, layer.ParameterCount());
        Assert.Contains("odd", Assert.Throws<ArgumentException>(() => new GlobalConvolution(4, 2, 14, generator: null)).Message);
    }

    /// <summary>One channel, kernels that pass the middle on by 2 and 3: x + 3 max(2 x, 0), or x + 3 max(2 max(x, 0), 0).</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ResidualUnitsAreAsWorkedByHand(bool preactivated)
    {
        using var scope = new TensorScope();
        using var unit = new ResidualConvolutionUnit(1, preactivated, generator: null);
        PassOn(unit, "first.0.weight", preactivated ? 2 : -2);
        PassOn(unit, "second.0.weight", 3);
        float[] result = unit.Forward(Tensor.From<float>([1, -1, 0, 4], 1, 1, 2, 2)).ToArray<float>();
        float[] expected = preactivated ? [7, -1, 0, 28] : [1, 5, 0, 4];
        Assert.All(result.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    /// <summary>A spot of 1 in a row of nine: ReLU keeps it, pooling spreads it to five pixels and its half is added, pooling again to nine
    /// and a quarter of that is.</summary>
    [Fact]
    public void ChainedPoolingIsAsWorkedByHand()
    {
        using var scope = new TensorScope();
        using var layer = new ChainedResidualPooling(1, 2, generator: null);
        PassOn(layer, "blocks.0.0.weight", 0.5f);
        PassOn(layer, "blocks.1.0.weight", 0.5f);
        float[] pixels = [0, -3, 0, 0, 1, 0, 0, 0, 0], expected = [0.25f, 0.25f, 0.75f, 0.75f, 1.75f, 0.75f, 0.75f, 0.25f, 0.25f];
        float[] result = layer.Forward(Tensor.From(pixels, 1, 1, 1, 9)).ToArray<float>();
        Assert.All(result.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    private static void PassOn(Module layer, string name, float weight)
    {
        using var noGrad = new NoGrad();
        Tensor kernel = layer.StateDict().Single(entry => entry.Name == name).Value.ZeroInPlace();
        kernel[0, 0, 1, 1].FillInPlace(weight);
    }
}
