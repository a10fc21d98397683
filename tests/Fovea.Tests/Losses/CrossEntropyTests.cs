using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

public class CrossEntropyTests
{
    // Probabilities 1/8, 2/8, 5/8 and 1/2, 1/4, 1/4.
    private static Tensor Logits => Tensor.From([0, Math.Log(2), Math.Log(5), Math.Log(2), 0, 0], 2, 3);

    private static Tensor Classes(params long[] classes) => Tensor.From(classes, classes.Length);

    [Fact]
    public void Two_pictures_by_hand()
    {
        using var scope = new TensorScope();
        Assert.Equal([Math.Log(4), Math.Log(2)],
            CrossEntropy.Compute(Logits, Classes(1, 0), reduction: Reduction.None).ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(1.5 * Math.Log(2), CrossEntropy.Compute(Logits, Classes(1, 0)).Item(), 1e-12);
        Assert.Equal(3 * Math.Log(2), CrossEntropy.Compute(Logits, Classes(1, 0), reduction: Reduction.Sum).Item(), 1e-12);
        // Weights 3 and 1: (1 x 2 log 2 + 3 x log 2) / (1 + 3).
        Tensor weights = Tensor.From([3.0, 1, 0], 3);
        Assert.Equal(1.25 * Math.Log(2), CrossEntropy.Compute(Logits, Classes(1, 0), classWeights: weights).Item(), 1e-12);
        // Smoothed by 0.3: 0.7 log 4 + 0.1 (log 8 + log 4 + log 8/5).
        var smooth = new CrossEntropyOptions { LabelSmoothing = 0.3 };
        Assert.Equal(0.7 * Math.Log(4) + 0.1 * Math.Log(8 * 4 * 1.6),
            CrossEntropy.Compute(Logits, Classes(1, 0), smooth, reduction: Reduction.None).ToArray<double>()[0], 1e-12);
    }

    [Fact]
    public void A_mixed_target_has_the_mix_of_the_losses()
    {
        using var scope = new TensorScope();
        Tensor mixed = Tensor.From([0.7, 0.3, 0, 0, 0.3, 0.7], 2, 3);
        double a = CrossEntropy.Compute(Logits, Classes(0, 2)).Item(), b = CrossEntropy.Compute(Logits, Classes(1, 1)).Item();
        Assert.Equal(0.7 * a + 0.3 * b, CrossEntropy.Compute(Logits, mixed).Item(), 1e-12);
    }

    [Fact]
    public void The_gradient_is_probability_less_truth()
    {
        using var scope = new TensorScope();
        Tensor logits = Logits;
        logits.RequiresGrad = true;
        CrossEntropy.Compute(logits, Classes(1, 0), reduction: Reduction.Sum).Backward();
        Assert.Equal([1 / 8.0, -6 / 8.0, 5 / 8.0, -1 / 2.0, 1 / 4.0, 1 / 4.0], logits.Grad!.ToArray<double>(),
            (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Ignored_targets_neither_count_nor_pull()
    {
        using var scope = new TensorScope();
        Tensor logits = Logits;
        logits.RequiresGrad = true;
        Tensor loss = CrossEntropy.Compute(logits, Classes(255, 0), new CrossEntropyOptions { IgnoreIndex = 255, LabelSmoothing = 0.1 });
        double alone = CrossEntropy.Compute(Logits[1..], Classes(0), new CrossEntropyOptions { LabelSmoothing = 0.1 }).Item();
        Assert.Equal(alone, loss.Item(), 1e-12);
        loss.Backward();
        Assert.Equal([0, 0, 0], logits.Grad!.ToArray<double>()[..3]);
        Assert.NotEqual(0, logits.Grad!.ToArray<double>()[3]);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Nothing_that_counts_gives_zero_and_no_gradient(bool empty)
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.Zeros([empty ? 0 : 2, 3, 2, 2]);
        logits.RequiresGrad = true;
        Tensor loss = CrossEntropy.Compute(logits, Tensor.Full([empty ? 0 : 2, 2, 2], -100, DType.Int64));
        Assert.Equal(0, loss.Item());
        loss.Backward();
        Assert.All(logits.Grad!.ToArray<float>(), g => Assert.Equal(0, g));
        Assert.Equal(0, CrossEntropy.Compute(Tensor.Zeros([0, 3]), Tensor.Zeros([0, 3])).Item());
    }

    [Fact]
    public void Weights_of_zero_leave_no_mean()
    {
        using var scope = new TensorScope();
        Assert.Equal(0, CrossEntropy.Compute(Logits, Classes(2, 2), classWeights: Tensor.From([1.0, 1, 0], 3)).Item());
    }
}
