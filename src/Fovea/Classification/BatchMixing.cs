using Fovea.Data;
using Fovea.Torch;

namespace Fovea.Classification;

/// <summary>Mixes the pictures of a batch with one another, and their targets with them.</summary>
public static class BatchMixing
{
    /// <summary>Mixup: each picture becomes lambda times itself plus 1 - lambda times the one before it in the batch.</summary>
    /// <remarks>Zhang, Cisse, Dauphin, Lopez-Paz: "mixup: Beyond Empirical Risk Minimization" (ICLR 2018), section 2; one lambda of
    /// Beta(alpha, alpha) a batch, and the batch rolled by one, as in torchvision's reference.</remarks>
    /// <param name="pixels">N x C x H x W.</param>
    /// <param name="targets">N x K, shares of the classes.</param>
    /// <param name="lambda">0 to 1.</param>
    public static (Tensor Pixels, Tensor Targets) Mixup(Tensor pixels, Tensor targets, double lambda) =>
        (pixels * lambda + Rolled(pixels) * (1 - lambda), targets * lambda + Rolled(targets) * (1 - lambda));

    /// <summary>CutMix: a rectangle of each picture is taken from the one before it in the batch, and so is its share of the
    /// target.</summary>
    /// <remarks>Yun et al.: "CutMix" (ICCV 2019), section 3.1: the rectangle has the picture's shape and 1 - lambda of its area, its centre
    /// is uniform, and what is left of it inside the picture decides the targets.</remarks>
    /// <param name="pixels">N x C x H x W.</param>
    /// <param name="targets">N x K, shares of the classes.</param>
    /// <param name="lambda">0 to 1: the share of the area that stays.</param>
    /// <param name="random">Where the rectangle's place comes from.</param>
    public static (Tensor Pixels, Tensor Targets) CutMix(Tensor pixels, Tensor targets, double lambda, ref SampleRandom random)
    {
        int height = (int)pixels.Size(2), width = (int)pixels.Size(3);
        double half = 0.5 * Math.Sqrt(1 - lambda);
        int y = random.Next(height), x = random.Next(width), halfHeight = (int)(half * height), halfWidth = (int)(half * width);
        int top = Math.Max(0, y - halfHeight), bottom = Math.Min(height, y + halfHeight);
        int left = Math.Max(0, x - halfWidth), right = Math.Min(width, x + halfWidth);
        double kept = 1 - (double)(bottom - top) * (right - left) / ((double)height * width);
        Tensor mixed = pixels.Clone();
        if (bottom > top && right > left)
            mixed[.., .., top..bottom, left..right].CopyInPlace(Rolled(pixels)[.., .., top..bottom, left..right]);
        return (mixed, targets * kept + Rolled(targets) * (1 - kept));
    }

    /// <summary>A number of Beta(alpha, alpha), 0 to 1.</summary>
    /// <param name="alpha">Above 0; small ones give numbers near 0 and 1.</param>
    /// <param name="random">Where it comes from.</param>
    public static double Beta(double alpha, ref SampleRandom random)
    {
        double x = LogGamma(alpha, ref random), y = LogGamma(alpha, ref random);
        return 1 / (1 + Math.Exp(y - x));                                   // x / (x + y); in logarithms neither underflows
    }

    // The logarithm of a number of Gamma(alpha, 1): Marsaglia and Tsang, ACM TOMS 2000; below 1 by Gamma(alpha + 1) U^(1 / alpha).
    private static double LogGamma(double alpha, ref SampleRandom random)
    {
        if (alpha < 1) return LogGamma(alpha + 1, ref random) + Math.Log(1 - random.NextDouble()) / alpha;
        double d = alpha - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            double v = Math.Pow(1 + c * normal, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * normal * normal + d * (1 - v + Math.Log(v))) return Math.Log(d * v);
        }
    }

    // Each entry's predecessor; the first has the last.
    private static Tensor Rolled(Tensor batch)
    {
        long count = batch.Size(0);
        return count < 2 ? batch : Tensor.Cat([batch.Slice(0, count - 1), batch.Slice(0, 0, count - 1)]);
    }
}
