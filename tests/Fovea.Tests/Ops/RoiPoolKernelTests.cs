using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Ops.Kernels;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class RoiPoolKernelTests
{
    private static unsafe (float[] Pooled, int[] Places) Forward(float[] features, float[] rois, RoiShape s, float scale, int threads = 0)
    {
        float[] pooled = new float[s.Regions * s.Channels * s.Bins];
        int[] places = new int[pooled.Length];
        Array.Fill(pooled, float.NaN);
        fixed (float* f = features, p = pooled)
        fixed (int* i = places) RoiPoolKernel.Forward(f, rois, s, scale, p, i, threads);
        return (pooled, places);
    }

    private static unsafe float[] Backward(float[] gradient, int[] places, float[] rois, RoiShape s, int threads = 0)
    {
        float[] features = new float[s.Images * s.Channels * s.Height * s.Width];
        Array.Fill(features, float.NaN);
        fixed (float* f = features, g = gradient)
        fixed (int* i = places) RoiPoolKernel.Backward(g, i, rois, s, f, threads);
        return features;
    }

    // Every bin of every channel on its own.
    private static (float[] Pooled, int[] Places) Plain(float[] features, float[] rois, RoiShape s, float scale)
    {
        float[] pooled = new float[s.Regions * s.Channels * s.Bins];
        int[] places = new int[pooled.Length];
        for (int at = 0; at < pooled.Length; at++)
        {
            int j = at % s.PooledWidth, i = at / s.PooledWidth % s.PooledHeight, c = at / s.Bins % s.Channels, r = at / s.Bins / s.Channels;
            int x1 = Round(rois[5 * r + 1] * scale), y1 = Round(rois[5 * r + 2] * scale), x2 = Round(rois[5 * r + 3] * scale),
                y2 = Round(rois[5 * r + 4] * scale);
            float width = Math.Max(x2 - x1 + 1, 1) / (float)s.PooledWidth, height = Math.Max(y2 - y1 + 1, 1) / (float)s.PooledHeight;
            (pooled[at], places[at]) = (float.NegativeInfinity, -1);
            for (int y = (int)MathF.Floor(i * height) + y1; y < (int)MathF.Ceiling((i + 1) * height) + y1; y++)
                for (int x = (int)MathF.Floor(j * width) + x1; x < (int)MathF.Ceiling((j + 1) * width) + x1; x++)
                {
                    if (y < 0 || x < 0 || y >= s.Height || x >= s.Width) continue;
                    float value = features[(((int)rois[5 * r] * s.Channels + c) * s.Height + y) * s.Width + x];
                    if (value > pooled[at]) (pooled[at], places[at]) = (value, y * s.Width + x);
                }
            if (places[at] < 0) pooled[at] = 0;
        }
        return (pooled, places);

        static int Round(float v) => (int)Math.Round(v, MidpointRounding.AwayFromZero);
    }

    [Fact]
    public void Takes_the_largest_value_of_each_bin_and_sends_the_gradient_there()
    {
        RoiShape s = new(1, 1, 2, 4, 1, 1, 2);
        float[] map = [1, 5, 2, 2, 3, 4, 2, 9], rois = [0, 0, 0, 3, 1];
        (float[] pooled, int[] places) = Forward(map, rois, s, 1);
        Assert.Equal([5, 9], pooled);
        Assert.Equal([1, 7], places);
        Assert.Equal([0, 10, 0, 0, 0, 0, 0, 20], Backward([10, 20], places, rois, s));
    }

    [Theory, InlineData(0), InlineData(1)]
    public void Agrees_with_torchvision_forward_and_backward(int index)
    {
        JsonElement g = Get("pool")[index];
        RoiShape s = new(g.Int("n"), g.Int("c"), g.Int("h"), g.Int("w"), g.Int("r"), g.Int("ph"), g.Int("pw"));
        float scale = g.Float("scale");
        float[] rois = Rois(s.Regions, s.Images, s.Width / scale, s.Height / scale, 2);
        (float[] pooled, int[] places) = Forward(Fill(s.Images * s.Channels * s.Height * s.Width, 1), rois, s, scale);
        AssertClose(g.GetProperty("out").Floats(), pooled, 0);
        AssertClose(g.GetProperty("grad").Floats(), Backward(Fill(pooled.Length, 3), places, rois, s), 1e-6);
    }

    [Fact]
    public void Agrees_with_the_plain_twin_and_its_gradient_goes_to_the_places()
    {
        Gen<(RoiShape, float[])> cases =
            from n in Gen.Choose(1, 2)
            from c in Gen.Elements(1, 4, 17)
            from h in Gen.Choose(1, 12)
            from w in Gen.Choose(1, 21)
            from r in Gen.Choose(0, 5)
            from bins in Gen.Elements((1, 1), (2, 3), (7, 7))
            from corners in Gen.ArrayOf(Gen.Choose(-10, 60), r * 4)
            select (new RoiShape(n, c, h, w, r, bins.Item1, bins.Item2),
                corners.Chunk(4).SelectMany((b, i) => b.Select(v => v * 0.5f).Prepend(i % n)).ToArray());
        Prop.ForAll(cases.ToArbitrary(), v =>
        {
            (RoiShape s, float[] rois) = v;
            float[] features = Fill(s.Images * s.Channels * s.Height * s.Width, 1);
            (float[] pooled, int[] places) = Forward(features, rois, s, 0.5f);
            (float[] plain, int[] plainPlaces) = Plain(features, rois, s, 0.5f);
            Assert.Equal(plain, pooled);
            Assert.Equal(plainPlaces, places);

            float[] gradient = Fill(pooled.Length, 3), expected = new float[features.Length];
            for (int at = 0; at < places.Length; at++)
                if (places[at] >= 0) expected[((int)rois[at / s.Bins / s.Channels * 5] * s.Channels + at / s.Bins % s.Channels) * s.Height * s.Width + places[at]] += gradient[at];
            Assert.Equal(expected, Backward(gradient, places, rois, s, 3));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_gradient_is_that_of_finite_differences()
    {
        RoiShape s = new(1, 5, 6, 7, 2, 2, 2);
        float[] rois = [0, 0, 1, 5, 4, 0, 2, 2, 6, 5], features = Fill(5 * 42, 1), weights = Fill(2 * 5 * 4, 3);
        float[] gradient = Backward(weights, Forward(features, rois, s, 1).Places, rois, s);
        // Values lie at least 1/512 apart within the map's formula, so a smaller step moves no maximum.
        const float step = 1 / 2048f;
        for (int i = 0; i < features.Length; i++)
        {
            float[] up = [.. features], down = [.. features];
            up[i] += step;
            down[i] -= step;
            double difference = Forward(up, rois, s, 1).Pooled.Zip(Forward(down, rois, s, 1).Pooled, (a, b) => (double)a - b)
                .Zip(weights, (d, w) => d * w).Sum();
            Assert.Equal(difference / (2 * step), gradient[i], 1e-3);
        }
    }

    [Fact]
    public void Regions_of_nonsense_and_maps_of_nonsense_do_no_harm()
    {
        float[] wild = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -1e30f, 2e9f, -2e9f];
        float[] rois = [.. from a in wild from b in wild from c in wild select new[] { 0, a, b, c, a } into roi from v in roi select v];
        foreach (int channels in new[] { 2, 16 })
        {
            RoiShape s = new(1, channels, 9, 11, rois.Length / 5, 2, 2);
            float[] features = new float[channels * 99];
            Array.Fill(features, float.NaN);
            (float[] pooled, int[] places) = Forward(features, rois, s, 0.5f);
            Assert.All(places, p => Assert.Equal(-1, p));
            Assert.All(Backward(pooled, places, rois, s), v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void No_regions_give_nothing_and_no_gradient()
    {
        RoiShape s = new(1, 16, 4, 5, 0, 7, 7);
        Assert.Empty(Forward(new float[320], [], s, 1).Pooled);
        Assert.All(Backward([], [], [], s), v => Assert.Equal(0, v));
    }
}
