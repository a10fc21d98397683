using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Backbones;

/// <summary>Beside the parity with torchvision: which tokens see each other, odd sizes, errors.</summary>
public class SwinTransformerTests
{
    private static readonly SwinTransformerDesign Small = new(8, [2, 2, 2, 2], [1, 2, 2, 4], 0);

    /// <summary>Windows of 3, shifted by 1, on 5 x 7 tokens, padded to 6 x 9: a token sees the window around it, cut at the map's border
    /// and where the shifted windows begin.</summary>
    [Theory]
    [InlineData(0, 0, 0, 0, 3, 0, 3)]
    [InlineData(0, 4, 6, 3, 5, 6, 7)]
    [InlineData(1, 0, 0, 0, 1, 0, 1)]        // shifted, the first row and column stand alone
    [InlineData(1, 2, 3, 1, 4, 1, 4)]
    [InlineData(1, 4, 6, 4, 5, 4, 7)]
    public void TokensSeeTheirWindow(int shift, int y, int x, int top, int bottom, int left, int right)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var attention = new WindowAttention(4, 2, 3, shift, generator);
        Tensor map = Tensor.Randn([1, 5, 7, 4], generator);
        map.RequiresGrad = true;
        attention.Forward(map)[0, y, x].Sum().Backward();
        bool[] sees = [.. map.Grad!.Abs().Sum([0, 3]).ToArray<float>().Select(gradient => gradient > 1e-12f)];
        for (int row = 0; row < 5; row++)
            for (int column = 0; column < 7; column++)
                Assert.Equal(row >= top && row < bottom && column >= left && column < right, sees[row * 7 + column]);
    }

    [Fact]
    public void PicturesOfABatchAndOfOtherSizesDoNotDisturbEachOther()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var attention = new WindowAttention(4, 2, 3, 1, generator);
        Tensor batch = Tensor.Randn([3, 5, 7, 4], generator), other = Tensor.Randn([1, 9, 4, 4], generator);
        Tensor together = attention.Forward(batch);
        Tensor before = attention.Forward(other);
        for (int i = 0; i < 3; i++) Assert.True(together[i].AllClose(attention.Forward(batch[i..(i + 1)])[0], atol: 1e-6));
        Assert.True(before.ElementsEqual(attention.Forward(other)));
    }

    /// <summary>One window holds the whole map: nothing is shifted.</summary>
    [Fact]
    public void ASmallMapIsNotShifted()
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.Randn([2, 3, 2, 4], new Generator(2));
        using var still = new WindowAttention(4, 2, 3, 0, new Generator(1));
        using var shifted = new WindowAttention(4, 2, 3, 1, new Generator(1));
        Assert.True(still.Forward(map).ElementsEqual(shifted.Forward(map)));
    }

    [Theory]
    [InlineData(64, 96, 16, 24, 2, 3)]
    [InlineData(37, 50, 9, 12, 2, 2)]
    [InlineData(4, 4, 1, 1, 1, 1)]
    public void SizesAreThoseOfTorchvision(int height, int width, int fineHeight, int fineWidth, int coarseHeight, int coarseWidth)
    {
        using var scope = new TensorScope();
        using var model = new SwinTransformer(Small, new BackboneOptions());
        Tensor[] maps = model.Forward(BackboneGoldens.Images(height, width));
        Assert.Equal([2, 8, fineHeight, fineWidth], maps[0].Shape);
        Assert.Equal([2, 64, coarseHeight, coarseWidth], maps[3].Shape);
    }

    [Fact]
    public void PicturesSmallerThanAPatchAreRefused()
    {
        using var scope = new TensorScope();
        using var model = new SwinTransformer(Small, new BackboneOptions());
        Assert.Contains("at least 4 x 4", Assert.Throws<ArgumentException>(() => model.Forward(Tensor.Zeros([1, 3, 3, 8]))).Message,
            StringComparison.Ordinal);
    }
}
