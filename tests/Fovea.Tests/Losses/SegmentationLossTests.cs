using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

public class SegmentationLossTests
{
    private const int Classes = 3;

    /// <summary>Two pixels and a void one: -log softmax by hand, weights 1 and 3.</summary>
    [Fact]
    public void CrossEntropyByHand()
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From<float>([0, 2, 5, 0, 0, 5], [1, 2, 1, 3]);                 // pixels (0, 0), (2, 0), (5, 5)
        Tensor labels = Tensor.From<long>([0, 1, 255], [1, 1, 3]);
        double first = Math.Log(2), second = Math.Log(1 + Math.Exp(2));
        Assert.Equal((first + second) / 2, Sum(new SegmentationLoss().Compute(logits, labels)), 6);
        Assert.Equal((first + 3 * second) / 4, Sum(new SegmentationLoss { ClassWeights = [1, 3] }.Compute(logits, labels)), 6);
        Tensor pixels = Tensor.From<float>([0.5f, 2, 100], [1, 1, 3]);
        Assert.Equal((0.5 * first + 2 * second) / 2.5, Sum(new SegmentationLoss().Compute(logits, labels, pixels)), 6);
        Assert.Equal((0.5 * first + 6 * second) / 6.5,
            Sum(new SegmentationLoss { ClassWeights = [1, 3] }.Compute(logits, labels, pixels)), 6);
    }

    /// <summary>p of the truth: 0.5, 0.119 and 0.982.</summary>
    [Theory]
    [InlineData(0.4, 0, 1)]                 // one below 0.4
    [InlineData(0.7, 0, 2)]
    [InlineData(0.01, 0.5, 2)]              // none, but at least half of three
    [InlineData(0.01, 0.34, 2)]
    [InlineData(0.01, 0.33, 1)]
    [InlineData(1, 0, 3)]
    public void HardPixelsAreThoseWithLittleProbability(double probability, double leastShare, int kept)
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.From<float>([0, 2, 4, 9, 0, 0, 0, 9], [1, 2, 1, 4]);
        Tensor labels = Tensor.From<long>([0, 1, 0, 255], [1, 1, 4]);
        double[] losses = [.. ((double[])[Math.Log(2), Math.Log(1 + Math.Exp(2)), Math.Log(1 + Math.Exp(-4))]).OrderDescending()];
        var loss = new SegmentationLoss { HardPixels = new HardPixelMining { Probability = probability, LeastShare = leastShare } };
        Assert.Equal(losses.Take(kept).Average(), Sum(loss.Compute(logits, labels)), 5);
    }

    [Fact]
    public void TermsAreThoseOfTheirLossesTimesTheirFactors()
    {
        using var scope = new TensorScope();
        (Tensor logits, Tensor labels) = Random(DType.Float32);
        var loss = new SegmentationLoss { CrossEntropy = 0.5, Focal = 2, Gamma = 1.5, Dice = 3, SoftIou = 0.25 };
        IReadOnlyDictionary<string, Tensor> terms = loss.Compute(logits, labels);
        var overlap = new OverlapOptions { IgnoreIndex = 255 };
        Assert.Equal(["loss_cross_entropy", "loss_focal", "loss_dice", "loss_soft_iou"], terms.Keys);
        Assert.Equal(0.5 * CrossEntropy.Compute(logits, labels, new CrossEntropyOptions { IgnoreIndex = 255 }).Item(),
            terms["loss_cross_entropy"].Item(), 5);
        Assert.Equal(2 * FocalLoss.Softmax(logits, labels, new SoftmaxFocalOptions { Gamma = 1.5, IgnoreIndex = 255 }).Item(),
            terms["loss_focal"].Item(), 5);
        Assert.Equal(3 * DiceLoss.Compute(logits, labels, overlap).Item(), terms["loss_dice"].Item(), 5);
        Assert.Equal(0.25 * SoftIouLoss.Compute(logits, labels, overlap).Item(), terms["loss_soft_iou"].Item(), 5);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void GradientsAreThoseOfFiniteDifferences(bool weighted, bool mined)
    {
        using var scope = new TensorScope();
        (Tensor logits, Tensor labels) = Random(DType.Float64);
        using var generator = new Generator(9);
        Tensor? pixels = weighted ? Tensor.Empty(labels.Shape, DType.Float64).UniformInPlace(0.5, 2, generator) : null;
        var loss = new SegmentationLoss
        {
            Focal = 0.5, Dice = 1, SoftIou = 1, ClassWeights = [1, 2, 0.5],
            HardPixels = mined ? new HardPixelMining { Probability = 0.3, LeastShare = 0.25 } : null,
        };
        GradientCheck.Run(x => loss.Compute(x, labels, pixels).Values.Aggregate((a, b) => a + b), logits.ToArray<double>(), logits.Shape);
    }

    [Fact]
    public void NothingButVoidTeachesNothing()
    {
        using var scope = new TensorScope();
        (Tensor logits, Tensor labels) = Random(DType.Float32);
        labels.FillInPlace(255);
        logits.RequiresGrad = true;
        var loss = new SegmentationLoss { Focal = 1, Dice = 1, SoftIou = 1, HardPixels = new HardPixelMining() };
        Tensor sum = loss.Compute(logits, labels).Values.Aggregate((a, b) => a + b);
        sum.Backward();
        Assert.Equal(0, sum.Item());
        Assert.Equal(0, logits.Grad!.Abs().Max().Item());
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = new TensorScope();
        (Tensor logits, Tensor labels) = Random(DType.Float32);
        Assert.Throws<ArgumentException>(() => new SegmentationLoss { CrossEntropy = 0 }.Compute(logits, labels));
        Assert.Contains("2 class weights, but 3 classes", Assert.Throws<ArgumentException>(() =>
            new SegmentationLoss { ClassWeights = [1, 2] }.Compute(logits, labels)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SegmentationLoss { ClassWeights = [0, 0, 0] }.Validate(Classes));
        labels.FillInPlace(3);
        Assert.Contains("class 3", Assert.Throws<ArgumentException>(() => new SegmentationLoss().Compute(logits, labels)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new HardPixelMining { Probability = 1.5 });
    }

    private static double Sum(IReadOnlyDictionary<string, Tensor> terms) => terms.Values.Sum(term => term.Item());

    private static (Tensor Logits, Tensor Labels) Random(DType type)
    {
        using var generator = new Generator(4);
        var random = new Random(4);
        Tensor labels = Tensor.From<long>([.. Enumerable.Range(0, 2 * 4 * 3).Select(_ => random.Next(5) is var k && k < 3 ? k : k == 3 ? 255L : 0)],
            [2, 4, 3]);
        return (Tensor.Randn([2, Classes, 4, 3], generator, type), labels);
    }
}
