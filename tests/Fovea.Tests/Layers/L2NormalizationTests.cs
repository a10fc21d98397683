using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

public class L2NormalizationTests
{
    /// <summary>Pixels (3, 4), of length 5, and (0, -2); scales of 10, and then 10 and 1.</summary>
    [Fact]
    public void PixelsAreBroughtToTheScale()
    {
        using var scope = new TensorScope();
        using var layer = new L2Normalization(2, 10);
        Tensor map = Tensor.From<float>([3, 0, 4, -2], 1, 2, 1, 2);
        AssertClose([6, 0, 8, -10], layer.Forward(map));
        using (new NoGrad()) layer.Parameters().Single().CopyInPlace(Tensor.From<float>([10, 1], 2));
        AssertClose([6, 0, 0.8, -1], layer.Forward(map));
    }

    [Fact]
    public void GradientsAgreeWithDifferences()
    {
        using var layer = new L2Normalization(3, 2);
        GradientCheck.Run(map => layer.Forward(map), [0.3, -1.2, 0.8, 2.1, 0.4, -0.7, 1.5, -0.2, 0.9, 1.1, -0.6, 0.5], [2, 3, 1, 2]);
    }

    /// <summary>Behind a rectifier a pixel may be all zeros.</summary>
    [Fact]
    public void ZerosStayZerosAndHaveAGradient()
    {
        using var scope = new TensorScope();
        using var layer = new L2Normalization(2, 10);
        Tensor map = Tensor.Zeros([1, 2, 1, 1]);
        map.RequiresGrad = true;
        Tensor output = layer.Forward(map);
        output.Sum().Backward();
        AssertClose([0, 0], output.Detach());
        Assert.True(double.IsFinite(map.Grad!.Sum().Item()));
    }

    private static void AssertClose(double[] expected, Tensor actual)
    {
        float[] values = actual.Contiguous().ToArray<float>();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], values[i], 1e-5);
    }
}
