using Fovea.Torch.Nn;

namespace Fovea.Torch.Tests.Nn;

/// <summary>In place or not, an activation has its own gradient.</summary>
public class ActivationTests
{
    // On both sides of every kink: 0, 3, -3 and 6.
    private static readonly double[] Points = [-4.1, -2.3, -0.6, 0.4, 1.7, 3.2, 5.5, 6.4];

    public static TheoryData<Activation> Kinds => [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void GradientsAreSlopes(Activation kind)
    {
        const double step = 1e-5;
        using var scope = new TensorScope();
        Tensor at = Tensor.From(Points, Points.Length);
        at.RequiresGrad = true;
        (at * 1).Activate(kind).Sum().Backward();
        double[] gradients = at.Grad!.ToArray<double>(), above = Moved(step), below = Moved(-step);
        for (int i = 0; i < Points.Length; i++) Assert.Equal((above[i] - below[i]) / (2 * step), gradients[i], 1e-7);

        double[] Moved(double by)
        {
            using var noGrad = new NoGrad();
            return Tensor.From([.. Points.Select(point => point + by)], Points.Length).Activate(kind).ToArray<double>();
        }
    }
}
