using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

public class ShuffleNetTests
{
    [Fact]
    public void ScoresOfShuffleNetAreThoseOfASecondImplementation()
    {
        using Backbone model = ModelZoo.FindClassifier("shufflenet_v1_g3").Create(new BackboneOptions { ClassCount = BackboneGoldens.Classes }, null);
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
                expected += given * inner / (stage == 0 && i == 0 ? 1 : g) + 2 * inner + 9 * inner + 2 * inner + inner * made / g + 2 * made;
            }
            before = width;
        }
        expected += 1000 * before + 1000;
        using Backbone model = ModelZoo.FindClassifier($"shufflenet_v1_g{g}").Create(new BackboneOptions { ClassCount = 1000 }, null);
        Assert.Equal(expected, model.ParameterCount());
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
        Assert.Contains("1, 2, 3, 4 or 8", Assert.Throws<ArgumentOutOfRangeException>(() => new ShuffleNetV1(5, new BackboneOptions())).Message,
            StringComparison.Ordinal);
        Assert.Contains("0.5, 1, 1.5 or 2", Assert.Throws<ArgumentOutOfRangeException>(() => new ShuffleNetV2(3, new BackboneOptions())).Message,
            StringComparison.Ordinal);
    }
}
