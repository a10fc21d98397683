using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class HrNetV2Tests
{
    /// <summary>Figure 4b, in plain operators.</summary>
    [Fact]
    public void IsTheFigure()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using var backbone = new TinyBackbone(generator);
        using var model = new HrNetV2(backbone, new SegmenterOptions(5), generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 96, 64], generator);
        Tensor[] maps = [.. backbone.Forward(images).Select(map => Functional.ResizeBilinear(map, 24, 16))];
        Tensor scores = twin.Convolve(twin.Brick(Tensor.Cat(maps, 1), "mix"), "classifier");
        StateTwin.AssertClose(Functional.ResizeBilinear(scores, 96, 64), model.Forward(images));
    }

    /// <summary>In millions, at Cityscapes' 19 classes: Wang et al. 2021, table 3, and the authors' table of published networks for the
    /// smallest.</summary>
    [Theory]
    [InlineData("hrnetv2_w18_small", 1.5)]
    [InlineData("hrnetv2_w48", 65.8)]
    public void ParametersAreThePapers(string id, double millions)
    {
        using Segmenter model = ModelZoo.FindSegmenter(id).Create(19, new SegmenterSettings());
        Assert.Equal(millions, model.ParameterCount() / 1e6, 0.1);
    }

    /// <summary>A module without blocks is the exchange alone: a coarse map through its 1x1 convolution and batch norm, enlarged and added.
    /// By hand along a line: pixels 0 and 8 become 0, 2, 6 and 8, or 0, 0, 8 and 8.</summary>
    [Theory]
    [InlineData(true, new float[] { 1, 3, 7, 9 })]
    [InlineData(false, new float[] { 1, 1, 9, 9 })]
    public void CoarseMapsAreEnlargedAsTheDesignSays(bool bilinear, float[] expected)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var design = new HrNetDesign(1, [1], Blocks: 0, FirstBlocks: 1, FirstWidth: 1) { Bilinear = bilinear };
        using var module = new HrModule([1, 2], design, new BackboneOptions { BatchNormEpsilon = 0 }, null);
        module.Train(false);
        Tensor weight = module.StateDict().Single(entry => entry.Name == "fuse_layers.0.1.0.weight").Value;
        weight.CopyInPlace(Tensor.From<float>([1, 0], 1, 2, 1, 1));
        Tensor fine = Tensor.Ones([1, 1, 2, 4]), coarse = Tensor.From<float>([0, 8, 5, 5], 1, 2, 1, 2);
        float[] sums = module.Forward([fine, coarse])[0].Contiguous().ToArray<float>();
        Assert.Equal([.. expected, .. expected], sums);
    }

    /// <summary>The small design has all parts of the large ones.</summary>
    [Fact]
    public void SmallNetworkHasFourResolutions()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var backbone = new HrNet(HrNetDesign.Small, new BackboneOptions(), new Generator(1));
        backbone.Train(false);
        Tensor[] maps = backbone.Forward(Tensor.Zeros([1, 3, 37, 64]));
        Assert.Equal([[1, 16, 10, 16], [1, 32, 5, 8], [1, 64, 3, 4], [1, 128, 2, 2]], maps.Select(map => map.Shape));
        Assert.Equal([16, 32, 64, 128], backbone.Features.Select(stage => stage.Channels));
    }
}
