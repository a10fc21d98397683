using Fovea.Torch;

namespace Fovea.Training;

/// <summary>Keeps gradients from growing without bound.</summary>
/// <remarks>Pascanu, Mikolov, Bengio: "On the difficulty of training recurrent neural networks" (ICML 2013), section 3.2.</remarks>
internal static class GradientClip
{
    /// <summary>Shortens all gradients by one factor so that their common Euclidean norm is at most <paramref name="limit"/>.</summary>
    /// <returns>The norm before.</returns>
    public static double ByNorm(IEnumerable<Tensor> parameters, double limit)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor[] gradients = [.. parameters.Select(p => p.Grad).OfType<Tensor>()];
        if (gradients.Length == 0) return 0;
        double norm = Tensor.Stack([.. gradients.Select(g => g.Norm())]).Norm().Item();
        if (norm > limit)
            foreach (Tensor gradient in gradients) gradient.MultiplyInPlace(limit / (norm + 1e-6));
        return norm;
    }
}
