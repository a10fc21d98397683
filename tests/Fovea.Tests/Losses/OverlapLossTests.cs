using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>Soft IoU and Dice.</summary>
public class OverlapLossTests
{
    private static readonly OverlapOptions Smooth = new() { Smoothing = 1, CountAbsentClasses = true };

    // Certain of one class a pixel: 1,K,1,W.
    private static Tensor Certain(int classes, params int[] pixels)
    {
        double[] values = new double[classes * pixels.Length];
        for (int x = 0; x < pixels.Length; x++) values[pixels[x] * pixels.Length + x] = 1000;
        return Tensor.From(values, 1, classes, 1, pixels.Length);
    }

    private static Tensor Truth(params long[] pixels) => Tensor.From(pixels, 1, 1, pixels.Length);

    [Fact]
    public void Certain_predictions_give_the_metrics()
    {
        using var scope = new TensorScope();
        // Class 0: 1 common, 2 in all; class 1: 2 common, 3 in all.
        Tensor predicted = Certain(3, 0, 1, 1, 1), truth = Truth(0, 0, 1, 1);
        Assert.Equal(1 - (1 / 2.0 + 2 / 3.0) / 2, SoftIouLoss.Compute(predicted, truth).Item(), 1e-12);
        Assert.Equal(1 - (2 / 3.0 + 4 / 5.0) / 2, DiceLoss.Compute(predicted, truth).Item(), 1e-12);
        // With one pixel added to both, and class 2, neither there nor found, right.
        Assert.Equal(1 - (2 / 3.0 + 3 / 4.0 + 1) / 3, SoftIouLoss.Compute(predicted, truth, Smooth).Item(), 1e-12);
        Assert.Equal(1 - (3 / 4.0 + 5 / 6.0 + 1) / 3, DiceLoss.Compute(predicted, truth, Smooth).Item(), 1e-12);
    }

    [Fact]
    public void Dice_is_a_function_of_the_Jaccard_index()
    {
        using var scope = new TensorScope();
        Tensor predicted = Certain(2, 0, 1, 1, 0, 1), truth = Truth(1, 1, 1, 1, 1);
        double jaccard = 1 - SoftIouLoss.Compute(predicted, truth).Item(), dice = 1 - DiceLoss.Compute(predicted, truth).Item();
        Assert.Equal(0.6, jaccard, 1e-12);
        Assert.Equal(2 * jaccard / (1 + jaccard), dice, 1e-12);
    }

    [Fact]
    public void Perfect_is_zero_and_disjoint_is_one()
    {
        using var scope = new TensorScope();
        foreach (Func<Tensor, Tensor, Tensor> loss in (Func<Tensor, Tensor, Tensor>[])[(x, y) => SoftIouLoss.Compute(x, y),
            (x, y) => DiceLoss.Compute(x, y)])
        {
            Assert.Equal(0, loss(Certain(3, 0, 1, 2, 2), Truth(0, 1, 2, 2)).Item(), 1e-12);
            Assert.Equal(1, loss(Certain(2, 1, 1, 0, 0), Truth(0, 0, 1, 1)).Item(), 1e-12);
        }
    }

    [Fact]
    public void Void_pixels_do_not_count_whatever_is_predicted_there()
    {
        using var scope = new TensorScope();
        var options = new OverlapOptions { IgnoreIndex = 255 };
        Tensor clean = Certain(2, 0, 1, 1), logits = Certain(2, 0, 1, 1, 0, 1), truth = Truth(0, 0, 1, 255, 255);
        logits.RequiresGrad = true;
        Tensor loss = SoftIouLoss.Compute(logits, truth, options) + DiceLoss.Compute(logits, truth, options);
        double expected = SoftIouLoss.Compute(clean, Truth(0, 0, 1)).Item() + DiceLoss.Compute(clean, Truth(0, 0, 1)).Item();
        Assert.Equal(expected, loss.Item(), 1e-12);
        Tensor soft = Tensor.Zeros([1, 2, 1, 2]);
        soft.RequiresGrad = true;
        SoftIouLoss.Compute(soft, Truth(0, 255), options).Backward();
        float[] gradient = soft.Grad!.ToArray<float>();
        Assert.True(gradient[0] < 0 && gradient[2] > 0);
        Assert.Equal([0, 0], [gradient[1], gradient[3]]);
    }

    [Theory, InlineData(0), InlineData(2)]
    public void Nothing_that_counts_gives_zero(int width)
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.Zeros([1, 3, 2, width]), truth = Tensor.Full([1, 2, width], -100, DType.Int64);
        logits.RequiresGrad = true;
        Tensor loss = SoftIouLoss.Compute(logits, truth) + DiceLoss.Compute(logits, truth) + DiceLoss.Compute(logits, truth, Smooth);
        Assert.Equal(0, loss.Item());
        loss.Backward();
        Assert.All(logits.Grad!.ToArray<float>(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void Finding_an_absent_class_costs_only_where_absent_classes_count()
    {
        using var scope = new TensorScope();
        Tensor truth = Truth(0, 0, 0, 0), wrong = Certain(2, 0, 0, 0, 1);
        Assert.Equal(1 - (4 / 5.0 + 1 / 2.0) / 2, SoftIouLoss.Compute(wrong, truth, Smooth).Item(), 1e-12);
        Assert.Equal(1 - 3 / 4.0, SoftIouLoss.Compute(wrong, truth).Item(), 1e-12);
    }
}
