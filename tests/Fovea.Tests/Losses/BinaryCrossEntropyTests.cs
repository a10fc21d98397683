using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

public class BinaryCrossEntropyTests
{
    // Probabilities 1/2, 3/4, 1/5.
    private static Tensor Logits => Tensor.From([0, Math.Log(3), -Math.Log(4)], 1, 3);

    [Fact]
    public void Three_logits_by_hand()
    {
        using var scope = new TensorScope();
        Tensor truth = Tensor.From([1.0, 0, 1], 1, 3);
        Close([Math.Log(2), Math.Log(4), Math.Log(5)], BinaryCrossEntropy.Compute(Logits, truth, reduction: Reduction.None));
        Close([Math.Log(40) / 3], BinaryCrossEntropy.Compute(Logits, truth));
        Close([2 * Math.Log(2), Math.Log(4), 2 * Math.Log(5)],
            BinaryCrossEntropy.Compute(Logits, truth, positiveWeights: Tensor.From([2.0], 1), reduction: Reduction.None));
        Close([Math.Log(2), Math.Log(4), 3 * Math.Log(5)],
            BinaryCrossEntropy.Compute(Logits, truth, positiveWeights: Tensor.From([1.0, 2, 3], 3), reduction: Reduction.None));
        Close([Math.Log(2) + 0.5 * Math.Log(4)],
            BinaryCrossEntropy.Compute(Logits, truth, Tensor.From([1, 0.5, 0], 3), reduction: Reduction.Sum));
    }

    [Fact]
    public void A_class_stands_for_a_one_among_zeros()
    {
        using var scope = new TensorScope();
        Tensor classes = Tensor.From([1L], 1), ones = Tensor.From([0.0, 1, 0], 1, 3);
        Assert.Equal(BinaryCrossEntropy.Compute(Logits, ones).Item(), BinaryCrossEntropy.Compute(Logits, classes).Item());
        Assert.Equal(SigmoidMeanSquaredError.Compute(Logits, ones).Item(), SigmoidMeanSquaredError.Compute(Logits, classes).Item());
        Assert.Equal(FocalLoss.Sigmoid(Logits, ones).Item(), FocalLoss.Sigmoid(Logits, classes).Item());
        // Maps: N,K,H,W with N,H,W.
        Tensor map = LossGoldens.Filled([2, 4, 2, 3], 1), labels = LossGoldens.Targets("classes", [2, 4, 2, 3]);
        double[] terms = BinaryCrossEntropy.Compute(map, labels, reduction: Reduction.None).ToArray<double>(), z = map.ToArray<double>();
        long[] label = labels.ToArray<long>();
        for (int i = 0; i < terms.Length; i++)
        {
            int n = i / 24, k = i / 6 % 4, at = i % 6;
            double sign = label[n * 6 + at] == k ? -1 : 1;
            Assert.Equal(Math.Log(1 + Math.Exp(sign * z[i])), terms[i], 1e-12);
        }
    }

    [Fact]
    public void Half_the_squared_distance_by_hand()
    {
        using var scope = new TensorScope();
        Tensor truth = Tensor.From([1.0, 0, 1], 1, 3);
        Close([0.125, 0.28125, 0.32], SigmoidMeanSquaredError.Compute(Logits, truth, Reduction.None));
        Close([(0.125 + 0.28125 + 0.32) / 3], SigmoidMeanSquaredError.Compute(Logits, truth));
    }

    [Fact]
    public void Nothing_gives_zero()
    {
        using var scope = new TensorScope();
        Tensor nothing = Tensor.Zeros([0, 3]);
        nothing.RequiresGrad = true;
        Tensor truth = Tensor.Zeros([0, 3]);
        Tensor loss = BinaryCrossEntropy.Compute(nothing, truth) + SigmoidMeanSquaredError.Compute(nothing, truth)
            + FocalLoss.Sigmoid(nothing, truth) + SmoothL1Loss.Compute(nothing, truth);
        Assert.Equal(0, loss.Item());
        loss.Backward();
        Assert.Equal([0, 3], nothing.Grad!.Shape);
    }

    private static void Close(double[] expected, Tensor actual) =>
        Assert.Equal(expected, actual.ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-12);
}
