using Fovea.Imaging;

namespace Fovea.Tests.Segmentation.Crf;

/// <summary>Small pictures of regions with an even colour and some noise, and what a shaky network would say about them.</summary>
internal static class CrfScenes
{
    private static readonly (int R, int G, int B)[] Colors = [(40, 60, 50), (200, 180, 60), (90, 120, 210), (230, 230, 225), (150, 40, 40)];

    /// <summary>A picture in which the class of a pixel is a diagonal stripe, and probabilities that prefer the wrong class at some
    /// pixels.</summary>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="classes">K, at most 5.</param>
    /// <param name="seed">Of the noise.</param>
    /// <param name="noise">Largest change of a colour, in levels.</param>
    /// <returns>The picture, K x H x W probabilities, and the true classes.</returns>
    public static (Image Picture, float[] Probabilities, int[] Truth) Stripes(int height, int width, int classes, int seed, int noise = 6)
    {
        var random = new Random(seed);
        int pixels = height * width;
        var bytes = new byte[3 * pixels];
        var probabilities = new float[classes * pixels];
        var truth = new int[pixels];
        for (int i = 0; i < pixels; i++)
        {
            truth[i] = (i % width + i / width) * classes / (height + width);
            (int r, int g, int b) = Colors[truth[i]];
            (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]) = (Noisy(r), Noisy(g), Noisy(b));
            int said = random.NextDouble() < 0.8 ? truth[i] : random.Next(classes);
            float total = 0;
            for (int k = 0; k < classes; k++)
                total += probabilities[k * pixels + i] = random.NextSingle() * 0.6f + (k == said ? 0.6f : 0.05f);
            for (int k = 0; k < classes; k++) probabilities[k * pixels + i] /= total;
        }
        return (new Image(new ImageSize(height, width), bytes), probabilities, truth);

        byte Noisy(int level) => (byte)Math.Clamp(level + random.Next(-noise, noise + 1), 0, 255);
    }
}
