using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Reports.Description;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Reports.Description;

public class ModelDescriberTests
{
    /// <summary>VGG-16 as every lecture has it: the maps, their numbers and the weights without biases, line by line.</summary>
    private static readonly (int Channels, int Side, long Weights)[] Lecture =
    [
        (3, 224, 0),
        (64, 224, 1_728), (64, 224, 36_864), (64, 112, 0),
        (128, 112, 73_728), (128, 112, 147_456), (128, 56, 0),
        (256, 56, 294_912), (256, 56, 589_824), (256, 56, 589_824), (256, 28, 0),
        (512, 28, 1_179_648), (512, 28, 2_359_296), (512, 28, 2_359_296), (512, 14, 0),
        (512, 14, 2_359_296), (512, 14, 2_359_296), (512, 14, 2_359_296), (512, 7, 0),
        (4096, 1, 102_760_448), (4096, 1, 16_777_216), (1000, 1, 4_096_000),
    ];

    [Fact]
    public void Vgg16IsTheLecturesTable()
    {
        using Backbone vgg = Create("vgg16", 1000);
        ModelDescription description = ModelDescriber.Describe(vgg, 224, 224);
        // torchvision's network pools to 7 x 7 before the head, which at this size changes nothing; lectures leave it out.
        LayerDescription pooling = description.Layers.Single(layer => layer.Kind == "average pooling to 7x7");
        LayerDescription[] layers = [.. description.Layers.Where(layer => layer != pooling)];
        Assert.Equal(Lecture.Length, layers.Length);
        foreach (((int channels, int side, long weights), LayerDescription layer) in Lecture.Zip(layers))
        {
            Assert.Equal(side == 1 ? [channels] : [channels, side, side], layer.Output);
            Assert.Equal((long)channels * side * side, layer.Activations);
            Assert.Equal(weights == 0 ? 0 : weights + channels, layer.Parameters);
        }
        Assert.Equal(138_357_544, description.Parameters);
        Assert.Equal((new ReceptiveField(212, 32), new ReceptiveField(212, 32)), (layers[^4].Vertical, layers[^4].Horizontal));
        Assert.All(layers[^3..], layer => Assert.True(layer.Vertical.IsWhole));
        // The lectures' "24M * 4 bytes = 96 MB" is not the sum of their own lines, which is this.
        Assert.Equal(15_237_608, Lecture.Sum(line => (long)line.Channels * line.Side * line.Side));
        Assert.Equal(15_237_608 + 7 * 7 * 512, description.Activations);
        Assert.Equal(4 * description.Activations, description.Bytes);
    }

    /// <summary>Araujo et al. 2019, table 1.</summary>
    [Fact]
    public void AlexNetSees195Pixels()
    {
        using Backbone alexNet = Create("alexnet", 10);
        LayerDescription last = ModelDescriber.Describe(alexNet, 224, 224).Layers.Last(layer => layer.Kind == "max pooling 3x3 /2");
        Assert.Equal(new ReceptiveField(195, 32), last.Vertical);
    }

    /// <summary>torchvision's documentation gives these numbers (as GFLOPS) for pictures of 224 x 224.</summary>
    [Theory]
    [InlineData("alexnet", 0.714)]
    [InlineData("vgg16", 15.470)]
    [InlineData("googlenet", 1.498)]
    [InlineData("resnet18", 1.814)]
    [InlineData("resnext50_32x4d", 4.230)]
    [InlineData("vit_b_32", 4.409)]
    [InlineData("swin_t", 4.491)]
    public void MultiplyAddsAreThoseOfTorchvision(string id, double billions)
    {
        using Backbone model = Create(id, 1000);
        ModelDescription description = ModelDescriber.Describe(model, 224, 224);
        Assert.Equal(billions, description.MultiplyAdds / 1e9, 0.0005);
        Assert.Equal(model.ParameterCount(), description.Parameters);
        Assert.Equal(id == "googlenet" ? 6_379_984 : 0, description.UnusedParameters);       // its auxiliary heads
    }

    /// <summary>By hand, for one small network: a 3x3 convolution of 16 channels is 16 * 16 * 9 multiplications a place.</summary>
    [Fact]
    public void ASmallNetworkLineByLine()
    {
        using Backbone model = Create("cifar_resnet20", 10);
        ModelDescription description = ModelDescriber.Describe(model, 28, 28);
        LayerDescription layer = description.Layers.Single(layer => layer.Name == "layer1.1.conv2");
        Assert.Equal("convolution 3x3", layer.Kind);
        Assert.Equal([16, 28, 28], layer.Output);
        Assert.Equal((16 * 28 * 28, 4 * 16 * 28 * 28, 2304, 2304 * 28 * 28),
            (layer.Activations, layer.Bytes, layer.Parameters, layer.MultiplyAdds));
        Assert.Equal((new ReceptiveField(11, 1), new ReceptiveField(11, 1)), (layer.Vertical, layer.Horizontal));
        Assert.Equal((28, 28), (description.Height, description.Width));
        Assert.Equal(["picture", "convolution 3x3", "batch norm", "mean", "fully connected"],
            description.Layers.Select(l => l.Kind).Where(kind => !kind.EndsWith("/2", StringComparison.Ordinal)).Distinct());
        Assert.Equal(650, description.Layers[^1].Parameters);
    }

    /// <summary>Every parameter is counted once: those of a head that serves several maps where it first does.</summary>
    [Fact]
    public void ADetectorIsDescribedWithItsHeads()
    {
        using Detector detector = ModelZoo.FindDetector("fasterrcnn_resnet18_fpn").Create(3, new DetectorSettings(), new Generator(1));
        ModelDescription description = ModelDescriber.Describe(detector, 64, 90);
        Assert.Equal((64, 96), (description.Height, description.Width));
        Assert.Equal(detector.ParameterCount(), description.Parameters);
        Assert.Equal(0, description.UnusedParameters);
        LayerDescription[] shared = [.. description.Layers.Where(layer => layer.Name == "rpn.head.cls_logits")];
        Assert.Equal([3 * 257, 0, 0, 0, 0], shared.Select(layer => layer.Parameters));
        Assert.Equal([4, 8, 16, 32, 64], shared.Select(layer => layer.Vertical.Stride));
        Assert.Contains(description.Layers, layer => layer.Name == "roi_heads.box_head.fc6");
    }

    [Fact]
    public void WhatOnlyTrainingUsesIsCounted()
    {
        using var module = new TwoHeads();
        ModelDescription description = ModelDescriber.Describe(module, [1, 3, 8, 8], images => module.Main.Forward(images));
        Assert.Equal((3 * 4 + 4 + 3 * 5 + 5, 20), (description.Parameters, description.UnusedParameters));
    }

    [Fact]
    public void TheNetworkIsLeftAsItWas()
    {
        using Backbone model = Create("cifar_resnet20", 10);
        ModelDescriber.Describe(model, 32, 32);
        Assert.True(model.Training);
        Assert.False(Layer.IsObserved);
        model.Train(false);
        Assert.Throws<TorchException>(() => ModelDescriber.Describe(model, 0, 32));
        Assert.False(model.Training || Layer.IsObserved);
    }

    private static Backbone Create(string id, int classes) => ModelZoo.FindClassifier(id).Create(
        new BackboneOptions { ClassCount = classes }, new Generator(1));

    private sealed class TwoHeads : Module
    {
        public TwoHeads()
        {
            Main = Child("main", new Conv2d(3, 4, 1));
            Child("auxiliary", new Conv2d(3, 5, 1));
        }

        public Conv2d Main { get; }
    }
}
