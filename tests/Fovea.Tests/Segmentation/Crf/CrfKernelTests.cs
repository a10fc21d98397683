using Fovea.Imaging;
using Fovea.Segmentation.Crf;
using Fovea.Torch;

namespace Fovea.Tests.Segmentation.Crf;

public class CrfKernelTests
{
    [Theory]
    [InlineData(12, 17, 2.5, CrfNormalization.None), InlineData(12, 17, 2.5, CrfNormalization.Symmetric)]
    [InlineData(12, 17, 2.5, CrfNormalization.Row), InlineData(1, 9, 20, CrfNormalization.Symmetric)]
    [InlineData(7, 1, 0.3, CrfNormalization.Row)]
    public void The_spatial_kernel_is_the_sum_over_all_pairs(int height, int width, double theta, CrfNormalization normalization)
    {
        var size = new ImageSize(height, width);
        int pixels = height * width;
        using var kernel = new SpatialKernel(size, theta, normalization);
        double[,] pairs = BruteForceCrf.Spatial(size, new DenseCrfOptions { SpatialWidth = theta, Normalization = normalization });
        float[] values = Values(pixels, 1), filtered = Filter(kernel, values), transposed = Filter(kernel, values, transposed: true);
        for (int i = 0; i < pixels; i++)
        {
            double sum = Enumerable.Range(0, pixels).Sum(j => pairs[i, j] * values[j]);
            Assert.Equal(sum, filtered[i], 1e-3 * Math.Max(1, sum));     // the cut at four standard deviations
            Assert.Equal(Enumerable.Range(0, pixels).Sum(j => pairs[j, i] * values[j]), transposed[i], 1e-3 * Math.Max(1, sum));
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void A_constant_stays_constant_where_rows_are_normalised(string which)
    {
        using CrfKernel kernel = Kernel(which, CrfNormalization.Row);
        Assert.All(Filter(kernel, [.. Enumerable.Repeat(0.7f, 24 * 31)]), value => Assert.Equal(0.7f, value, 1e-5f));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Symmetric_normalisation_keeps_sizes(string which)
    {
        // sqrt(D) is an eigenvector of D^-1/2 K D^-1/2 with eigenvalue 1, the largest: no signal grows.
        using CrfKernel kernel = Kernel(which, CrfNormalization.Symmetric);
        float[] values = Values(24 * 31, 3);
        double before = Norm(values);
        for (int n = 0; n < 20; n++) values = Filter(kernel, values);
        Assert.InRange(Norm(values), 0.3 * before, before);

        static double Norm(float[] x) => Math.Sqrt(x.Sum(v => (double)v * v));
    }

    [Theory, MemberData(nameof(Kernels))]
    public void The_transposed_kernel_is_the_transpose(string which)
    {
        using CrfKernel kernel = Kernel(which, CrfNormalization.Row);
        float[] x = Values(24 * 31, 1), y = Values(24 * 31, 2);
        double left = Dot(Filter(kernel, x), y), right = Dot(x, Filter(kernel, y, transposed: true));
        Assert.Equal(left, right, left * 1e-6);
        Assert.NotEqual(Dot(Filter(kernel, x, transposed: true), y), left, left * 1e-5);

        static double Dot(float[] a, float[] b) => a.Zip(b).Sum(pair => (double)pair.First * pair.Second);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void The_composition_computes_the_same(string which)
    {
        using var scope = new TensorScope();
        foreach (CrfNormalization normalization in Enum.GetValues<CrfNormalization>())
        {
            using CrfKernel kernel = Kernel(which, normalization);
            float[] values = Values(24 * 31, 4), filtered = Filter(kernel, values);
            double[] composed = kernel.Compose(Tensor.From(values, 1, 24, 31).To(DType.Float64)).ToArray<double>();
            for (int i = 0; i < values.Length; i++) Assert.Equal(composed[i], filtered[i], 1e-4 * composed.Max());
        }
    }

    public static TheoryData<string> Kernels => ["spatial", "bilateral"];

    private static CrfKernel Kernel(string which, CrfNormalization normalization)
    {
        Image picture = CrfScenes.Stripes(24, 31, 4, seed: 1, noise: 15).Picture;
        return which == "spatial" ? new SpatialKernel(picture.Size, 2, normalization) : BilateralKernel.Of(picture, 10, 8, normalization);
    }

    private static float[] Values(int pixels, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, pixels).Select(_ => random.NextSingle())];
    }

    private static float[] Filter(CrfKernel kernel, float[] values, bool transposed = false)
    {
        using LaneBuffer input = new(1, values.Length), output = new(1, values.Length);
        input.LoadRows(values, 1);
        kernel.Filter(input, output, transposed, threads: 0);
        var filtered = new float[values.Length];
        output.StoreRows(filtered, 1);
        return filtered;
    }
}
