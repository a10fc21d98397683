using Fovea.Layers;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class UNetTests
{
    /// <summary>Figure 1 of the paper: 572 pixels make 388; the smallest input of which every level leaves something makes 4.</summary>
    [Fact]
    public void GeometryIsThePapers()
    {
        Assert.Equal(572, UNet.Geometry.InputSize(388));
        Assert.True(UNet.Geometry.Fits(572));
        Assert.True(UNet.Geometry.Fits(188));
        Assert.False(UNet.Geometry.Fits(172));
        Assert.False(UNet.Geometry.Fits(573));
        Assert.Equal([4, 4, 20, 20, 388], new long[] { 1, 4, 5, 20, 373 }.Select(UNet.Geometry.OutputSize));
    }

    [Theory]
    [InlineData(188, 204)]
    [InlineData(220, 188)]
    public void TilesLoseTheirMargin(int height, int width)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using UNet model = Create();
        Assert.Equal([1, 2, height - 184, width - 184], model.ForwardTile(Tensor.Zeros([1, 3, height, width])).Shape);
    }

    [Fact]
    public void OtherTilesAreRefused()
    {
        using var scope = new TensorScope();
        using UNet model = Create();
        var error = Assert.Throws<ArgumentException>(() => model.ForwardTile(Tensor.Zeros([1, 3, 188, 190])));
        Assert.Contains("188, 204, 220", error.Message);
    }

    /// <summary>Tiles that are cut with their margins say the same as the whole picture, wherever they begin at a multiple of 16.</summary>
    [Fact]
    public void OverlappingTilesAreSeamless()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using UNet model = Create();
        Tensor picture = Tensor.Randn([1, 3, 52, 68], generator);
        Tensor whole = model.Forward(picture);
        Tensor mirrored = MirrorPadding.Pad(picture, 92, 92, 92, 92);
        foreach ((int top, int left) in ((int, int)[])[(0, 0), (16, 48), (32, 16)])
        {
            Tensor tile = mirrored.Slice(2, top, top + 204).Slice(3, left, left + 204);          // scores of 20 x 20
            Tensor expected = whole.Slice(2, top, top + 20).Slice(3, left, left + 20);
            Assert.InRange((model.ForwardTile(tile) - expected).Abs().Max().Item(), 0, 1e-5);
        }
        Assert.True(whole.Abs().Max().Item() > 0.01);
    }

    /// <summary>Both forms drop as the settings say, and U-Net by half at the end of its contracting path where they do not.</summary>
    [Theory]
    [InlineData("unet", null, true)]
    [InlineData("unet", 0.0, false)]
    [InlineData("unet_same", null, false)]
    [InlineData("unet_same", 0.5, true)]
    public void DropoutIsThatOfTheSettings(string id, double? dropout, bool random)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using Segmenter model = ModelZoo.FindSegmenter(id).Create(2, new SegmenterSettings { Width = 4, Dropout = dropout }, new Generator(1));
        Tensor picture = Tensor.Randn([1, 3, 16, 16], new Generator(2));
        Assert.Equal(random, !model.Forward(picture).ElementsEqual(model.Forward(picture)));
    }

    private static UNet Create()
    {
        var model = new UNet(new SegmenterOptions(2), 4, new Generator(1));
        model.Train(false);
        return model;
    }
}
