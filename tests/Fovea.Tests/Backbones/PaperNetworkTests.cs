using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

/// <summary>SE-ResNet, SE-ResNeXt, Darknet-53 and HRNet: torchvision has none of them.</summary>
public class PaperNetworkTests
{
    [Theory]
    [InlineData("se_resnet50", 75, 107)]
    [InlineData("se_resnext50_32x4d", 75, 107)]
    [InlineData("darknet53", 75, 107)]
    [InlineData("hrnet_w18", 64, 96)]
    public void ScoresAreThoseOfASecondImplementation(string id, int height, int width)
    {
        var options = new BackboneOptions { ClassCount = BackboneGoldens.Classes };
        using Backbone model = ModelZoo.FindClassifier(id).Create(options, new Generator(1));
        Assert.Equal(BackboneGoldens.Of(id).GetProperty("parameters").GetInt64(), model.ParameterCount());
        BackboneGoldens.AssertScores(id, model, height, width, tolerance: 1e-4);
    }

    /// <summary>At 1,000 classes. SE networks: by hand, Hu et al. 2018, equation 5, with biases: N (2 C C/16 + C/16 + C) for N blocks of
    /// each C = 256, 512, 1024, 2048 upon ResNet's 25,557,032, 44,549,160 and 60,192,808, and ResNeXt's 25,028,904 and 44,177,704. Darknet-53:
    /// the convolutions of table 1, two numbers for each of their channels, and 1,000 x 1,025. HRNets: what the authors publish.</summary>
    [Theory]
    [InlineData("se_resnet50", 28_088_024, 0.0000005)]
    [InlineData("se_resnet101", 49_326_872, 0.0000005)]
    [InlineData("se_resnet152", 66_821_848, 0.0000005)]
    [InlineData("se_resnext50_32x4d", 27_559_896, 0.0000005)]
    [InlineData("se_resnext101_32x4d", 48_955_416, 0.0000005)]
    [InlineData("darknet53", 41_609_928, 0.0000005)]
    [InlineData("hrnet_w18", 21_300_000, 0.05)]
    [InlineData("hrnet_w32", 41_200_000, 0.05)]
    [InlineData("hrnet_w48", 77_500_000, 0.05)]
    public void ParametersAreThePublishedOnes(string id, long count, double millions)
    {
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 2 }, new Generator(1));
        long byClass = model.NamedParameters().Where(p => model.ClassLayers.Any(p.Name.StartsWith)).Sum(p => p.Parameter.Numel) / 2;
        Assert.Equal(count / 1e6, (model.ParameterCount() + 998 * byClass) / 1e6, millions);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(101)]
    public void GatesAddWhatThePaperSays(int depth)
    {
        ResNetDesign design = ResNetDesign.OfDepth(depth);
        using var plain = new ResNet(design, new BackboneOptions(), new Generator(1));
        using var gated = new ResNet(design with { SqueezeRatio = 16 }, new BackboneOptions(), new Generator(1));
        long expected = design.Blocks.Select((count, stage) => count * Gate(256L << stage)).Sum();
        Assert.Equal(expected, gated.ParameterCount() - plain.ParameterCount());

        static long Gate(long channels) => 2 * channels * channels / 16 + channels / 16 + channels;
    }

    /// <summary>Darknet's files hold the convolutions of its network in order, and so do the state's names.</summary>
    [Fact]
    public void DarknetsConvolutionsAreInTheOrderOfItsFiles()
    {
        using var model = new Darknet53(new BackboneOptions { ClassCount = 2 }, new Generator(1));
        long[][] convolutions = [.. model.NamedParameters().Where(p => p.Parameter.Dim == 4).Select(p => p.Parameter.Shape)];
        var expected = new List<long[]> { (long[])[32, 3, 3, 3] };
        long channels = 32;
        foreach (int count in (int[])[1, 2, 8, 8, 4])
        {
            expected.Add([2 * channels, channels, 3, 3]);
            channels *= 2;
            for (int i = 0; i < count; i++) expected.AddRange([[channels / 2, channels, 1, 1], [channels, channels / 2, 3, 3]]);
        }
        Assert.Equal(expected, convolutions);
        Assert.Equal(52, convolutions.Length);              // the 53rd layer is the classifier
    }

    /// <summary>The authors' names, by which their weights could be read.</summary>
    [Theory]
    [InlineData("transition1.0.0.weight", 18, 256, 3, 3)]
    [InlineData("transition3.3.0.0.weight", 144, 72, 3, 3)]
    [InlineData("stage2.0.branches.1.3.conv2.weight", 36, 36, 3, 3)]
    [InlineData("stage3.3.fuse_layers.0.2.0.weight", 18, 72, 1, 1)]
    [InlineData("stage4.2.fuse_layers.3.0.1.0.weight", 18, 18, 3, 3)]
    [InlineData("stage4.2.fuse_layers.3.0.2.0.weight", 144, 18, 3, 3)]
    [InlineData("incre_modules.3.0.downsample.0.weight", 1024, 144, 1, 1)]
    [InlineData("downsamp_modules.2.0.bias", 1024)]
    [InlineData("final_layer.0.weight", 2048, 1024, 1, 1)]
    public void HrNetHasItsAuthorsNames(string name, params int[] shape) =>
        Assert.Equal(shape.Select(size => (long)size), HrNetShapes.Value[name]);

    private static readonly Lazy<Dictionary<string, long[]>> HrNetShapes = new(() =>
    {
        using var model = new HrNet(HrNetDesign.OfWidth(18), new BackboneOptions { ClassCount = 2 }, new Generator(1));
        return model.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value.Shape);
    });
}
