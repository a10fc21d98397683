using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

/// <summary>Facts of the papers of SegNet, DeconvNet, U-Net, ENet, FC-DenseNet and ICNet.</summary>
public class EncoderDecoderTests
{
    /// <summary>In millions, at the number of classes of the paper's table.
    /// <list type="bullet">
    /// <item>SegNet-Basic: SegNet, table 1, 1.425 M. SegNet and ENet: Paszke et al. 2016, table 3, 29.46 M and 0.37 M.</item>
    /// <item>U-Net, by hand from figure 1 with three colours: 3x3 convolutions 9 a b + b of each (a, b) = (3, 64), (64, 64), (64, 128), ...,
    /// up-convolutions 4 a b + b, 65 K: 31,031,810 for two classes.</item>
    /// <item>FC-DenseNet: Jegou et al. 2017, table 3, 3.5 M and 9.4 M. For the smallest the table has 1.5 M; by hand from section 4.1 and
    /// tables 1 and 2 it is 1,376,795, with 2 C + 9 C k + k for a layer, 2 C + C C + C down and 9 C C + C up.</item>
    /// </list></summary>
    [Theory]
    [InlineData("segnet_basic", 11, 1.425, 0.01)]
    [InlineData("segnet", 12, 29.46, 0.02)]
    [InlineData("unet", 2, 31.031810, 0.0000005)]
    [InlineData("enet", 20, 0.37, 0.007)]
    [InlineData("fc_densenet56", 11, 1.376795, 0.0000005)]
    [InlineData("fc_densenet67", 11, 3.5, 0.05)]
    [InlineData("fc_densenet103", 11, 9.4, 0.15)]
    public void ParametersAreThePapers(string id, int classes, double millions, double tolerance)
    {
        using Segmenter model = Create(id, classes);
        Assert.Equal(millions, model.ParameterCount() / 1e6, tolerance);
    }

    /// <summary>Noh et al. 2015, section 3.2: about 252 million. Counts grow with the square of the width, so that those of three narrow
    /// networks tell that of the wide one.</summary>
    [Fact]
    public void DeconvNetHasThePapersParameters()
    {
        long Count(int width)
        {
            using Segmenter model = Create("deconvnet", 21, width);
            return model.ParameterCount();
        }
        (long first, long second, long third) = (Count(4), Count(8), Count(12));
        long step = (64 - 4) / 4, slope = second - first, curve = third - 2 * second + first;
        Assert.Equal(252, (first + step * slope + step * (step - 1) / 2 * curve) / 1e6, 0.5);
    }

    /// <summary>What the contract's tests leave out, as they see the smallest network of each paper.</summary>
    [Theory]
    [InlineData("segnet", null)]
    [InlineData("unet_same", 8)]
    [InlineData("icnet_resnet18", null)]
    public void OtherNetworksOfAPaperKeepTheContract(string id, int? width)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        using Segmenter model = Create(id, 3, width);
        Tensor images = Tensor.Randn([2, 3, 33, 50], generator), loss = Tensor.Scalar(0);
        foreach (Tensor scores in model.ForwardWithAuxiliary(images))
        {
            Assert.Equal([2, 3, 33, 50], scores.Shape);
            loss = loss + (scores * Tensor.Randn(scores.Shape, generator)).Mean();
        }
        loss.Backward();
        foreach ((string name, Tensor parameter) in model.NamedParameters())
            Assert.True(parameter.Grad is { } grad && grad.Abs().Max().Item() > 0, $"{name} has no gradient");
        foreach ((string name, _) in model.StateDict())
            Assert.True(model.Stages.Count(stage => stage.Owns(name)) <= 1, $"{name} is in several stages");
        model.Train(false);
        using var noGrad = new NoGrad();
        Assert.Equal([1, 3, 1, 1], model.Forward(Tensor.Zeros([1, 3, 1, 1])).Shape);
    }

    /// <summary>The encoder's tensors are those of the classification network that can start it, in its order.</summary>
    [Theory]
    [InlineData("segnet", "vgg16_bn")]
    [InlineData("icnet_resnet18", "resnet18")]
    [InlineData("icnet_resnet50", "resnet50")]
    public void ClassificationWeightsFitTheEncoder(string id, string backbone)
    {
        using Segmenter model = Create(id, 2);
        using Backbone network = ModelZoo.FindClassifier(backbone).Create(new BackboneOptions { ClassCount = 2 }, new Generator(1));
        Assert.Equal(backbone, ModelZoo.FindSegmenter(id).BackboneId);
        Assert.Equal(
            network.StateDict().Where(entry => network.Stages.Any(stage => stage.Owns(entry.Name)))
                .Select(entry => $"backbone.{entry.Name} {entry.Value.Describe()}"),
            model.StateDict().Where(entry => entry.Name.StartsWith("backbone.")).Select(entry => $"{entry.Name} {entry.Value.Describe()}"));
    }

    /// <summary>A quarter of a convolution's numbers where both of its sides are half as wide, as Zhao et al. 2018, section 3.5,
    /// compress.</summary>
    [Fact]
    public void HalfOfAResNetIsHalfAsWide()
    {
        using var half = new ResNet(ResNetDesign.OfDepth(50) with { Width = 32 }, new BackboneOptions());
        using var whole = new ResNet(50);
        Assert.Equal(whole.Stages.Select(stage => stage.Channels / 2), half.Stages.Select(stage => stage.Channels));
        foreach (((string name, Tensor wide), (_, Tensor narrow)) in whole.NamedParameters().Zip(half.NamedParameters()))
            Assert.True(wide.Numel == narrow.Numel * (wide.Dim == 1 || name == "conv1.weight" ? 2 : 4), name);
    }

    [Fact]
    public void IcNetWantsADilatedBackbone()
    {
        using var backbone = new ResNet(18);
        var error = Assert.Throws<ArgumentException>(() => new IcNet(backbone, new SegmenterOptions(2)));
        Assert.Contains("output stride 32", error.Message);
    }

    [Fact]
    public void AuxiliaryHeadsAreLeftOutOnRequest()
    {
        using Segmenter with = Create("icnet_resnet50_half", 2);
        using Segmenter without = ModelZoo.FindSegmenter("icnet_resnet50_half").Create(2, new SegmenterSettings { Auxiliary = false });
        Assert.Equal([0.4, 0.4], with.AuxiliaryWeights);
        Assert.Empty(without.AuxiliaryWeights);
        Assert.Contains(with.StateDict(), entry => entry.Name == "low_classifier.weight");
        Assert.DoesNotContain(without.StateDict(), entry => entry.Name is "low_classifier.weight" or "middle_classifier.weight");
    }

    private static Segmenter Create(string id, int classes, int? width = null) =>
        ModelZoo.FindSegmenter(id).Create(classes, new SegmenterSettings { Width = width }, new Generator(1));
}
