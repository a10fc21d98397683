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

    /// <summary>Table 1's units put together by hand.</summary>
    [Theory]
    [InlineData(1, 144)]
    [InlineData(2, 200)]
    [InlineData(3, 240)]
    [InlineData(4, 272)]
    [InlineData(8, 384)]
    public void ShuffleNetHasThePapersParameters(int g, long stage2)
    {
        long expected = 27 * 24 + 2 * 24, before = 24;
        for (int stage = 0; stage < 3; stage++)
        {
            long width = stage2 << stage, inner = width / 4;
            for (int i = 0; i < (stage == 1 ? 8 : 4); i++)
            {
                long given = i == 0 ? before : width, made = i == 0 ? width - before : width;
                expected += given * inner / (stage == 0 && i == 0 ? 1 : g) + 9 * inner + inner * made / g;
                expected += 2 * inner + 2 * inner + 2 * made;
            }
            before = width;
        }
        expected += 1000 * before + 1000;
        using Backbone model = ModelZoo.FindClassifier($"shufflenet_v1_g{g}").Create(new BackboneOptions { ClassCount = 1000 }, null);
        Assert.Equal(expected, model.ParameterCount());
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
