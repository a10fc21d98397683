using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

public class FocalLossTests
{
    [Fact]
    public void Half_a_probability_by_hand()
    {
        using var scope = new TensorScope();
        Tensor logits = Tensor.Zeros([1, 2], DType.Float64);
        double[] terms = FocalLoss.Sigmoid(logits, Tensor.From([1.0, 0], 1, 2), reduction: Reduction.None).ToArray<double>();
        Assert.Equal(0.25 * 0.25 * Math.Log(2), terms[0], 1e-12);
        Assert.Equal(0.75 * 0.25 * Math.Log(2), terms[1], 1e-12);
        Assert.Equal(0.25 * Math.Log(2), FocalLoss.Softmax(logits, Tensor.From([0L], 1)).Item(), 1e-12);
    }

    // Lin et al., section 3.2: with gamma 2, p_t = 0.9 counts 100 times less than in cross entropy, and p_t = 0.968 some 1000 times less.
    [Theory, InlineData(0.9, 100, 0.01), InlineData(0.968, 1000, 30)]
    public void What_is_classified_well_counts_as_little_as_the_paper_says(double p, double times, double tolerance)
    {
        using var scope = new TensorScope();
        Tensor logit = Tensor.From([Math.Log(p / (1 - p))], 1, 1), one = Tensor.From([1.0], 1, 1);
        double entropy = BinaryCrossEntropy.Compute(logit, one).Item();
        Assert.Equal(times, entropy / FocalLoss.Sigmoid(logit, one, new SigmoidFocalOptions { Alpha = null }).Item(), tolerance);
        Tensor two = Tensor.From([Math.Log(p / (1 - p)), 0], 1, 2);
        Assert.Equal(times, entropy / FocalLoss.Softmax(two, Tensor.From([0L], 1)).Item(), tolerance);
    }

    [Fact]
    public void Without_focus_they_are_cross_entropies()
    {
        using var scope = new TensorScope();
        Tensor x = LossGoldens.Filled([2, 4, 2, 3], 1) * 5, truth = LossGoldens.Targets("yes_no", [2, 4, 2, 3]),
            classes = LossGoldens.Targets("void", [2, 4, 2, 3]), weights = LossGoldens.ClassWeights(4);
        Assert.Equal(BinaryCrossEntropy.Compute(x, truth).Item(),
            FocalLoss.Sigmoid(x, truth, new SigmoidFocalOptions { Gamma = 0, Alpha = null }).Item(), 1e-12);
        Assert.Equal(CrossEntropy.Compute(x, classes, new CrossEntropyOptions { IgnoreIndex = 255 }, weights).Item(),
            FocalLoss.Softmax(x, classes, new SoftmaxFocalOptions { Gamma = 0, IgnoreIndex = 255 }, weights).Item(), 1e-12);
    }

    [Fact]
    public void A_distribution_with_a_one_is_the_class()
    {
        using var scope = new TensorScope();
        Tensor x = LossGoldens.Filled([3, 2], 1) * 5;
        double classes = FocalLoss.Softmax(x, Tensor.From([1L, 0, 1], 3)).Item();
        Assert.Equal(classes, FocalLoss.Softmax(x, Tensor.From([0.0, 1, 1, 0, 0, 1], 3, 2)).Item(), 1e-12);
    }

    [Fact]
    public void Nothing_that_counts_gives_zero()
    {
        using var scope = new TensorScope();
        Assert.Equal(0, FocalLoss.Softmax(Tensor.Zeros([0, 2]), Tensor.Zeros([0], DType.Int64)).Item());
        Assert.Equal(0, FocalLoss.Softmax(Tensor.Zeros([2, 2]), Tensor.Full([2], -100, DType.Int64)).Item());
    }
}
