using System.Text;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Training;

/// <summary>Finds out why a loss became infinite or not a number.</summary>
internal static class DivergenceReport
{
    /// <summary>The first parameter, or else the first layer's output, that is not finite, in words.</summary>
    /// <param name="model">The model, as it was when the loss went bad.</param>
    /// <param name="rerun">Computes the losses once more, so that the layers can be watched.</param>
    public static string FirstBadPlace(Module model, Action rerun)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        if (BadParameter(model) is { } parameter)
            return $"{parameter} itself is not finite: an earlier step went too far; lower the learning rate";

        Dictionary<Layer, string> names = [];
        foreach ((string name, Module module) in model.NamedModules())
            if (module is Layer layer) names.TryAdd(layer, name);
        string? found = null;
        // What comes after a bad layer may fail on what that layer gave.
        using (Layer.Observe((layer, input, output) =>
        {
            if (found is not null || IsFinite(output)) return;
            string place = $"{names.GetValueOrDefault(layer, layer.GetType().Name)} ({layer.GetType().Name})";
            found = IsFinite(input) ? $"the first layer with a bad output is {place}"
                : $"the input of {place} is already bad: look at the pictures";
        }))
            try
            {
                rerun();
            }
            catch (Exception) when (found is not null)
            {
            }
        return found ?? "every layer's output is finite, so a loss itself overflowed: look at the boxes";
    }

    /// <summary>"the parameter NAME" for the first parameter or buffer that holds something infinite or not a number; null where
    /// none does.</summary>
    public static string? BadParameter(Module model)
    {
        using var noGrad = new NoGrad();
        foreach ((string name, Tensor value) in model.StateDict())
            if (!IsFinite(value)) return $"the parameter {name}";
        return null;
    }

    /// <summary>The losses in one line.</summary>
    public static string Losses(IReadOnlyDictionary<string, double> losses) =>
        new StringBuilder().AppendJoin(", ", losses.Select(loss => $"{loss.Key} {loss.Value:g6}")).ToString();

    private static bool IsFinite(Tensor tensor)
    {
        if (!tensor.DType.IsFloatingPoint()) return true;
        using var scope = new TensorScope();
        return tensor.Detach().IsFinite().All().Item() != 0;
    }
}
