using Fovea.Imaging;

namespace Fovea.Benchmarks.Operators;

/// <summary>Boxes as a detector proposes them: sides of all sizes, inside the picture.</summary>
internal static class RandomBoxes
{
    /// <summary>N x 4 values, x1 y1 x2 y2. Sides are drawn evenly on a logarithmic scale.</summary>
    public static float[] Draw(Random random, int count, ImageSize picture, double shortest, double longest)
    {
        var edges = new float[4 * count];
        for (int i = 0; i < count; i++)
        {
            double width = Side(), height = Side();
            double x = random.NextDouble() * (picture.Width - width), y = random.NextDouble() * (picture.Height - height);
            (edges[4 * i], edges[4 * i + 1]) = ((float)x, (float)y);
            (edges[4 * i + 2], edges[4 * i + 3]) = ((float)(x + width), (float)(y + height));
        }
        return edges;

        double Side() => shortest * Math.Pow(longest / shortest, random.NextDouble());
    }
}
