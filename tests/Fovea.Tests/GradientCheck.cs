using Fovea.Torch;

namespace Fovea.Tests;

/// <summary>Compares autograd's gradient with finite differences, in double precision.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-5;

    /// <summary>Asserts that the gradients of the function's sum, weighted so that no part hides another, agree.</summary>
    /// <param name="function">Of a tensor of the given shape, float64; gives any shape.</param>
    /// <param name="values">Where: away from kinks.</param>
    /// <param name="shape">Shape of the argument.</param>
    /// <param name="tolerance">Largest difference.</param>
    public static void Run(Func<Tensor, Tensor> function, double[] values, long[] shape, double tolerance = 1e-7)
    {
        using var scope = new TensorScope();
        Tensor at = Tensor.From(values, shape);
        at.RequiresGrad = true;
        Weighted(function(at)).Backward();
        double[] gradient = at.Grad!.ToArray<double>();
        for (int i = 0; i < values.Length; i++)
        {
            double slope = (At(i, Step) - At(i, -Step)) / (2 * Step);
            Assert.True(Math.Abs(slope - gradient[i]) <= tolerance, $"entry {i}: autograd {gradient[i]:g9}, finite differences {slope:g9}");
        }

        double At(int index, double step)
        {
            using var inner = new TensorScope();
            double[] moved = [.. values];
            moved[index] += step;
            return Weighted(function(Tensor.From(moved, shape))).Item();
        }
    }

    private static Tensor Weighted(Tensor result)
    {
        Assert.Equal(DType.Float64, result.DType);
        return (result.Flatten() * (Tensor.Arange(0, result.Numel, dtype: DType.Float64) * 0.3 + 1)).Sum();
    }
}
