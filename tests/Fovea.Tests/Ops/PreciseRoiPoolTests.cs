using Fovea.Ops;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class PreciseRoiPoolTests
{
    private const int Images = 2, Channels = 3, Height = 6, Width = 7;

    // Inside, over the edges, within one pixel, on pixels, tall and narrow, outside, without area and reversed.
    private static readonly float[] Rois =
    [
        0, 2.3f, 1.7f, 9.1f, 8.6f, 1, -3, -2.5f, 4.4f, 5.2f, 0, 4.2f, 4.4f, 4.9f, 5.1f, 1, 2, 4, 8, 10,
        0, 5.1f, -1, 5.7f, 13, 1, 40, 40, 50, 50, 0, 3, 3, 3, 8, 1, 6, 6, 2, 2,
    ];

    private const double Scale = 0.5;

    private static Tensor Map(DType type, int channels = Channels) =>
        Tensor.From(Fill(Images * channels * Height * Width, 1), Images, channels, Height, Width).To(type);

    [Fact]
    public void A_bin_worked_by_hand()
    {
        using var scope = new TensorScope();
        // A slope of 2 along x and 10 along y is its own mean at the bin's centre, between the pixels' centres.
        Tensor map = Tensor.From([.. Enumerable.Range(0, 5 * 6).Select(i => 2f * (i % 6) + 10 * (i / 6))], 1, 1, 5, 6);
        Tensor pooled = PreciseRoiPool.Forward(map, Tensor.From([0, 0.5f, 1, 4.5f, 3], 1, 5), 2, 2, 1);
        AssertClose([2 * 1.5f + 15, 2 * 3.5f + 15, 2 * 1.5f + 25, 2 * 3.5f + 25], pooled.ToArray<float>(), 1e-6);
        // Of a single one, a square of side 2 around it covers all of its tent: 1 over an area of 4. A quarter of it, one pixel, 1/4.
        Tensor point = Tensor.From([0f, 0, 0, 0, 1, 0, 0, 0, 0], 1, 1, 3, 3);
        AssertClose([0.25f], PreciseRoiPool.Forward(point, Tensor.From([0f, 0, 0, 2, 2], 1, 5), 1, 1, 1).ToArray<float>(), 1e-6);
        AssertClose([0.25f], PreciseRoiPool.Forward(point, Tensor.From([0f, 0, 0, 1, 1], 1, 5), 1, 1, 1).ToArray<float>(), 1e-6);
    }

    [Theory, InlineData(DType.Float32, 3), InlineData(DType.Float32, 20), InlineData(DType.Float64, 3)]
    public void It_is_the_mean_of_many_samples(DType type, int channels)
    {
        using var scope = new TensorScope();
        Tensor map = Map(type, channels), rois = Tensor.From(Rois, Rois.Length / 5, 5);
        float[] expected = Sampled(map.To(DType.Float32).ToArray<float>(), channels, 3, 2);
        AssertClose(expected, PreciseRoiPool.Forward(map, rois, 3, 2, Scale).To(DType.Float32).ToArray<float>(), 2e-4);
    }

    [Fact]
    public void Kernel_and_composition_have_the_same_values_and_gradients()
    {
        using var scope = new TensorScope();
        (float[] Pooled, float[] Map, float[] Rois) single = Run(DType.Float32), twin = Run(DType.Float64);
        AssertClose(twin.Pooled, single.Pooled, 1e-5);
        AssertClose(twin.Map, single.Map, 1e-5);
        AssertClose(twin.Rois, single.Rois, 1e-4);
        Assert.Contains(twin.Rois, slope => Math.Abs(slope) > 0.1);
    }

    [Fact]
    public void Gradients_are_those_of_finite_differences()
    {
        // Not the regions whose edges lie on pixels, where the slope turns, or that have no area.
        double[] rois = [.. Rois[..15].Select(v => (double)v)], map = [.. Fill(Images * Channels * Height * Width, 1).Select(v => (double)v)];
        Tensor Features() => Tensor.From(map, Images, Channels, Height, Width);
        double[] edges = [.. rois.Where((_, i) => i % 5 > 0)];
        GradientCheck.Run(x => PreciseRoiPool.Forward(Features(),
            Tensor.Cat([Tensor.From([0.0, 1, 0], 3, 1), x], 1), 3, 2, Scale), edges, [3, 4], 1e-6);
        GradientCheck.Run(x => PreciseRoiPool.Forward(x, Tensor.From(rois, 3, 5), 2, 2, Scale), map, [Images, Channels, Height, Width], 1e-6);
    }

    [Theory, InlineData(DType.Float32), InlineData(DType.Float64)]
    public void No_regions_give_an_empty_result_and_a_stranger_is_refused(DType type)
    {
        using var scope = new TensorScope();
        Assert.Equal([0, Channels, 7, 7], PreciseRoiPool.Forward(Map(type), Tensor.Zeros([0, 5]), 7, 7, 1).Shape);
        Assert.Contains("image", Assert.Throws<ArgumentException>(() => PreciseRoiPool.Forward(Map(type), Tensor.Full([1, 5], 2), 7, 7, 1)).Message);
    }

    private static (float[] Pooled, float[] Map, float[] Rois) Run(DType type)
    {
        Tensor map = Map(type), rois = Tensor.From(Rois, Rois.Length / 5, 5).To(type);
        (map.RequiresGrad, rois.RequiresGrad) = (true, true);
        Tensor pooled = PreciseRoiPool.Forward(map, rois, 3, 2, Scale);
        pooled.Backward(Tensor.From(Fill((int)pooled.Numel, 3), pooled.Shape).To(type));
        return (pooled.Detach().To(DType.Float32).ToArray<float>(), map.Grad!.To(DType.Float32).ToArray<float>(),
            rois.Grad!.To(DType.Float32).ToArray<float>());
    }

    // The mean of the interpolated map at the middles of a fine grid; 0 where a bin has no area.
    private static float[] Sampled(float[] map, int channels, int binsDown, int binsAcross)
    {
        const int fine = 100;
        var pooled = new float[Rois.Length / 5 * channels * binsDown * binsAcross];
        int at = 0;
        foreach (float[] roi in Rois.Chunk(5))
            for (int c = 0; c < channels; c++)
                for (int i = 0; i < binsDown; i++)
                    for (int j = 0; j < binsAcross; j++, at++)
                    {
                        double left = roi[1] * Scale, top = roi[2] * Scale, width = (roi[3] - roi[1]) * Scale / binsAcross,
                            height = (roi[4] - roi[2]) * Scale / binsDown, sum = 0;
                        if (width <= 0 || height <= 0) continue;
                        for (int v = 0; v < fine; v++)
                            for (int u = 0; u < fine; u++)
                                sum += At(map, ((int)roi[0] * channels + c) * Height * Width, top + (i + (v + 0.5) / fine) * height,
                                    left + (j + (u + 0.5) / fine) * width);
                        pooled[at] = (float)(sum / (fine * fine));
                    }
        return pooled;
    }

    private static double At(float[] map, int plane, double y, double x)
    {
        double sum = 0;
        for (int i = (int)Math.Floor(y); i <= (int)Math.Floor(y) + 1; i++)
            for (int j = (int)Math.Floor(x); j <= (int)Math.Floor(x) + 1; j++)
                if (i >= 0 && i < Height && j >= 0 && j < Width)
                    sum += map[plane + i * Width + j] * (1 - Math.Abs(y - i)) * (1 - Math.Abs(x - j));
        return sum;
    }
}
