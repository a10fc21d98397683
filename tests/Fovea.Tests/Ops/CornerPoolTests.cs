using Fovea.Ops;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class CornerPoolTests
{
    private static readonly CornerDirection[] All = Enum.GetValues<CornerDirection>();

    // Step of rows and of columns from a pixel towards where it looks.
    private static (int Y, int X) Step(CornerDirection direction) => direction switch
    {
        CornerDirection.Top => (1, 0), CornerDirection.Bottom => (-1, 0), CornerDirection.Left => (0, 1), _ => (0, -1),
    };

    [Fact]
    public void The_figure_of_the_paper()
    {
        using var scope = new TensorScope();
        // Figure 6: top pooling of a column and left pooling of a row.
        Tensor column = Tensor.From<float>([2, 1, 3, 0, 2], 1, 1, 5, 1), row = Tensor.From<float>([2, 1, 3, 0, 2], 1, 1, 1, 5);
        Assert.Equal([3, 3, 3, 2, 2], CornerPool.Forward(column, CornerDirection.Top).ToArray<float>());
        Assert.Equal([3, 3, 3, 2, 2], CornerPool.Forward(row, CornerDirection.Left).ToArray<float>());
        Assert.Equal([2, 2, 3, 3, 3], CornerPool.Forward(column, CornerDirection.Bottom).ToArray<float>());
        Assert.Equal([2, 2, 3, 3, 3], CornerPool.Forward(row, CornerDirection.Right).ToArray<float>());
        Assert.Equal(column.ToArray<float>(), CornerPool.Forward(column, CornerDirection.Left).ToArray<float>());
    }

    [Theory, InlineData(1, 3, 5, 4, false), InlineData(2, 3, 5, 4, true), InlineData(1, 520, 3, 2, true), InlineData(2, 1, 3, 600, false)]
    public void Kernel_and_composition_agree_with_a_double_loop_and_its_gradient(int n, int c, int h, int w, bool channelsLast)
    {
        // Few distinct values, so that there are ties.
        float[] values = [.. Fill(n * c * h * w, 1).Select(v => MathF.Round(3 * v))], weights = Fill(n * c * h * w, 2);
        foreach (CornerDirection direction in All)
        {
            (float[] pooled, float[] gradient) = Plain(values, weights, n * c, h, w, direction);
            foreach (DType type in new[] { DType.Float32, DType.Float64 })
            {
                using var scope = new TensorScope();
                Tensor map = Tensor.From(values, n, c, h, w).To(type);
                if (channelsLast) map = map.ChannelsLast();
                map.RequiresGrad = true;
                Tensor result = CornerPool.Forward(map, direction);
                Assert.Equal(pooled, result.Detach().Contiguous().To(DType.Float32).ToArray<float>());
                Assert.Equal(pooled, CornerPool.Forward(map.Detach(), direction).Contiguous().To(DType.Float32).ToArray<float>());
                result.Backward(Tensor.From(weights, n, c, h, w).To(type));
                float[] actual = map.Grad!.Contiguous().To(DType.Float32).ToArray<float>();
                AssertClose(gradient, actual, 1e-5);
            }
        }
    }

    [Theory, InlineData(CornerDirection.Top), InlineData(CornerDirection.Left), InlineData(CornerDirection.Bottom), InlineData(CornerDirection.Right)]
    public void The_gradient_is_that_of_finite_differences(CornerDirection direction)
    {
        double[] values = [.. Fill(2 * 3 * 4, 7).Select((v, i) => Math.Round(v, 2) + i * 1e-3)];
        GradientCheck.Run(x => CornerPool.Forward(x, direction), values, [1, 2, 3, 4]);
    }

    [Fact]
    public void Empty_maps_stay_empty_and_other_shapes_are_refused()
    {
        using var scope = new TensorScope();
        Assert.Equal([0, 3, 2, 2], CornerPool.Forward(Tensor.Zeros([0, 3, 2, 2]), CornerDirection.Top).Shape);
        Assert.Equal([1, 3, 0, 2], CornerPool.Forward(Tensor.Zeros([1, 3, 0, 2]), CornerDirection.Top).Shape);
        Assert.Contains("N x C x H x W", Assert.Throws<ArgumentException>(() => CornerPool.Forward(Tensor.Zeros([3, 2, 2]), CornerDirection.Top)).Message);
    }

    // Every pixel walks to the edge; of equal values the nearest counts.
    private static (float[] Pooled, float[] Gradient) Plain(float[] values, float[] weights, int planes, int h, int w, CornerDirection direction)
    {
        float[] pooled = new float[values.Length], gradient = new float[values.Length];
        (int down, int right) = Step(direction);
        for (int p = 0; p < planes; p++)
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++)
                {
                    int here = (p * h + y) * w + x, best = here;
                    for (int i = y + down, j = x + right; i >= 0 && i < h && j >= 0 && j < w; i += down, j += right)
                        if (values[(p * h + i) * w + j] > values[best]) best = (p * h + i) * w + j;
                    pooled[here] = values[best];
                    gradient[best] += weights[here];
                }
        return (pooled, gradient);
    }
}
