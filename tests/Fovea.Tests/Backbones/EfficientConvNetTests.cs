using Fovea.Backbones;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

/// <summary>EfficientNet, RegNet and ConvNeXt, apart from what torchvision's goldens and the contract of all backbones say.</summary>
public class EfficientConvNetTests
{
    /// <summary>Torchvision's: EfficientNet's chances end a step below the given one, ConvNeXt's at it.</summary>
    [Theory]
    [InlineData("efficientnet_b0", "features.6.3.", 0.175, "features.7.0.", 0.1875, 0.2)]
    [InlineData("efficientnet_v2_s", "features.6.12.", 0.185, "features.6.14.", 0.195, 0.2)]
    [InlineData("convnext_tiny", "features.7.1.", 0.1 * 16 / 17, "features.7.2.", 0.1, 0)]
    public void ChancesOfDroppingAreTorchvisions(string id, string before, double first, string last, double second, double dropout)
    {
        using Backbone model = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 3 }, null);
        var layers = model.NamedModules().ToDictionary(entry => entry.Name, entry => entry.Module);
        Assert.Equal(first, ((StochasticDepth)layers[before + "stochastic_depth"]).Probability, 1e-9);
        // The last block of B0 widens: it has no shortcut, and nothing to drop.
        if (layers.TryGetValue(last + "stochastic_depth", out Module? depth))
            Assert.Equal(second, ((StochasticDepth)depth).Probability, 1e-9);
        Assert.Equal(id == "efficientnet_b0", depth is null);
        Assert.Equal(dropout, layers.Values.OfType<Dropout>().Single().Probability);
    }

    /// <summary>Figures 16 and 17 of the paper draw these networks.</summary>
    [Fact]
    public void WidthsOfRegNetFollowTheLine()
    {
        Assert.Equal([(32L, 1, 16L), (64, 2, 16), (160, 7, 16), (400, 12, 16)], RegNetDesign.X(400).Stages());
        Assert.Equal([(48L, 1, 8L), (104, 3, 8), (208, 6, 8), (440, 6, 8)], RegNetDesign.Y(400).Stages());
        Assert.Equal([(528L, 2, 264L), (1056, 7, 264), (2904, 17, 264), (7392, 1, 264)], RegNetDesign.Y(128000).Stages());
    }

    [Theory]
    [InlineData(8.5, 8, 8)]
    [InlineData(12, 8, 16)]
    [InlineData(3, 8, 8)]
    [InlineData(44, 8, 48)]
    [InlineData(19.9, 8, 24)]           // 16 would be less than nine tenths
    public void ChannelsAreRoundedAsMobileNetsDo(double channels, long divisor, long expected) =>
        Assert.Equal(expected, ChannelCount.Round(channels, divisor));

    [Fact]
    public void NetworksThatTheTablesLackAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => EfficientNetDesign.B(8));
        Assert.Throws<ArgumentOutOfRangeException>(() => RegNetDesign.X(128000));
        Assert.Throws<ArgumentOutOfRangeException>(() => RegNetDesign.Y(500));
    }

    [Fact]
    public void PicturesAreOfTheSizeThatTheWeightsWant() =>
        Assert.Equal([224, 240, 288, 300, 380, 456, 528, 600],
            Enumerable.Range(0, 8).Select(i => ModelZoo.FindClassifier($"efficientnet_b{i}").ImageSize));
}
