using Fovea.Segmentation.Crf;
using Fovea.Torch;

namespace Fovea.Tests.Segmentation.Crf;

public class PermutohedralLatticeTests
{
    // Along a line vertices lie sqrt(3)/2 widths apart, and both axes run along the line.
    private const float Step = 0.8660254f;
    private static readonly double LineGain = Math.Sqrt(4 * Math.PI / 3) * Math.Sqrt(2);

    // The lattice is an approximation: what it loses at its rim is about the same for all points nearby, so that ratios are far better than
    // sums.
    [Theory]
    [InlineData(1, 4, 0.012, 0.001), InlineData(2, 4, 0.02, 0.004), InlineData(3, 4, 0.04, 0.006), InlineData(5, 1, 0.25, 0.002)]
    [InlineData(5, 2, 0.16, 0.005), InlineData(5, 4, 0.23, 0.018)]
    public void Filter_comes_near_the_sum_over_all_pairs(int dimension, double spread, double sumError, double meanError)
    {
        const int Points = 600;
        float[] features = Features(Points, dimension, spread, 1), values = [.. Features(Points, 1, 1, 2).Select(v => v + 0.3f)];
        using var lattice = new PermutohedralLattice(features, dimension);
        double[,] kernel = BruteForceCrf.Gaussian(Points, dimension, (i, d) => features[i * dimension + d]);
        float[] sums = Filter(lattice, values), weights = Filter(lattice, Ones(Points));
        double sumOff = 0, sumTotal = 0, meanOff = 0, meanTotal = 0;
        for (int i = 0; i < Points; i++)
        {
            double sum = Enumerable.Range(0, Points).Sum(j => kernel[i, j] * values[j]);
            double weight = Enumerable.Range(0, Points).Sum(j => kernel[i, j]);
            (sumOff, sumTotal) = (sumOff + Math.Abs(sums[i] - sum), sumTotal + sum);
            (meanOff, meanTotal) = (meanOff + Math.Abs(sums[i] / weights[i] - sum / weight), meanTotal + sum / weight);
        }
        Assert.InRange(sumOff / sumTotal, 0, sumError);
        Assert.InRange(meanOff / meanTotal, 0, meanError);
    }

    [Fact]
    public void Two_neighbouring_vertices_by_hand()
    {
        // Each point is one vertex; the blur (1/4, 1/2, 1/4) runs twice over the two: [1/2 1/4; 1/4 1/2]^2 = [5/16 1/4; 1/4 5/16].
        using var lattice = new PermutohedralLattice([0, Step], 1);
        float[] filtered = Filter(lattice, [1, 10]);
        Assert.Equal(LineGain * (5 / 16.0 + 10 / 4.0), filtered[0], 1e-4);
        Assert.Equal(LineGain * (1 / 4.0 + 50 / 16.0), filtered[1], 1e-4);
    }

    [Fact]
    public void Between_two_vertices_a_point_belongs_to_both()
    {
        // A quarter of the way: shares 3/4 and 1/4 go through [5/16 1/4; 1/4 5/16] and come back with the same shares.
        using var lattice = new PermutohedralLattice([Step / 4], 1);
        double self = (9 / 16.0 + 1 / 16.0) * 5 / 16 + 2 * 3 / 16.0 / 4;
        Assert.Equal(LineGain * self, Filter(lattice, [1])[0], 1e-5);
        Assert.Equal(2, lattice.VertexCount);
    }

    [Fact]
    public void Points_far_apart_do_not_meet()
    {
        using var lattice = new PermutohedralLattice([-1e5f, -1e5f, 0, 0, 1e5f, 1e5f], 2);
        float[] filtered = Filter(lattice, [1, 0, 0]);
        Assert.InRange(filtered[0], 0.5, 1.5);
        Assert.Equal([0, 0], filtered[1..]);
    }

    [Theory, InlineData(1), InlineData(3), InlineData(5), InlineData(8)]
    public void Equal_points_share_one_simplex(int dimension)
    {
        float[] feature = Features(1, dimension, 30, 3);
        using var lattice = new PermutohedralLattice([.. Enumerable.Repeat(feature, 5000).SelectMany(f => f)], dimension);
        Assert.InRange(lattice.VertexCount, 1, dimension + 1);
        float[] filtered = Filter(lattice, Ones(5000));
        Assert.All(filtered, value => Assert.Equal(filtered[0], value));
    }

