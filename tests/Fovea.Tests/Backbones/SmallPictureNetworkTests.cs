using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

/// <summary>Networks for pictures of about 32 x 32 pixels: ResNets of He et al. 2016, section 4.2, and wide ResNets.</summary>
public class SmallPictureNetworkTests
{
    [Theory]
    [InlineData("cifar_resnet20")]
    [InlineData("wrn_16_4")]
    public void ScoresAreThoseOfASecondImplementation(string id)
    {
        using Backbone model = Create(id);
        BackboneGoldens.AssertScores(id, model, 27, 33);
    }

    /// <summary>Table 6 of the paper: 0.27, 0.46, 0.66, 0.85 and 1.7 million.</summary>
    [Theory]
    [InlineData(20, 0.27)]
    [InlineData(32, 0.46)]
    [InlineData(44, 0.66)]
    [InlineData(56, 0.85)]
    [InlineData(110, 1.7)]
    public void CifarResNetsHaveThePapersParameters(int depth, double millions)
    {
        long Block(long from, long to) => 9 * from * to + 9 * to * to + 4 * to;
        long n = depth / 6;
        long expected = 9 * 3 * 16 + 2 * 16 + n * Block(16, 16) + Block(16, 32) + (n - 1) * Block(32, 32) + Block(32, 64)
            + (n - 1) * Block(64, 64) + 650;
        using Backbone model = Create($"cifar_resnet{depth}");
        Assert.Equal(expected, model.ParameterCount());
        Assert.Equal(millions, expected / 1e6, depth == 110 ? 0.05 : 0.005);
        if (depth == 20) Assert.Equal(269_722, expected);
    }

    /// <summary>Table 4 of the paper: 2.7 million for WRN-16-4, 36.5 for WRN-28-10; Sohn et al. 2020 give 1.5 for WRN-28-2.</summary>
    [Theory]
    [InlineData(16, 4, 2.7)]
    [InlineData(28, 2, 1.5)]
    [InlineData(28, 10, 36.5)]
    public void WideResNetsHaveThePapersParameters(int depth, int k, double millions)
    {
        long Block(long from, long to) => 9 * from * to + 9 * to * to + 2 * from + 2 * to + (from == to ? 0 : from * to);
        long n = (depth - 4) / 6;
        long a = 16 * k, b = 32 * k, c = 64 * k;
        long expected = 9 * 3 * 16 + Block(16, a) + (n - 1) * Block(a, a) + Block(a, b) + (n - 1) * Block(b, b) + Block(b, c)
            + (n - 1) * Block(c, c) + 2 * c + 10 * c + 10;
        using Backbone model = Create($"wrn_{depth}_{k}");
        Assert.Equal(expected, model.ParameterCount());
        Assert.Equal(millions, expected / 1e6, 0.05);
    }

    [Theory]
    [InlineData("cifar_resnet20", 1)]
    [InlineData("wrn_16_4", 4)]
    public void MapsHaveStridesOneTwoAndFour(string id, int k)
    {
        using var scope = new TensorScope();
        using Backbone model = Create(id);
        Tensor[] maps = model.Forward(BackboneGoldens.Images(28, 31));
        Assert.Equal([[2, 16 * k, 28, 31], [2, 32 * k, 14, 16], [2, 64 * k, 7, 8]], maps.Select(map => map.Shape));
        Assert.Equal(32, ModelZoo.FindClassifier(id).ImageSize);
    }

    /// <summary>Where every block begins as the identity, the first map is the stem's.</summary>
    [Theory]
    [InlineData("cifar_resnet20", "layer1.2")]
    [InlineData("wrn_16_4", "layer1.1")]
    public void BlocksMayBeginAsTheIdentity(string id, string lastOfStage)
    {
        using var scope = new TensorScope();
        using Backbone model = Create(id, new BackboneOptions { ZeroInitResidual = true });
        (float[] Before, float[] After) map = ([], []);     // copies: the maps die soon
        var names = model.NamedModules().ToDictionary(entry => entry.Module, entry => entry.Name);
        using (Layer.Observe((layer, input, output) =>
        {
            if (names[layer] == lastOfStage) map = (input.Contiguous().ToArray<float>(), output.Contiguous().ToArray<float>());
        }))
            model.Forward(BackboneGoldens.Images(32, 32));
        Assert.True(map.Before.Max() > 0.1);
        Assert.InRange(BackboneGoldens.Distance(map.Before, map.After), 0, 1e-6);
    }

    [Theory]
    [InlineData("wrn_16_4", 0.3, null)]
    [InlineData("wrn_16_4", null, 0.5)]
    [InlineData("cifar_resnet20", null, 0.5)]
    public void ChanceActsOnlyWhileTraining(string id, double? dropout, double? depth)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using Backbone model = Create(id, new BackboneOptions { Dropout = dropout, StochasticDepth = depth });
        Tensor images = BackboneGoldens.Images(16, 16);
        float[][] training = [.. Enumerable.Range(0, 20).Select(_ => model.Classify(images).ToArray<float>())];
        Assert.Contains(training, scores => !scores.SequenceEqual(training[0]));
        model.Train(false);
        Assert.Equal(model.Classify(images).ToArray<float>(), model.Classify(images).ToArray<float>());
    }

    [Fact]
    public void OtherDepthsAreRefused()
    {
        Assert.Contains("6n + 2", Assert.Throws<ArgumentOutOfRangeException>(() => new CifarResNet(18, new BackboneOptions())).Message,
            StringComparison.Ordinal);
        Assert.Contains("6n + 4", Assert.Throws<ArgumentOutOfRangeException>(() => new SmallWideResNet(18, 2, new BackboneOptions()))
            .Message,
            StringComparison.Ordinal);
    }

    private static Backbone Create(string id, BackboneOptions? options = null) =>
        ModelZoo.FindClassifier(id).Create((options ?? new BackboneOptions()) with { ClassCount = BackboneGoldens.Classes },
            new Generator(1));
}
