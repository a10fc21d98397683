using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

public class MlpMixerTests
{
    private static readonly MlpMixerDesign Small = new(PatchSize: 8, Layers: 2, Width: 16, TokensWidth: 12, ChannelsWidth: 24);

    [Fact]
    public void ScoresAreThoseOfASecondImplementation()
    {
        using MlpMixer model = Create();
        BackboneGoldens.AssertScores("mixer", model, 24, 24);
    }

    /// <summary>Table 1's numbers put together by hand, and its millions: 18, 19 and 59 (60 for B/32).</summary>
    [Theory]
    [InlineData("mixer_s_16", 16, 8, 512, 256, 2048, 18)]
    [InlineData("mixer_s_32", 32, 8, 512, 256, 2048, 19)]
    [InlineData("mixer_b_16", 16, 12, 768, 384, 3072, 59)]
    public void ParametersAreAsManyAsTheTableSays(string id, long patch, long layers, long c, long ds, long dc, long millions)
    {
        long s = 224 / patch * (224 / patch);
        long block = 2 * 2 * c + s * ds + ds + ds * s + s + c * dc + dc + dc * c + c;
        long expected = patch * patch * 3 * c + c + layers * block + 2 * c + 1000 * c + 1000;
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 1000 }, null);
        Assert.Equal(expected, model.ParameterCount());
        Assert.Equal(millions, expected / 1_000_000);
        if (id == "mixer_b_16") Assert.Equal(59_880_472, expected);
    }

    [Fact]
    public void EveryLayerGivesAMap()
    {
        using var scope = new TensorScope();
        using MlpMixer model = Create();
        Tensor[] maps = model.Forward(BackboneGoldens.Images(24, 24));
        Assert.Equal(2, maps.Length);
        Assert.All(maps, map => Assert.Equal([2, 16, 3, 3], map.Shape));
    }

    [Fact]
    public void PicturesOfAnotherSizeAreRefused()
    {
        using var scope = new TensorScope();
        using MlpMixer model = Create();
        Assert.Contains("24 x 24 pixels, but 32 x 32 arrived",
            Assert.Throws<ArgumentException>(() => model.Classify(Tensor.Zeros([1, 3, 32, 32]))).Message, StringComparison.Ordinal);
    }

    private static MlpMixer Create() => new(Small, new BackboneOptions { ClassCount = BackboneGoldens.Classes, ImageSize = 24 });
}