    [Theory, InlineData(2), InlineData(5)]
    public void The_transposed_filter_is_the_transpose(int dimension)
    {
        const int Points = 300;
        using var lattice = new PermutohedralLattice(Features(Points, dimension, 5, 4), dimension);
        float[] x = Features(Points, 1, 1, 5), y = Features(Points, 1, 1, 6);
        float[] forward = Filter(lattice, x), back = Filter(lattice, y, transposed: true), other = Filter(lattice, x, transposed: true);
        double left = Dot(forward, y), right = Dot(x, back);
        Assert.Equal(left, right, 1e-4);
        // Where vertices are missing, the order of the axes matters: the two are not the same.
        Assert.Contains(forward.Zip(other), pair => Math.Abs(pair.First - pair.Second) > 1e-3);

        static double Dot(float[] a, float[] b) => a.Zip(b).Sum(pair => (double)pair.First * pair.Second);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        const int Points = 9000, Channels = 21;
        float[] features = Features(Points, 5, 8, 7), values = Features(Points, Channels, 1, 8);
        using PermutohedralLattice one = new(features, 5, threads: 1), two = new(features, 5, threads: 2);
        float[] expected = new float[values.Length], found = new float[values.Length];
        one.Filter(values, expected, Channels, threads: 1);
        two.Filter(values, found, Channels, threads: 2);
        Assert.Equal(one.VertexCount, two.VertexCount);
        Assert.Equal(expected, found);
        two.Filter(values, found, Channels, threads: 5);
        Assert.Equal(expected, found);
    }

    [Theory, InlineData(2), InlineData(16), InlineData(17), InlineData(35)]
    public void Channels_do_not_see_each_other(int channels)
    {
        const int Points = 50;
        using var lattice = new PermutohedralLattice(Features(Points, 3, 2, 9), 3);
        float[] values = Features(Points, channels, 1, 10), filtered = new float[values.Length];
        lattice.Filter(values, filtered, channels);
        for (int c = 0; c < channels; c++)
            Assert.Equal(Filter(lattice, Channel(values, c)), Channel(filtered, c));

        float[] Channel(float[] all, int c) => [.. Enumerable.Range(0, Points).Select(p => all[p * channels + c])];
    }

    [Fact]
    public void The_composition_computes_the_same()
    {
        const int Points = 400, Channels = 3;
        using var scope = new TensorScope();
        using var lattice = new PermutohedralLattice(Features(Points, 5, 3, 11), 5);
        float[] values = Features(Points, Channels, 1, 12), filtered = new float[values.Length];
        lattice.Filter(values, filtered, Channels);
        double[] composed = LatticeComposition.Filter(lattice, Tensor.From(values, Points, Channels).To(DType.Float64)).ToArray<double>();
        for (int i = 0; i < values.Length; i++) Assert.Equal(composed[i], filtered[i], 1e-4 * composed.Max());
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        Assert.Contains("at least one point", Assert.Throws<ArgumentException>(() => new PermutohedralLattice([], 2)).Message);
        Assert.Contains("3 numbers", Assert.Throws<ArgumentException>(() => new PermutohedralLattice([1, 2, 3], 2)).Message);
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => new PermutohedralLattice([1, float.NaN], 2)).Message);
        Assert.Contains("Widen", Assert.Throws<ArgumentException>(() => new PermutohedralLattice([1, 2, 3, 4, 1e8f], 5)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PermutohedralLattice([1], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PermutohedralLattice(new float[9], 9));
        using var lattice = new PermutohedralLattice([1, 2], 2);
        Assert.Contains("2 values in and 1 out", Assert.Throws<ArgumentException>(() => lattice.Filter([1, 2], new float[1], 1)).Message);
    }

    [Fact]
    public void The_table_grows_and_forgets_nothing()
    {
        var table = new VertexTable(1);
        UInt128[] keys = [.. Enumerable.Range(0, 5000).Select(i => ((UInt128)(ulong)i << 70) + (UInt128)(ulong)(i % 7))];
        for (int i = 0; i < keys.Length; i++) Assert.Equal(i, table.Add(keys[i]));
        for (int i = 0; i < keys.Length; i++) Assert.Equal((i, i), (table.Add(keys[i]), table.Find(keys[i])));
        Assert.Equal((5000, -1), (table.Count, table.Find(1)));
    }

    private static float[] Features(int points, int dimension, double spread, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, points * dimension).Select(_ => (float)((random.NextDouble() - 0.3) * spread))];
    }

    private static float[] Ones(int points) => [.. Enumerable.Repeat(1f, points)];

    private static float[] Filter(PermutohedralLattice lattice, float[] values, bool transposed = false)
    {
        var filtered = new float[values.Length];
        lattice.Filter(values, filtered, 1, transposed);
        return filtered;
    }
}
