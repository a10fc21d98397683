using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Structures;

namespace Fovea.Tests.Losses;

public class BoundaryWeightsTests
{
    /// <summary>Two objects with three pixels between them: the middle one is 2 and 2 away, its neighbours 1 and 3.</summary>
    [Fact]
    public void ACaseByHand()
    {
        float[] weights = new BoundaryWeights { Weight = 10, Sigma = 5 }.Compute(new SegmentationMap(new ImageSize(1, 6), [1, 0, 0, 0, 1, 0]));
        float between = 1 + (float)(10 * Math.Exp(-16.0 / 50)), beyond = 1 + (float)(10 * Math.Exp(-36.0 / 50));
        Assert.Equal([1, between, between, between, 1, beyond], weights);
    }

    /// <summary>One object, or none, has no neighbour.</summary>
    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 1, 255, 1 })]
    [InlineData(new byte[] { 255, 255, 255, 255 })]
    public void FewerThanTwoObjectsWeighNothing(byte[] labels) =>
        Assert.All(new BoundaryWeights().Compute(new SegmentationMap(new ImageSize(2, 2), labels)), weight => Assert.Equal(1, weight));

    /// <summary>Against the distances to every pixel of every object. Objects further than five sigma are left out of both.</summary>
    [Theory]
    [InlineData(1, 5.0)]
    [InlineData(2, 2.0)]
    [InlineData(3, 1.0)]
    public void AgreesWithAllDistances(int seed, double sigma)
    {
        var random = new Random(seed);
        var size = new ImageSize(31, 43);
        var labels = new byte[size.Pixels];
        for (int i = 0; i < 9; i++)
        {
            int top = random.Next(28), left = random.Next(40), height = 1 + random.Next(6), width = 1 + random.Next(6);
            byte label = (byte)(1 + random.Next(2));
            for (int y = top; y < Math.Min(31, top + height); y++)
                for (int x = left; x < Math.Min(43, left + width); x++) labels[y * 43 + x] = label;
        }
        labels[5] = 255;
        int[] objects = Objects(labels, 31, 43);
        float[] actual = new BoundaryWeights { Sigma = sigma }.Compute(new SegmentationMap(size, labels));
        for (int at = 0; at < labels.Length; at++)
        {
            double[] distances = [.. Enumerable.Range(0, labels.Length).Where(i => objects[i] > 0).GroupBy(i => objects[i]).Select(group =>
                group.Min(i => Math.Sqrt(Math.Pow(i / 43 - at / 43, 2) + Math.Pow(i % 43 - at % 43, 2)))).Order()];
            double expected = labels[at] == 0 ? 1 + 10 * Math.Exp(-Math.Pow(distances[0] + distances[1], 2) / (2 * sigma * sigma)) : 1;
            Assert.Equal(expected, actual[at], 4e-5);
        }
    }

    // Numbers from 1 for connected pixels of one class, by spreading until nothing changes.
    private static int[] Objects(byte[] labels, int height, int width)
    {
        int[] objects = [.. labels.Select((label, i) => label is 0 or 255 ? 0 : i + 1)];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    foreach ((int dy, int dx) in ((int, int)[])[(0, 1), (1, 0), (0, -1), (-1, 0)])
                    {
                        if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
                        int a = y * width + x, b = (y + dy) * width + x + dx;
                        if (objects[a] == 0 || labels[a] != labels[b] || objects[b] >= objects[a]) continue;
                        objects[a] = objects[b];
                        changed = true;
                    }
        }
        return objects;
    }
}
