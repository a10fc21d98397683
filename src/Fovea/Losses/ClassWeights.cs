namespace Fovea.Losses;

/// <summary>Weights of classes from how often each occurs, for losses that would otherwise hear the common classes only.</summary>
/// <remarks>Counts are of pictures (classifiers) or of pixels (segmenters) of the training data. Letters: K classes.</remarks>
public static class ClassWeights
{
    // Paszke et al.'s: bounds the weights between 1 / ln 2.02 = 1.4 and 1 / ln 1.02 = 50.5.
    private const double EnetOffset = 1.02;

    /// <summary>Inverse frequency: all / (K' n_k) of a class that occurs n_k times, where K' classes occur at all. The mean over the
    /// examples is 1.</summary>
    /// <param name="counts">K numbers, 0 or more.</param>
    /// <returns>K weights; 0 for a class that does not occur, for which no weight would be enough.</returns>
    /// <exception cref="ArgumentException">A count is negative, or all are 0.</exception>
    public static double[] InverseFrequency(ReadOnlySpan<long> counts)
    {
        double all = Total(counts);
        int occurring = counts.Length - counts.Count(0L);
        var weights = new double[counts.Length];
        for (int k = 0; k < weights.Length; k++) weights[k] = counts[k] == 0 ? 0 : all / ((double)occurring * counts[k]);
        return weights;
    }

    /// <summary>Median frequency: median(n) / n_k. That is <see cref="MedianFrequency(ReadOnlySpan{long}, ReadOnlySpan{long})"/> where
    /// every picture has one class.</summary>
    /// <param name="counts">K numbers, 0 or more.</param>
    /// <returns>K weights; 0 for a class that does not occur. Such classes do not enter the median, which is the mean of the middle
    /// two where their number is even.</returns>
    /// <exception cref="ArgumentException">A count is negative, or all are 0.</exception>
    public static double[] MedianFrequency(ReadOnlySpan<long> counts)
    {
        Total(counts);
        return OverMedian([.. counts.ToArray().Select(n => (double)n)]);
    }

    /// <summary>Median frequency balancing: median(f) / f_k, where f_k is the share of class k's pixels in the pictures that it
    /// occurs in.</summary>
    /// <remarks>Eigen, Fergus: "Predicting Depth, Surface Normals and Semantic Labels" (ICCV 2015), section 6.3.1; so also SegNet
    /// (Badrinarayanan et al. 2015).</remarks>
    /// <param name="pixels">K numbers: pixels of each class in all pictures.</param>
    /// <param name="pixelsOfPictures">K numbers: all pixels of the pictures with at least one pixel of the class.</param>
    /// <returns>K weights; 0 for a class that does not occur. Such classes do not enter the median, which is the mean of the middle
    /// two where their number is even.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, a count is negative or larger than its pictures, or all are
    /// 0.</exception>
    public static double[] MedianFrequency(ReadOnlySpan<long> pixels, ReadOnlySpan<long> pixelsOfPictures)
    {
        Total(pixels);
        if (pixels.Length != pixelsOfPictures.Length)
            throw new ArgumentException($"{pixels.Length} counts of pixels and {pixelsOfPictures.Length} of pictures' pixels were given; "
                + "one of each is needed for every class.", nameof(pixelsOfPictures));
        var frequencies = new double[pixels.Length];
        for (int k = 0; k < frequencies.Length; k++)
        {
            if (pixels[k] > pixelsOfPictures[k])
                throw new ArgumentException($"Class {k} has {pixels[k]} pixels in pictures of {pixelsOfPictures[k]} pixels together; it "
                    + "cannot have more than there are.", nameof(pixels));
            frequencies[k] = pixels[k] == 0 ? 0 : (double)pixels[k] / pixelsOfPictures[k];
        }
        return OverMedian(frequencies);
    }

    /// <summary>ENet's weights: 1 / ln(1.02 + p_k), where p_k is the class's share of all.</summary>
    /// <remarks>Paszke et al.: "ENet" (2016), section 5.2. A class that does not occur gets 50.5.</remarks>
    /// <param name="counts">K numbers, 0 or more.</param>
    /// <exception cref="ArgumentException">A count is negative, or all are 0.</exception>
    public static double[] Enet(ReadOnlySpan<long> counts)
    {
        double all = Total(counts);
        var weights = new double[counts.Length];
        for (int k = 0; k < weights.Length; k++) weights[k] = 1 / Math.Log(EnetOffset + counts[k] / all);
        return weights;
    }

    /// <summary>Effective number of examples: (1 - beta) / (1 - beta^n_k), since each further example of a class is less likely to show
    /// anything new; scaled so that the classes that occur have a mean of 1.</summary>
    /// <remarks>Cui et al.: "Class-Balanced Loss Based on Effective Number of Samples" (CVPR 2019), section 4. 0 gives ones; towards 1 the
    /// weights become those of inverse frequency.</remarks>
    /// <param name="counts">K numbers, 0 or more.</param>
    /// <param name="beta">0 to below 1. Default: 0.9999, Cui et al.'s for long-tailed CIFAR-10.</param>
    /// <returns>K weights; 0 for a class that does not occur.</returns>
    /// <exception cref="ArgumentException">A count is negative, or all are 0; or beta is out of range.</exception>
    public static double[] EffectiveNumber(ReadOnlySpan<long> counts, double beta = 0.9999)
    {
        Total(counts);
        if (!(beta >= 0 && beta < 1)) throw new ArgumentOutOfRangeException(nameof(beta), beta, "beta lies between 0 and below 1.");
        double[] weights = [.. counts.ToArray().Select(n => n == 0 ? 0 : (1 - beta) / (1 - Math.Pow(beta, n)))];
        double mean = weights.Where(w => w > 0).Average();
        return [.. weights.Select(w => w / mean)];
    }

    private static double[] OverMedian(double[] frequencies)
    {
        double[] sorted = [.. frequencies.Where(f => f > 0).Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return [.. frequencies.Select(f => f == 0 ? 0 : median / f)];
    }

    private static double Total(ReadOnlySpan<long> counts)
    {
        double all = 0;
        for (int k = 0; k < counts.Length; k++)
            all += counts[k] >= 0
                ? counts[k]
                : throw new ArgumentException($"Class {k} was counted {counts[k]} times; counts are 0 or more.", nameof(counts));
        return all > 0 ? all
            : throw new ArgumentException($"None of the {counts.Length} classes occurs; count the training data first.", nameof(counts));
    }
}
