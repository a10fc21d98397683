using Fovea.Detection;

namespace Fovea.Inference.Verification;

/// <summary>One tensor of a reference, compared with what the model gave.</summary>
/// <param name="Name">Its name in the reference, such as <c>boxes.0</c>.</param>
/// <param name="Shape">Its shape in the reference.</param>
/// <param name="Absolute">The largest difference of an element; infinite where one is not a number in only one of the two.</param>
/// <param name="Relative">That difference over the largest magnitude in the reference tensor; 0 where both are 0.</param>
/// <param name="Passed">Whether it is within the tolerances.</param>
/// <param name="Note">What else is wrong, such as another number of detections; null for nothing.</param>
public sealed record TensorComparison(string Name, IReadOnlyList<long> Shape, double Absolute, double Relative, bool Passed,
    string? Note = null)
{
    /// <summary>Compares element by element.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="expected">The reference's elements.</param>
    /// <param name="actual">The model's, as many.</param>
    /// <param name="relativeTolerance">Allowed difference, as a share of the largest magnitude in the reference.</param>
    /// <param name="absoluteTolerance">Allowed difference on top of that.</param>
    public static TensorComparison Of(string name, IReadOnlyList<long> shape, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual,
        double relativeTolerance, double absoluteTolerance)
    {
        if (expected.Length != actual.Length)
            throw new ArgumentException($"{name}: {actual.Length} elements cannot be compared with {expected.Length}.", nameof(actual));
        double largest = 0, difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, float.IsFinite(expected[i]) ? Math.Abs((double)expected[i]) : 0);
            difference = Math.Max(difference, Difference(expected[i], actual[i]));
        }
        double relative = difference == 0 ? 0 : largest == 0 ? double.PositiveInfinity : difference / largest;
        return new TensorComparison(name, shape, difference, relative, difference <= absoluteTolerance + relativeTolerance * largest);
    }

    /// <summary>A tensor that cannot be compared.</summary>
    public static TensorComparison Missing(string name, IReadOnlyList<long> shape, string note) =>
        new(name, shape, double.PositiveInfinity, double.PositiveInfinity, Passed: false, note);

    // NaN meets NaN and an infinity itself: a model that reproduces them agrees.
    private static double Difference(float a, float b) =>
        a.Equals(b) ? 0 : float.IsFinite(a) && float.IsFinite(b) ? Math.Abs((double)a - b) : double.PositiveInfinity;
}

/// <summary>The outcome of a verification: one comparison for each tensor of the reference.</summary>
/// <param name="Comparisons">In the order in which they were made.</param>
/// <param name="Rounding">How the sizes of resized pictures were rounded.</param>
public sealed record VerificationReport(IReadOnlyList<TensorComparison> Comparisons, ScaleRounding Rounding)
{
    /// <summary>How many tensors are not within their tolerance.</summary>
    public int Failures => Comparisons.Count(comparison => !comparison.Passed);

    /// <summary>Whether every tensor is within its tolerance.</summary>
    public bool Passed => Failures == 0;
}
