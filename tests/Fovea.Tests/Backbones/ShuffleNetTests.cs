using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Reports.Description;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

public class ShuffleNetTests
{
    [Fact]
    public void ScoresOfShuffleNetAreThoseOfASecondImplementation()
    {
        using var model = new ShuffleNetV1(3, new BackboneOptions { ClassCount = BackboneGoldens.Classes });
        BackboneGoldens.AssertScores("shufflenet_v1_g3", model, 75, 107);
    }

    /// <summary>Table 1's units put together by hand, with its multiply-adds, and for the scaled ones those of table 5 and of the authors'
    /// published code, ShuffleNet-Series, with its parameters; all in millions. At 4 groups the paper counts 133.</summary>
    [Theory]
    [InlineData("shufflenet_v1_g1", 1, 24, 144, 143, 1.5)]
    [InlineData("shufflenet_v1_g2", 2, 24, 200, 140, 1.7)]
    [InlineData("shufflenet_v1_g3", 3, 24, 240, 137, 1.9)]
    [InlineData("shufflenet_v1_g4", 4, 24, 272, 133, 2.0)]
    [InlineData("shufflenet_v1_g8", 8, 24, 384, 138, 2.4)]
    [InlineData("shufflenet_v1_g3_x0_5", 3, 12, 120, 38, 0.7)]
    [InlineData("shufflenet_v1_g8_x0_5", 8, 16, 192, 40, 1.0)]
    [InlineData("shufflenet_v1_g3_x1_5", 3, 24, 360, 292, 3.4)]
    [InlineData("shufflenet_v1_g8_x1_5", 8, 24, 576, 290, 4.3)]
    [InlineData("shufflenet_v1_g3_x2_0", 3, 48, 480, 524, 5.4)]
    [InlineData("shufflenet_v1_g8_x2_0", 8, 48, 768, 522, 6.5)]
    public void ShuffleNetHasThePapersNumbers(string id, int g, long stem, long stage2, long multiplyAdds, double parameters)
    {
        long expected = 27 * stem + 2 * stem, products = 27 * stem * 112 * 112, before = stem, side = 56;
        for (int stage = 0; stage < 3; stage++)
        {
            long width = stage2 << stage, inner = width / 4;
            for (int i = 0; i < (stage == 1 ? 8 : 4); i++)
            {
                (long given, long made) = i == 0 ? (before, width - before) : (width, width);
                long reduce = given * inner / (stage == 0 && i == 0 ? 1 : g), spatial = 9 * inner, expand = inner * made / g;
                expected += reduce + 2 * inner + spatial + 2 * inner + expand + 2 * made;
                products += reduce * side * side;
                if (i == 0) side /= 2;
                products += (spatial + expand) * side * side;
            }
            before = width;
        }
        expected += 1000 * before + 1000;
        products += 1000 * before;
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 1000 }, null);
        Assert.Equal(expected, model.ParameterCount());
        Assert.Equal(parameters, expected / 1e6, 0.055);
        Assert.Equal(multiplyAdds, products / 1e6, 1.4);
    }

    /// <summary>Channels that scaling does not divide by four groups: 68 and 6 become 64 and 8.</summary>
    [Fact]
    public void ScaledChannelsFitTheGroups()
    {
        using var scope = new TensorScope();
        using var model = new ShuffleNetV1(4, new BackboneOptions(), scale: 0.25);
        Assert.Equal([[2, 8, 10, 12], [2, 64, 5, 6], [2, 128, 3, 3], [2, 256, 2, 2]],
            model.Forward(BackboneGoldens.Images(40, 48)).Select(map => map.Shape));
        Assert.Throws<ArgumentOutOfRangeException>("scale", () => new ShuffleNetV1(4, new BackboneOptions(), scale: 0));
    }

    /// <summary>Table 1, which leaves out the fully connected layer: 143, 140, 137, 133 and 137 million.</summary>
    [Theory]
    [InlineData(1, 143)]
    [InlineData(2, 140)]
    [InlineData(3, 137)]
    [InlineData(4, 133)]
    [InlineData(8, 137)]
    public void MultiplyAddsOfShuffleNetAreThePapers(int g, double millions)
    {
        using Backbone model = ModelZoo.FindClassifier($"shufflenet_v1_g{g}").Create(new BackboneOptions { ClassCount = 1000 }, null);
        long layers = ModelDescriber.Describe(model, 224, 224).MultiplyAdds - 1000 * model.Features[^1].Channels;
        Assert.Equal(millions, layers / 1e6, 0.5);
    }

    /// <summary>Torchvision's documentation gives these numbers (as GFLOPS).</summary>
    [Theory]
    [InlineData("shufflenet_v2_x1_0", 145)]
    [InlineData("shufflenet_v2_x1_5", 296)]
    [InlineData("shufflenet_v2_x2_0", 583)]
    public void MultiplyAddsOfShuffleNetV2AreTorchvisions(string id, double millions)
    {
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 1000 }, null);
        Assert.Equal(millions, ModelDescriber.Describe(model, 224, 224).MultiplyAdds / 1e6, 0.5);
    }

    /// <summary>Figure 1c: three groups of two become two of three.</summary>
    [Fact]
    public void ChannelsAreDealtOut()
    {
        using var scope = new TensorScope();
        Tensor map = Tensor.Arange(0, 12, dtype: DType.Float32).View(1, 6, 1, 2);
        float[] expected = [0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11];                     // channels 0 2 4 1 3 5, two pixels each
        Assert.Equal(expected, ChannelShuffle.Apply(map, 3).Contiguous().ToArray<float>());
    }

    [Fact]
    public void ColumnsThatAreNotInTheTableAreRefused()
    {
        var options = new BackboneOptions();
        string first = Assert.Throws<ArgumentOutOfRangeException>(() => new ShuffleNetV1(5, options)).Message;
        string second = Assert.Throws<ArgumentOutOfRangeException>(() => new ShuffleNetV2(3, options)).Message;
        Assert.Contains("1, 2, 3, 4 or 8", first, StringComparison.Ordinal);
        Assert.Contains("0.5, 1, 1.5 or 2", second, StringComparison.Ordinal);
    }
}
