using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

public class BilinearUpsamplingTests
{
    /// <summary>Two pixels, 4 and 8, twice as large: tents of 1/4, 3/4, 3/4, 1/4 at a distance of 2.</summary>
    [Fact]
    public void TentsAddUpAsWorkedByHand()
    {
        using var scope = new TensorScope();
        using var layer = new BilinearUpsampling(4, 2);
        float[] row = layer.Forward(Tensor.From<float>([4, 8], 1, 1, 1, 2)).ToArray<float>()[6..12];        // the second of four rows
        Assert.Equal((float[])[0.75f, 2.25f, 3.75f, 5.25f, 4.5f, 1.5f], row);
        Assert.Empty(layer.StateDict());
    }

    /// <summary>Where two pixels share each place it is what interpolation gives, with the pixel's corner or its centre on the grid.</summary>
    [Theory]
    [InlineData(8, 4)]
    [InlineData(7, 4)]
    [InlineData(64, 32)]
    public void InsideItIsInterpolation(int kernel, int stride)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(2);
        using var layer = new BilinearUpsampling(kernel, stride);
        Tensor map = Tensor.Randn([2, 3, 5, 4], generator);
        Tensor enlarged = layer.Forward(map);
        Assert.Equal([2, 3, 4 * stride + kernel, 3 * stride + kernel], enlarged.Shape);
        bool centred = kernel % 2 == 1;
        Tensor expected = centred ? Functional.ResizeBilinear(map, 4 * stride + 1, 3 * stride + 1, alignCorners: true)
            : Functional.ResizeBilinear(map, 5 * stride, 4 * stride);
        int cut = centred ? 0 : stride, start = (kernel - 1) / 2 - (centred ? 0 : (stride - 1) / 2) + cut;
        Tensor inside = expected.Slice(2, cut, expected.Size(2) - cut).Slice(3, cut, expected.Size(3) - cut);
        Tensor actual = enlarged.Slice(2, start, start + inside.Size(2)).Slice(3, start, start + inside.Size(3));
        Assert.InRange((actual - inside).Abs().Max().Item(), 0, 1e-5);
    }

    [Fact]
    public void OtherKernelsAreRefused() =>
        Assert.Contains("enlarges 3 times, not 4 times", Assert.Throws<ArgumentException>(() => new BilinearUpsampling(6, 4)).Message);
}
