using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

public class AssociativeEmbeddingLossTests
{
    private static (double Pull, double Push) Compute(double[] first, double[] second)
    {
        using var scope = new TensorScope();
        (Tensor pull, Tensor push) = AssociativeEmbeddingLoss.Compute(Tensor.From(first, first.Length), Tensor.From(second, second.Length));
        return (pull.Item(), push.Item());
    }

    [Fact]
    public void Worked_by_hand()
    {
        // Means 0.5 and 1: the first object's two numbers lie 0.5 from theirs; the means 0.5 apart.
        Assert.Equal((0.25, 0.5), Compute([0, 1], [1, 1]));
        Assert.Equal((0.5, 0), Compute([0], [1]));
        Assert.Equal((0, 0), Compute([0, 3], [0, 3]));
        // Three objects at 0, 0.5 and 3: one pair of six in each direction is too near.
        Assert.Equal((0, 2 * 0.5 / 6), Compute([0, 0.5, 3], [0, 0.5, 3]));
    }

    [Fact]
    public void No_object_costs_nothing_and_has_a_gradient()
    {
        using var scope = new TensorScope();
        Tensor none = Tensor.Zeros([0]);
        none.RequiresGrad = true;
        (Tensor pull, Tensor push) = AssociativeEmbeddingLoss.Compute(none, none);
        (pull + push).Backward();
        Assert.Equal((0, 0, 0), (pull.Item(), push.Item(), none.Grad!.Numel));
        Assert.Contains("N and N", Assert.Throws<ArgumentException>(() => AssociativeEmbeddingLoss.Compute(none, Tensor.Zeros([1]))).Message);
    }

    [Fact]
    public void The_gradient_is_that_of_finite_differences() => GradientCheck.Run(x =>
    {
        (Tensor pull, Tensor push) = AssociativeEmbeddingLoss.Compute(x[0], x[1]);
        return pull + push;
    }, [0, 0.3, 0.75, 2, 0.2, 0.6, 0.7, 2.5], [2, 4]);
}
