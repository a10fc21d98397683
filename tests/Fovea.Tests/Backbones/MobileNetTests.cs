using Fovea.Backbones;
using Fovea.Reports.Description;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

public class MobileNetTests
{
    [Fact]
    public void ScoresOfMobileNetAreThoseOfASecondImplementation()
    {
        using var model = new MobileNetV1(0.25, new BackboneOptions { ClassCount = BackboneGoldens.Classes });
        BackboneGoldens.AssertScores("mobilenet_v1_x0_25", model, 75, 107);
    }

    /// <summary>Table 1's layers put together by hand, and table 6's millions.</summary>
    [Theory]
    [InlineData("mobilenet_v1", 1.0, 4.2)]
    [InlineData("mobilenet_v1_x0_75", 0.75, 2.6)]
    [InlineData("mobilenet_v1_x0_5", 0.5, 1.3)]
    [InlineData("mobilenet_v1_x0_25", 0.25, 0.5)]
    public void MobileNetHasThePapersParameters(string id, double width, double millions)
    {
        int[] table = [32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
        long[] channels = [.. table.Select(c => (long)(c * width))];
        long expected = 3 * 3 * 3 * channels[0] + 2 * channels[0] + 1000 * channels[^1] + 1000;
        for (int i = 1; i < channels.Length; i++)
            expected += 9 * channels[i - 1] + 2 * channels[i - 1] + channels[i - 1] * channels[i] + 2 * channels[i];
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 1000 }, null);
        Assert.Equal(expected, model.ParameterCount());
        Assert.Equal(millions, expected / 1e6, 0.05);
        if (width == 1) Assert.Equal(4_231_976, expected);
    }

    /// <summary>Tables 4 and 6 of MobileNets: 569, 325, 149 and 41 million.</summary>
    [Theory]
    [InlineData("mobilenet_v1", 569)]
    [InlineData("mobilenet_v1_x0_75", 325)]
    [InlineData("mobilenet_v1_x0_5", 149)]
    [InlineData("mobilenet_v1_x0_25", 41)]
    public void MobileNetHasThePapersMultiplyAdds(string id, double millions)
    {
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 1000 }, null);
        Assert.Equal(millions, ModelDescriber.Describe(model, 224, 224).MultiplyAdds / 1e6, 0.8);
    }

    /// <summary>Torchvision's segmentation networks dilate the block that had the stride, too.</summary>
    [Fact]
    public void DilatedScoresOfMobileNetV3AreTorchvisions()
    {
        var options = new BackboneOptions { ClassCount = BackboneGoldens.Classes, OutputStride = 16 };
        using var model = new MobileNetV3(MobileNetV3Design.Small, options);
        BackboneGoldens.AssertScores("mobilenet_v3_small_dilated", model, 75, 107);
    }

    /// <summary>As torchvision's with reduced_tail.</summary>
    [Fact]
    public void TheReducedTailHasTorchvisionsParameters()
    {
        using var large = new MobileNetV3(MobileNetV3Design.Large.WithReducedTail(), new BackboneOptions { ClassCount = 1000 });
        using var small = new MobileNetV3(MobileNetV3Design.Small.WithReducedTail(), new BackboneOptions { ClassCount = 1000 });
        Assert.Equal(2_569_352, large.ParameterCount());
        Assert.Equal(1_099_672, small.ParameterCount());
    }

    /// <summary>Those of LR-ASPP: the first block at stride 8, and the last layer.</summary>
    [Fact]
    public void MapsOfChosenLayersAreThoseOfTheWholeNetwork()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var chosen = new MobileNetV3(MobileNetV3Design.Large, new BackboneOptions { OutputStride = 16 }, maps: [4, 16]);
        using var usual = new MobileNetV3(MobileNetV3Design.Large, new BackboneOptions { OutputStride = 16 });
        foreach (Backbone model in (Backbone[])[chosen, usual])
        {
            FormulaWeights.Fill(model);
            model.Train(false);
        }
        Tensor images = BackboneGoldens.Images(64, 96);
        Tensor[] maps = chosen.Forward(images), others = usual.Forward(images);
        Assert.Equal([[2, 40, 8, 12], [2, 960, 4, 6]], maps.Select(map => map.Shape));
        Assert.Equal([(40L, 8), (960L, 16)], chosen.Features.Select(stage => (stage.Channels, stage.Stride)));
        Assert.Equal([(24L, 4), (40L, 8), (112L, 16), (960L, 16)], usual.Features.Select(stage => (stage.Channels, stage.Stride)));
        Assert.Equal(0, (maps[1] - others[3]).Abs().Max().Item());
        Assert.Equal(["features.0.", "features.1.", "features.2.", "features.3.", "features.4."], chosen.Stages[0].Parts);
        Assert.All(chosen.StateDict(), entry => Assert.Single(chosen.Stages, stage => stage.Owns(entry.Name)));
    }

    /// <summary>What comes behind the last map is a stage, too, and is not run for the maps.</summary>
    [Fact]
    public void LayersBehindTheLastMapAreAStageOfTheirOwn()
    {
        using var scope = new TensorScope();
        using var model = new MobileNetV2(new BackboneOptions(), maps: [1, 17]);
        Assert.Equal([true, true, false], model.Stages.Select(stage => stage.GivesMap));
        Assert.Equal(["features.18."], model.Stages[^1].Parts);
        Assert.Equal([[2, 16, 32, 48], [2, 320, 2, 3]], model.Forward(BackboneGoldens.Images(64, 96)).Select(map => map.Shape));
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(-1, 2)]
    [InlineData(3, 19)]
    public void LayersThatAreNotThereAreRefused(int first, int second) => Assert.Contains("from 0 to 18",
        Assert.Throws<ArgumentException>(() => new MobileNetV2(new BackboneOptions(), maps: [first, second])).Message,
        StringComparison.Ordinal);

    /// <summary>Section 4 of MobileNetV2: below 1, the multiplier leaves the last convolution as it is. Counts by torchvision.</summary>
    [Theory]
    [InlineData(0.5, 1_968_680)]
    [InlineData(1.4, 6_108_776)]
    public void WidthMultipliersOfMobileNetV2AreTorchvisions(double width, long parameters)
    {
        using var model = new MobileNetV2(new BackboneOptions { ClassCount = 1000 }, width: width);
        Assert.Equal(parameters, model.ParameterCount());
    }

    /// <summary>With the last normalisation of each branch at zero, a block with a shortcut gives back what it is given.</summary>
    [Fact]
    public void BlocksCanBeginAsTheIdentity()
    {
        using var scope = new TensorScope();
        using var model = new MobileNetV2(new BackboneOptions { ZeroInitResidual = true });
        var block = (Layer)model.NamedModules().Single(entry => entry.Name == "features.3").Module;
        Tensor input = Tensor.Randn([2, 24, 5, 6]);
        Assert.Equal(0, (block.Forward(input) - input).Abs().Max().Item());
    }
}
