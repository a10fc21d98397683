namespace Fovea.Metrics;

/// <summary>The two average precisions of PASCAL VOC, from precision and recall down the ranking.</summary>
internal static class VocPrecision
{
    /// <summary>VOC 2007 to 2009: the mean, over the recalls 0, 0.1, ... 1, of the best precision at that recall or a higher one.</summary>
    public static double ElevenPoint(ReadOnlySpan<double> precision, ReadOnlySpan<double> recall)
    {
        double sum = 0;
        for (int i = 0; i <= 10; i++)
        {
            // The product, not the decimal: 3 * 0.1 is above 0.3, so that 3 objects of 10 do not reach it. The published ports
            // of the kit compare so, and a tenth point more or less shows in the second digit.
            double threshold = i * 0.1, best = 0;
            for (int d = 0; d < recall.Length; d++)
                if (recall[d] >= threshold) best = Math.Max(best, precision[d]);
            sum += best;
        }
        return sum / 11;
    }

    /// <summary>VOC 2010 and later: the area under the curve after precision has been made to fall with rising recall.</summary>
    public static double AllPoint(ReadOnlySpan<double> precision, ReadOnlySpan<double> recall)
    {
        double area = 0, best = 0;
        for (int d = recall.Length - 1; d >= 0; d--)
        {
            best = Math.Max(best, precision[d]);
            area += (recall[d] - (d > 0 ? recall[d - 1] : 0)) * best;
        }
        return area;
    }
}
