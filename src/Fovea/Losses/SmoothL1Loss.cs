using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Smooth L1: 0.5 d^2 / beta where |d| is below beta, |d| - 0.5 beta elsewhere.</summary>
/// <remarks>Girshick: "Fast R-CNN" (ICCV 2015), equation 3, with beta 1. <see cref="Functional.SmoothL1"/> with its arguments
/// checked, and with 0 for the mean over nothing.</remarks>
public static class SmoothL1Loss
{
    /// <summary>The loss of each number against its truth.</summary>
    /// <param name="predictions">Any shape, floating point; half types are widened to float32.</param>
    /// <param name="targets">The same shape, floating point; other shapes are refused, not broadcast.</param>
    /// <param name="beta">Where the parabola becomes a line, 0 or more; 0 is the absolute difference.</param>
    /// <param name="reduction">The mean is over all numbers.</param>
    /// <returns>A scalar, or the predictions' shape without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit, or beta is negative.</exception>
    public static Tensor Compute(Tensor predictions, Tensor targets, double beta = 1, Reduction reduction = Reduction.Mean)
    {
        Check.NotNegative(beta, nameof(beta));
        if (!predictions.DType.IsFloatingPoint() || !targets.DType.IsFloatingPoint()
            || !targets.Shape.AsSpan().SequenceEqual(predictions.Shape))
            throw new ArgumentException($"The predictions are {predictions.Describe()} and the targets {targets.Describe()}, but floating "
                + "point numbers of one shape are needed.", nameof(targets));
        using var scope = new TensorScope();
        predictions = LossArguments.Wide(predictions);
        Tensor truth = targets.To(predictions.DType);
        return scope.Keep(LossArguments.Reduce(how => Functional.SmoothL1(predictions, truth, beta, how), predictions.Numel, reduction));
    }
}
