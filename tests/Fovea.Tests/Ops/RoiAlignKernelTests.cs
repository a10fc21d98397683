using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Ops.Kernels;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class RoiAlignKernelTests
{
    private static unsafe float[] Forward(float[] features, float[] rois, RoiShape s, float scale, int ratio, bool aligned, int threads = 0)
    {
        float[] pooled = new float[s.Regions * s.Channels * s.Bins];
        Array.Fill(pooled, float.NaN);
        fixed (float* f = features, p = pooled) RoiAlignKernel.Forward(f, rois, s, scale, ratio, aligned, p, threads);
        return pooled;
    }

    private static unsafe float[] Backward(float[] gradient, float[] rois, RoiShape s, float scale, int ratio, bool aligned,
        int threads = 0)
    {
        float[] features = new float[s.Images * s.Channels * s.Height * s.Width];
        Array.Fill(features, float.NaN);
        fixed (float* f = features, g = gradient) RoiAlignKernel.Backward(g, rois, s, scale, ratio, aligned, f, threads);
        return features;
    }

    private static float[] Features(RoiShape s) => Fill(s.Images * s.Channels * s.Height * s.Width, 1);

    [Fact]
    public void One_bin_with_one_point_interpolates_between_four_pixels()
    {
        // A region of 2 x 2 pixels from (0.25, 0.5): its one point is its centre (1.25, 1.5) in the map 10 x + y.
        RoiShape shape = new(1, 1, 3, 3, 1, 1, 1);
        float[] map = [0, 10, 20, 1, 11, 21, 2, 12, 22];
        Assert.Equal(14f, Forward(map, [0, 0.25f, 0.5f, 2.25f, 2.5f], shape, 1, 1, false)[0], 1e-5f);
        // Aligned, the same region is sampled half a pixel up and left: 10 * 0.75 + 1.
        Assert.Equal(8.5f, Forward(map, [0, 0.25f, 0.5f, 2.25f, 2.5f], shape, 1, 1, true)[0], 1e-5f);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void Agrees_with_torchvision_forward_and_backward(int index)
    {
        JsonElement g = Get("align")[index];
        RoiShape s = new(g.Int("n"), g.Int("c"), g.Int("h"), g.Int("w"), g.Int("r"), g.Int("ph"), g.Int("pw"));
        float scale = g.Float("scale");
        bool aligned = g.GetProperty("aligned").GetBoolean();
        float[] rois = Rois(s.Regions, s.Images, s.Width / scale, s.Height / scale, 2);
        float[] pooled = Forward(Features(s), rois, s, scale, g.Int("ratio"), aligned);
        AssertClose(g.GetProperty("out").Floats(), pooled, 1e-6);
        AssertClose(g.GetProperty("grad").Floats(), Backward(Fill(pooled.Length, 3), rois, s, scale, g.Int("ratio"), aligned), 1e-6);
    }

    [Fact]
    public void Agrees_with_the_plain_twin_on_random_shapes_and_regions()
    {
        Gen<(RoiShape, float[], float, int, bool)> cases =
            from n in Gen.Choose(1, 3)
            from c in Gen.Elements(1, 3, 8, 16, 19, 33)
            from h in Gen.Choose(1, 20)
            from w in Gen.Choose(1, 37)
            from r in Gen.Choose(0, 6)
            from bins in Gen.Elements((1, 1), (2, 3), (7, 7), (3, 5))
            from scale in Gen.Elements(1f, 0.25f, 0.37f)
            from ratio in Gen.Choose(-1, 4)
            from aligned in Gen.Elements(true, false)
            from corners in Gen.ArrayOf(Gen.Choose(-500, 1500), r * 4)
            select (new RoiShape(n, c, h, w, r, bins.Item1, bins.Item2),
                corners.Chunk(4)
                    .SelectMany((b, i) =>
                        new[] { i % n, b[0] / 1000f * w / scale, b[1] / 1000f * h / scale, b[2] / 1000f * w / scale,
                            b[3] / 1000f * h / scale }).ToArray(),
                scale, ratio, aligned);
        Prop.ForAll(cases.ToArbitrary(), v =>
        {
            (RoiShape s, float[] rois, float scale, int ratio, bool aligned) = v;
            float[] features = Features(s), gradient = Fill(s.Regions * s.Channels * s.Bins, 3);
            AssertClose(PlainRoiAlign.Forward(features, rois, s, scale, ratio, aligned),
                Forward(features, rois, s, scale, ratio, aligned), 2e-6);
            AssertClose(PlainRoiAlign.Backward(gradient, rois, s, scale, ratio, aligned),
                Backward(gradient, rois, s, scale, ratio, aligned), 5e-6);
        }).QuickCheckThrowOnFailure();
    }

    [Theory, InlineData(5), InlineData(17)]
    public void The_gradient_is_that_of_finite_differences(int channels)
    {
        RoiShape s = new(1, channels, 5, 6, 2, 2, 2);
        float[] rois = [0, 0.3f, 0.6f, 4.1f, 3.9f, 0, 2.2f, -1, 7, 3], weights = Fill(s.Regions * s.Channels * s.Bins, 3),
            features = Features(s);
        float[] gradient = Backward(weights, rois, s, 1, 2, true);
        for (int i = 0; i < features.Length; i += 7)
        {
            float[] up = [.. features], down = [.. features];
            up[i] += 0.5f;
            down[i] -= 0.5f; // the operator is linear in the features, so a large step costs nothing
            double difference = Loss(up) - Loss(down);
            Assert.Equal(difference, gradient[i], 1e-4);
        }

        double Loss(float[] x) => Forward(x, rois, s, 1, 2, true).Zip(weights, (a, b) => (double)a * b).Sum();
    }

    [Theory, InlineData(3), InlineData(40)]
    public void The_number_of_threads_does_not_change_a_bit(int channels)
    {
        RoiShape s = new(2, channels, 23, 31, 40, 7, 7);
        float[] rois = Rois(s.Regions, s.Images, 31, 23, 5), features = Features(s), gradient = Fill(s.Regions * s.Channels * s.Bins, 6);
        foreach (int threads in new[] { 2, 3, 8 })
        {
            Assert.Equal(Forward(features, rois, s, 1, 2, false, 1), Forward(features, rois, s, 1, 2, false, threads));
            Assert.Equal(Backward(gradient, rois, s, 1, 2, false, 1), Backward(gradient, rois, s, 1, 2, false, threads));
        }
    }

    [Theory, InlineData(2), InlineData(-1)]
    public void Regions_of_nonsense_are_empty_and_touch_nothing(int ratio)
    {
        float[] wild = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -1e30f, 1e9f];
        float[] rois = [.. from a in wild from b in wild from c in wild select new[] { 0, a, b, c, a } into roi from v in roi select v];
        foreach (int channels in new[] { 2, 16 })
            foreach (bool aligned in new[] { false, true })
            {
                RoiShape s = new(1, channels, 9, 11, rois.Length / 5, 2, 2);
                float[] pooled = Forward(Features(s), rois, s, 0.5f, ratio, aligned);
                Assert.All(pooled, v => Assert.InRange(v, -1, 1));
                Assert.All(Backward(pooled, rois, s, 0.5f, ratio, aligned), v => Assert.True(float.IsFinite(v)));
            }
    }

    [Fact]
    public void A_region_larger_than_the_map_by_far_is_sampled_in_little_time_and_memory()
    {
        RoiShape s = new(1, 16, 8, 8, 1, 1, 1);
        float[] ones = [.. Enumerable.Repeat(1f, 16 * 64)];
        // About a million by a million points, of which 9 x 9 fall on the map of ones.
        float value = Forward(ones, [0, -5e5f, -5e5f, 5e5f, 5e5f], s, 1, -1, true)[0];
        Assert.InRange(value, 60e-12f, 100e-12f);
    }

    [Fact]
    public void No_regions_give_nothing_and_no_gradient()
    {
        RoiShape s = new(2, 16, 4, 5, 0, 7, 7);
        Assert.Empty(Forward(Features(s), [], s, 1, 2, false));
        Assert.All(Backward([], [], s, 1, 2, false), v => Assert.Equal(0, v));
        RoiShape empty = new(1, 16, 0, 0, 1, 2, 2);
        Assert.All(Forward([], [0, 0, 0, 1, 1], empty, 1, 2, false), v => Assert.Equal(0, v));
    }

    [Theory, InlineData(1f), InlineData(-1f), InlineData(float.NaN)]
    public void A_region_of_an_image_that_is_not_there_is_refused(float image)
    {
        RoiShape s = new(1, 1, 4, 4, 1, 1, 1);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Forward(new float[16], [image, 0, 0, 1, 1], s, 1, 2, false));
        Assert.Contains("there are 1 images", error.Message);
    }
}
