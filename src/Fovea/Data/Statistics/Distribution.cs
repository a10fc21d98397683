namespace Fovea.Data.Statistics;

/// <summary>How a number is distributed. Quantiles are interpolated linearly between neighbours (type 7 of Hyndman and Fan 1996).</summary>
public sealed record Distribution(
    double Min, double P5, double P25, double Median, double P75, double P95, double Max, double Mean)
{
    /// <summary>The distribution of some values, or null of none.</summary>
    /// <param name="values">In any order; sorted here, in place.</param>
    public static Distribution? Of(double[] values)
    {
        if (values.Length == 0) return null;
        Array.Sort(values);
        return new Distribution(values[0], At(0.05), At(0.25), At(0.5), At(0.75), At(0.95), values[^1], values.Average());

        double At(double q) => Quantile(values, q);
    }

    /// <summary>The q-quantile of values in ascending order, q from 0 to 1.</summary>
    internal static double Quantile(ReadOnlySpan<double> sorted, double q)
    {
        double position = q * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
