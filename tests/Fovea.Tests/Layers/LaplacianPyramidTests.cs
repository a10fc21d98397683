using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

public class LaplacianPyramidTests
{
    /// <summary>A row of five pixels, alike in every row: windows 1 4 6 4 1 over 16 around the first, third and fifth, the ends
    /// repeated.</summary>
    [Fact]
    public void ReducingIsAsWorkedByHand()
    {
        using var scope = new TensorScope();
        Tensor picture = Tensor.From<float>([16, 0, 32, 0, 16], 1, 1, 1, 5).Repeat(1, 1, 3, 1);
        Tensor reduced = LaplacianPyramid.Reduce(picture);
        Assert.Equal([1, 1, 2, 3], reduced.Shape);
        Assert.Equal([13, 14, 13], reduced[0, 0, 0].ToArray<float>());       // (1+4+6)+0+2; 1+0+12+0+1; as the first
    }

    /// <summary>A pixel spreads by 1 4 6 4 1 over 8 in each direction: 36/64 where it is, 24/64 beside it.</summary>
    [Fact]
    public void ExpandingIsAsWorkedByHand()
    {
        using var scope = new TensorScope();
        Tensor picture = Tensor.From<float>([0, 64, 0], 1, 1, 1, 3);
        Assert.Equal([6f, 24, 36, 24, 6], LaplacianPyramid.Expand(picture, 1, 5).ToArray<float>());
        Assert.Equal([6f, 24, 36, 24, 6, 0], LaplacianPyramid.Expand(picture, 2, 6).ToArray<float>()[..6]);
    }

    [Theory]
    [InlineData(8, 12, 3)]
    [InlineData(7, 5, 3)]
    [InlineData(1, 1, 2)]
    [InlineData(6, 9, 1)]
    public void BandsAddUpToThePicture(int height, int width, int count)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        Tensor picture = Tensor.Randn([2, 3, height, width], generator);
        Tensor[] bands = LaplacianPyramid.Split(picture, count);
        Assert.Equal(count, bands.Length);
        Tensor sum = bands[^1];
        for (int i = count - 2; i >= 0; i--) sum = bands[i] + LaplacianPyramid.Expand(sum, bands[i].Size(2), bands[i].Size(3));
        Assert.InRange((sum - picture).Abs().Max().Item(), 0, 1e-5);
    }

    /// <summary>An even surface has nothing in its fine bands, away from the border.</summary>
    [Fact]
    public void AnEvenSurfaceIsInTheLastBand()
    {
        using var scope = new TensorScope();
        Tensor[] bands = LaplacianPyramid.Split(Tensor.Full([1, 1, 32, 32], 3), 3);
        Assert.InRange(bands[0].Slice(2, 4, -4).Slice(3, 4, -4).Abs().Max().Item(), 0, 1e-5);
        Assert.InRange((bands[2] - 3).Abs().Max().Item(), 0, 1e-5);
    }

    [Fact]
    public void GradientsAgreeWithDifferences() => GradientCheck.Run(
        picture => Tensor.Cat([.. LaplacianPyramid.Split(picture, 2).Select(band => band.Flatten())]),
        [.. Enumerable.Range(0, 12).Select(i => Math.Sin(i))], [1, 1, 3, 4]);
}
