using System.Numerics;
using Fovea.Data.Scenery;
using Xunit;

namespace Fovea.Tests.Data;

public class CoverageTests
{
    [Fact]
    public void A_rectangle_covers_its_share_of_each_pixel()
    {
        float[,] cover = Trace(4, 3, new(0.5f, 0.25f), new(2.25f, 0.25f), new(2.25f, 2), new(0.5f, 2));
        Assert.Equal([0.375f, 0.75f, 0.1875f, 0], Row(cover, 0));
        Assert.Equal([0.5f, 1, 0.25f, 0], Row(cover, 1));
        Assert.Equal([0f, 0, 0, 0], Row(cover, 2));
    }

    [Fact]
    public void A_triangle_covers_half_of_the_pixels_on_its_slope()
    {
        float[,] cover = Trace(3, 3, new(0, 0), new(3, 3), new(0, 3));
        Assert.Equal([0.5f, 0, 0], Row(cover, 0));
        Assert.Equal([1f, 0.5f, 0], Row(cover, 1));
        Assert.Equal([1f, 1, 0.5f], Row(cover, 2));
    }

    [Fact]
    public void Whatever_is_cut_off_does_not_change_the_rest()
    {
        Vector2[] big = [new(-50, -20), new(60, -10), new(70, 90), new(-30, 40)];
        float[,] cover = Trace(5, 5, big);
        foreach (float c in cover) Assert.Equal(1, c, 1e-4);
        foreach (float c in Trace(5, 5, new(10, 10), new(20, 10), new(20, 20))) Assert.Equal(0, c);
    }

    [Fact]
    public void The_sum_of_cover_is_the_area()
    {
        var random = new SampleRandomPoints(5);
        for (int round = 0; round < 200; round++)
        {
            Vector2 a = random.Point(), b = random.Point(), c = random.Point();
            float area = Math.Abs((b.X - a.X) * (c.Y - a.Y) - (b.Y - a.Y) * (c.X - a.X)) / 2, sum = 0;
            foreach (float cover in Trace(20, 20, a, b, c)) sum += cover;
            Assert.Equal(area, sum, 1e-3);
        }
    }

    private struct SampleRandomPoints(ulong seed)
    {
        private Fovea.Data.SampleRandom _random = new(seed);

        public Vector2 Point() => new((float)_random.Uniform(0, 20), (float)_random.Uniform(0, 20));
    }

    private static float[] Row(float[,] cover, int y) => [.. Enumerable.Range(0, cover.GetLength(1)).Select(x => cover[y, x])];

    private static float[,] Trace(int width, int height, params Vector2[] points)
    {
        var coverage = new Coverage();
        coverage.Trace(points, 0, 0, width, height);
        var result = new float[height, width];
        var row = new float[width];
        for (int y = 0; y < coverage.Height; y++)
        {
            coverage.Row(y, row);
            for (int x = 0; x < coverage.Width; x++) result[coverage.Y + y, coverage.X + x] = row[x];
        }
        return result;
    }
}
