namespace Fovea.Data.Writing;

/// <summary>Numbers that formats state otherwise than boxes do: widths instead of right edges, pixels counted from 1.</summary>
internal static class ShortNumber
{
    private const int MostDecimals = 15;

    /// <summary>The number with the fewest decimals which, added to another, gives a sum: of 473.07 and 511.72 not 38.650000000000034.</summary>
    /// <param name="from">What it is added to.</param>
    /// <param name="sum">What is wanted.</param>
    public static double Between(double from, double sum)
    {
        double difference = sum - from;
        for (int decimals = 0; decimals <= MostDecimals; decimals++)
            if (Math.Round(difference, decimals) is var rounded && from + rounded == sum) return rounded;
        return difference;
    }
}
