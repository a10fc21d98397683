using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

public class HeatMapFocalLossTests
{
    [Fact]
    public void Worked_by_hand()
    {
        using var scope = new TensorScope();
        // Probabilities 1/2, 1/2, 3/4 of a key point, a cell half as near, and one far away.
        Tensor logits = Tensor.From([0, 0, Math.Log(3)], 3), targets = Tensor.From([1, 0.5, 0.0], 3);
        double hit = 0.25 * Math.Log(2), near = 0.0625 * 0.25 * Math.Log(2), far = 0.5625 * Math.Log(4);
        Assert.Equal(hit + near + far, HeatMapFocalLoss.Compute(logits, targets).Item(), 1e-12);
        Assert.Equal((hit + near + far) * 2 / 2, HeatMapFocalLoss.Compute(logits.Repeat(2), targets.Repeat(2)).Item(), 1e-12);
        Assert.Equal(near + far, HeatMapFocalLoss.Compute(logits[1..], targets[1..]).Item(), 1e-12);        // no key point: the sum
        Assert.Equal(0.5 * Math.Log(2) + 0.5 * 0.5 * Math.Log(2), HeatMapFocalLoss.Compute(logits[..2], targets[..2], 1, 1).Item(), 1e-12);
    }

    [Fact]
    public void The_gradient_is_that_of_finite_differences_and_finite_far_out()
    {
        double[] logits = [0.3, -1.2, 2, 0.7, -0.4, 1.5];
        GradientCheck.Run(x => HeatMapFocalLoss.Compute(x, Tensor.From([1, 0.9, 0, 0.2, 1, 0.0], 2, 3)), logits, [2, 3]);
        using var scope = new TensorScope();
        Tensor far = Tensor.From([200f, -200, 200, -200], 4), targets = Tensor.From([1f, 1, 0, 0], 4);
        far.RequiresGrad = true;
        Tensor loss = HeatMapFocalLoss.Compute(far, targets);
        loss.Backward();
        Assert.Equal(200, loss.Item(), 1e-3);                                                              // two misses of 200 over two key points
        Assert.All(far.Grad!.ToArray<float>(), slope => Assert.True(float.IsFinite(slope)));
    }

    [Fact]
    public void Nothing_costs_nothing_and_what_does_not_fit_is_refused()
    {
        using var scope = new TensorScope();
        Assert.Equal(0, HeatMapFocalLoss.Compute(Tensor.Zeros([0, 3]), Tensor.Zeros([0, 3])).Item());
        Assert.Contains("one shape", Assert.Throws<ArgumentException>(() => HeatMapFocalLoss.Compute(Tensor.Zeros([2]), Tensor.Zeros([3]))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => HeatMapFocalLoss.Compute(Tensor.Zeros([2]), Tensor.Zeros([2]), alpha: 0.5));
    }
}
