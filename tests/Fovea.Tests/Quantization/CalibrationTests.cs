using Fovea.Backbones;
using Fovea.Quantization;
using Fovea.Tests.Backbones;
using Fovea.Torch;
using Fovea.Torch.Quantization;
using Fovea.Weights;

namespace Fovea.Tests.Quantization;

public class CalibrationTests
{
    private const int Classes = 10;

    private static Backbone Network(string id, int side)
    {
        Backbone network = ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = Classes, ImageSize = side }, null);
        FormulaWeights.Fill(network, 2);
        network.Train(false);
        return network;
    }

    private static float[] Scores(Backbone network, Tensor images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        return network.Classify(images).ToArray<float>();
    }

    /// <summary>Maps stay integers wherever only convolutions, sums and pooling take them.</summary>
    [Fact]
    public void RangesFollowTheMapsThroughAResNet()
    {
        using var scope = new TensorScope();
        using Backbone network = Network("resnet18", 64);
        Tensor images = BackboneGoldens.Images(64, 64);
        IReadOnlyDictionary<string, PartRanges> ranges = Calibration.Of(network, [images]);
        Assert.Equal(QuantizedNetwork.PartsOf(network).Select(part => part.Name).Order(), ranges.Keys.Order());
        Assert.Equal(["fc", "layer4.1.sum"], ranges.Where(part => !part.Value.StaysInteger).Select(part => part.Key).Order());
        Assert.All(ranges, part => Assert.Equal(part.Key == "fc", part.Value.Output is null));
        Assert.All(ranges.Where(part => part.Key.EndsWith("sum") || part.Key.EndsWith(".conv1")),
            part => Assert.Equal(0, part.Value.Output!.Value.Low));             // after ReLU
        Assert.True(ranges["layer1.0.conv2"].Output!.Value.Low < 0);

        var pooled = new ValueHistogram();
        using (new InferenceMode()) pooled.Add(network.Forward(images)[^1].Mean([2, 3]).ToArray<float>());
        ValueRange expected = pooled.BestRange(), actual = ranges["fc"].Input;
        Assert.Equal(expected.High, actual.High, expected.High * 0.02);
        var pixels = new ValueHistogram();
        pixels.Add(images.ToArray<float>());
        Assert.Equal(pixels.BestRange(), ranges["conv1"].Input);
    }

    /// <summary>Every kind of layer between quantised ones: pooling, cutting and padding, in-place gates, shuffles, dense joins, attention.</summary>
    [Theory]
    [InlineData("resnet18", 64), InlineData("cifar_resnet20", 32), InlineData("se_resnet50", 32), InlineData("wrn_10_2", 32)]
    [InlineData("mobilenet_v2", 64), InlineData("mobilenet_v3_small", 64), InlineData("vgg11_bn", 32), InlineData("shufflenet_v2_x0_5", 64)]
    public void ScoresStayCloseToThoseOfFloat32(string id, int side)
    {
        using var scope = new TensorScope();
        using Backbone network = Network(id, side);
        Tensor images = BackboneGoldens.Images(side, side);
        float[] expected = Scores(network, images);
        QuantizedState.Apply(network, Calibration.Of(network, [images]));
        Assert.True(QuantizedNetwork.Is(network));
        float[] actual = Scores(network, images);
        double spread = expected.Max() - expected.Min(), worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.InRange(worst / spread, 1e-7, 0.08);
    }

    [Fact]
    public void WhatCannotBeCalibratedIsRefused()
    {
        using var scope = new TensorScope();
        using Backbone network = Network("cifar_resnet20", 32);
        Tensor images = BackboneGoldens.Images(32, 32);
        Assert.Contains("no pictures", Assert.Throws<ArgumentException>(() => Calibration.Of(network, [])).Message);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => Calibration.Of(network, [images * double.NaN])).Message);
        network.Train();
        Assert.Contains("evaluation mode", Assert.Throws<ArgumentException>(() => Calibration.Of(network, [images])).Message);
        network.Train(false);
        QuantizedState.Apply(network, Calibration.Of(network, [images]));
        Assert.Contains("already", Assert.Throws<ArgumentException>(() => Calibration.Of(network, [images])).Message);
    }
}
