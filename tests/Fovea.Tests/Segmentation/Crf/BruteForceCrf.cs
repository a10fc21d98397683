using Fovea.Imaging;
using Fovea.Segmentation.Crf;

namespace Fovea.Tests.Segmentation.Crf;

/// <summary>The dense CRF as the paper writes it, every pixel with every pixel, in double precision: for small pictures.</summary>
internal static class BruteForceCrf
{
    /// <summary>Marginals after the options' rounds: K x pixels.</summary>
    public static double[,] Refine(float[] probabilities, int classes, Image picture, DenseCrfOptions options)
    {
        int pixels = picture.Height * picture.Width;
        var log = new double[classes, pixels];
        for (int k = 0; k < classes; k++)
            for (int i = 0; i < pixels; i++) log[k, i] = Math.Log(Math.Max(probabilities[k * pixels + i], options.ProbabilityFloor));
        double[,] spatial = Spatial(picture.Size, options), bilateral = Bilateral(picture, options);
        double[,] q = Softmax(log);
        for (int round = 0; round < options.Iterations; round++)
        {
            double[,] first = Times(q, spatial), second = Times(q, bilateral), next = (double[,])log.Clone();
            for (int i = 0; i < pixels; i++)
                for (int own = 0; own < classes; own++)
                    for (int other = 0; other < classes; other++)
                        next[own, i] -= Cost(options.Compatibility, own, other)
                            * (options.SpatialWeight * first[other, i] + options.BilateralWeight * second[other, i]);
            q = Softmax(next);
        }
        return q;
    }

    /// <summary>exp(-|f_i - f_j|^2 / 2) of all pairs of points.</summary>
    public static double[,] Gaussian(int points, int dimension, Func<int, int, double> feature)
    {
        var kernel = new double[points, points];
        for (int i = 0; i < points; i++)
            for (int j = 0; j < points; j++)
            {
                double distance = 0;
                for (int d = 0; d < dimension; d++) distance += Math.Pow(feature(i, d) - feature(j, d), 2);
                kernel[i, j] = Math.Exp(-distance / 2);
            }
        return kernel;
    }

    public static double[,] Spatial(ImageSize size, DenseCrfOptions options) => Normalize(
        Gaussian((int)size.Pixels, 2, (i, d) => (d == 0 ? i % size.Width : i / size.Width) / options.SpatialWidth), options.Normalization);

    public static double[,] Bilateral(Image picture, DenseCrfOptions options) => Normalize(
        Gaussian((int)picture.Size.Pixels, 5, (i, d) => d switch
        {
            0 => i % picture.Width / options.BilateralWidth,
            1 => i / picture.Width / options.BilateralWidth,
            _ => picture.Pixels[3 * i + d - 2] / options.BilateralColorWidth,
        }), options.Normalization);

    private static double[,] Normalize(double[,] kernel, CrfNormalization normalization)
    {
        int points = kernel.GetLength(0);
        double[] sums = [.. Enumerable.Range(0, points).Select(i => Enumerable.Range(0, points).Sum(j => kernel[i, j]))];
        for (int i = 0; i < points; i++)
            for (int j = 0; j < points; j++)
                kernel[i, j] /= normalization switch
                {
                    CrfNormalization.None => 1,
                    CrfNormalization.Row => sums[i],
                    _ => Math.Sqrt(sums[i] * sums[j]),
                };
        return kernel;
    }

    private static double Cost(double[,]? compatibility, int own, int other) => compatibility?[own, other] ?? (own == other ? 0 : 1);

    private static double[,] Times(double[,] q, double[,] kernel)
    {
        int classes = q.GetLength(0), pixels = q.GetLength(1);
        var result = new double[classes, pixels];
        for (int k = 0; k < classes; k++)
            for (int i = 0; i < pixels; i++)
                for (int j = 0; j < pixels; j++) result[k, i] += kernel[i, j] * q[k, j];
        return result;
    }

    private static double[,] Softmax(double[,] values)
    {
        int classes = values.GetLength(0), pixels = values.GetLength(1);
        var q = new double[classes, pixels];
        for (int i = 0; i < pixels; i++)
        {
            double largest = Enumerable.Range(0, classes).Max(k => values[k, i]), total = 0;
            for (int k = 0; k < classes; k++) total += q[k, i] = Math.Exp(values[k, i] - largest);
            for (int k = 0; k < classes; k++) q[k, i] /= total;
        }
        return q;
    }
}
