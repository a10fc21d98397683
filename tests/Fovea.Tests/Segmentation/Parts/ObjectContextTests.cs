using Fovea.Segmentation.Parts;
using Fovea.Torch;

namespace Fovea.Tests.Segmentation.Parts;

public class ObjectContextTests
{
    /// <summary>Three pixels of two channels. The first class has the first pixel three times as much as each of the others, the second has
    /// all alike.</summary>
    [Fact]
    public void RegionsAreWeightedMeans()
    {
        using var scope = new TensorScope();
        Tensor pixels = Tensor.From<float>([10, 20, 30, 5, 0, 10], 1, 2, 1, 3);
        Tensor scores = Tensor.From<float>([(float)Math.Log(3), 0, 0, 7, 7, 7], 1, 2, 1, 3);
        Tensor regions = ObjectContext.Gather(pixels, scores);
        Assert.Equal([1, 2, 2, 1], regions.Shape);                                       // N,C,K,1
        float[] expected = [16, 20, 5, 5], actual = regions.Contiguous().ToArray<float>();
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    /// <summary>Equations 3 and 4, pixel by pixel and region by region.</summary>
    [Fact]
    public void PixelsGatherFromRegionsThatAreLikeThem()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(4);
        const int N = 2, C = 4, Compared = 3, K = 5, H = 3, W = 2;
        using var layer = new ObjectContext(C, Compared, dropout: 0.5, generator);
        var twin = new StateTwin(layer, generator);
        layer.Train(false);
        Tensor pixels = Tensor.Randn([N, C, H, W], generator), scores = Tensor.Randn([N, K, H, W], generator);
        Tensor regions = ObjectContext.Gather(pixels, scores);
        Tensor query = twin.Brick(twin.Brick(pixels, "pixels.0"), "pixels.1");
        Tensor keys = twin.Brick(twin.Brick(regions, "regions.0"), "regions.1");
        Tensor values = twin.Brick(regions, "values");
        float[] context = new float[N * Compared * H * W];
        for (int n = 0; n < N; n++)
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++)
                {
                    double[] likeness = [.. Enumerable.Range(0, K).Select(k => Math.Exp(Enumerable.Range(0, Compared).Sum(c =>
                        query[n, c, y, x].Item() * keys[n, c, k, 0].Item()) / Math.Sqrt(Compared)))];
                    for (int c = 0; c < Compared; c++)
                        context[((n * Compared + c) * H + y) * W + x] = (float)(Enumerable.Range(0, K).Sum(k =>
                            likeness[k] * values[n, c, k, 0].Item()) / likeness.Sum());
                }
        Tensor restored = twin.Brick(Tensor.From(context, N, Compared, H, W), "restore");
        StateTwin.AssertClose(twin.Brick(Tensor.Cat([restored, pixels], 1), "mix"), layer.Forward(pixels, scores));
    }

    [Fact]
    public void GradientsOfRegionsAreRight()
    {
        var random = new Random(5);
        double[] pixels = [.. Enumerable.Range(0, 12).Select(_ => random.NextDouble())], scores = [.. pixels.Reverse()];
        GradientCheck.Run(x => ObjectContext.Gather(x, Tensor.From(scores, 1, 3, 2, 2)), pixels, [1, 3, 2, 2]);
        GradientCheck.Run(x => ObjectContext.Gather(Tensor.From(pixels, 1, 3, 2, 2), x), scores, [1, 3, 2, 2]);
    }
}
