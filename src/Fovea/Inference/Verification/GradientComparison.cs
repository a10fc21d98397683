using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Inference.Verification;

/// <summary>Compares the gradients of losses by a model's parameters.</summary>
internal static class GradientComparison
{
    /// <summary>One backward pass a loss, for all of its parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="lossOf">The loss of a name, null for the sum of all; null where the model has no such loss.</param>
    /// <param name="expected">What another program computed.</param>
    /// <param name="options">Tolerances.</param>
    public static IEnumerable<TensorComparison> Compare(Module model, Func<string?, Tensor?> lossOf,
        IReadOnlyList<ReferenceGradient> expected, VerificationOptions options)
    {
        Dictionary<string, Tensor> parameters = model.NamedParameters().Where(p => p.Parameter.RequiresGrad).ToDictionary();
        foreach (IGrouping<string?, ReferenceGradient> group in expected.GroupBy(gradient => gradient.Loss))
        {
            Tensor? loss = lossOf(group.Key);
            ReferenceGradient[] known = [.. group.Where(gradient => loss is not null && parameters.ContainsKey(gradient.Parameter))];
            Tensor?[] computed = loss is null
                ? []
                : loss.Gradients([.. known.Select(gradient => parameters[gradient.Parameter])], retainGraph: true);
            foreach (ReferenceGradient gradient in group)
            {
                int index = Array.IndexOf(known, gradient);
                yield return Compare(gradient, loss is null ? "the model has no such loss" : "the model has no such trainable parameter",
                    index >= 0 ? parameters[gradient.Parameter] : null, index >= 0 ? computed[index] : null, options);
            }
        }
    }

    private static TensorComparison Compare(ReferenceGradient expected, string absence, Tensor? parameter, Tensor? computed,
        VerificationOptions options)
    {
        string name = expected.Loss is null ? $"grad.{expected.Parameter}" : $"grad.{expected.Loss}.{expected.Parameter}";
        if (parameter is null) return TensorComparison.Missing(name, expected.Shape, absence);
        if (!parameter.Shape.SequenceEqual(expected.Shape))
            return TensorComparison.Missing(name, expected.Shape, $"the model's parameter is {parameter.Describe()}");
        // A parameter that a loss does not depend on has no gradient, which is one of zeros.
        float[] values = computed?.Contiguous().ToArray<float>() ?? new float[expected.Values.Length];
        return TensorComparison.Of(name, expected.Shape, expected.Values, values, options.GradientTolerance, options.AbsoluteTolerance);
    }
}
