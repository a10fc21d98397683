using Fovea.Torch.Nn;
using Fovea.Torch.Tests.Optim;

namespace Fovea.Torch.Tests.Nn;

public sealed class InitTests
{
    private static readonly Dictionary<string, (long[] Shape, Func<Tensor, Generator, Tensor> Fill)> Cases = new()
    {
        ["kaiming normal"] = ([4, 3, 2, 2], (w, g) => Init.KaimingNormal(w, FanMode.Out, generator: g)),
        ["kaiming uniform"] = ([4, 3, 2, 2], (w, g) => Init.KaimingUniform(w, FanMode.In, Nonlinearity.LeakyRelu, 0.2, g)),
        ["xavier normal"] = ([4, 3, 2, 2], (w, g) => Init.XavierNormal(w, 1.5, g)),
        ["xavier uniform"] = ([4, 3, 2, 2], (w, g) => Init.XavierUniform(w, 1, g)),
        ["trunc normal"] = ([4, 3, 2, 2], (w, g) => Init.TruncatedNormal(w, 0.1, 0.5, -0.6, 1.0, g)),
        ["orthogonal wide"] = ([4, 3, 2], (w, g) => Init.Orthogonal(w, 2, g)),
        ["orthogonal tall"] = ([6, 3], (w, g) => Init.Orthogonal(w, 1, g)),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void With_the_same_seed_the_numbers_are_PyTorch_s(string name)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(7);
        Tensor weight = Tensor.Empty(Cases[name].Shape);
        weight.RequiresGrad = true;
        Assert.Same(weight, Cases[name].Fill(weight, generator));
        OptimGoldens.AssertClose(OptimGoldens.Numbers(name), [.. weight.Detach().ToArray<float>().Select(x => (double)x)], 2e-6);
    }

    [Fact]
    public void Distributions_have_the_stated_mean_and_spread()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        // 64 outputs of 32 x 5 x 5 inputs: fan-in 800, fan-out 1600; 51,200 values, so the standard error of the mean is 0.0044 of the deviation.
        Check(w => Init.KaimingNormal(w, FanMode.In, generator: generator), 0, Math.Sqrt(2.0 / 800));
        Check(w => Init.KaimingUniform(w, FanMode.Out, Nonlinearity.Tanh, generator: generator), 0, 5.0 / 3 / Math.Sqrt(1600));
        Check(w => Init.XavierUniform(w, generator: generator), 0, Math.Sqrt(2.0 / 2400));
        Check(w => Init.Normal(w, 3, 0.5, generator), 3, 0.5);
        Check(w => Init.Uniform(w, 1, 2, generator), 1.5, 1 / Math.Sqrt(12));
        Check(w => Init.TruncatedNormal(w, 0, 1, -1, 1, generator), 0, 0.5396); // sqrt(1 - 2 phi(1) / (2 Phi(1) - 1))
        Check(w => Init.LeCunNormal(w, generator), 0, Math.Sqrt(1.0 / 800));
        Check(w => Init.Constant(w, 0.25), 0.25, 0);

        static void Check(Func<Tensor, Tensor> fill, double mean, double deviation)
        {
            float[] values = fill(Tensor.Empty([64, 32, 5, 5])).ToArray<float>();
            double m = values.Average(x => (double)x), s = Math.Sqrt(values.Average(x => (x - m) * (x - m)));
            Assert.InRange(m, mean - 0.02 * deviation, mean + 0.02 * deviation);
            Assert.InRange(s, 0.985 * deviation, 1.015 * deviation);
        }
    }

    [Fact]
    public void Limits_are_kept()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        Assert.All(Init.TruncatedNormal(Tensor.Empty([10_000]), 0, 1, -0.5, 2, generator).ToArray<float>(), x => Assert.InRange(x, -0.5f, 2f));
    }

    [Fact]
    public void Orthogonal_rows_are_orthogonal()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        Tensor w = Init.Orthogonal(Tensor.Empty([5, 3, 4]), 3, generator).View(5, 12);
        float[] gram = Functional.Linear(w, w, null).ToArray<float>();
        for (int i = 0; i < 25; i++) Assert.Equal(i % 6 == 0 ? 9 : 0, gram[i], 1e-4);
    }

    [Fact]
    public void Weights_without_fans_are_refused()
    {
        using var scope = new TensorScope();
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => Init.KaimingNormal(Tensor.Zeros([3]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Init.Orthogonal(Tensor.Zeros([3])));
        Assert.Throws<ArgumentException>(() => Init.TruncatedNormal(Tensor.Zeros([3]), from: 1, to: 0));
    }

    // Tents: 1/4 3/4 3/4 1/4 at an even side, 1/2 1 1/2 at an odd one; nothing between channels.
    [Fact]
    public void BilinearKernelsAreTentsOnTheDiagonal()
    {
        using var scope = new TensorScope();
        Tensor even = Init.Bilinear(Tensor.Ones([2, 3, 4, 4])), odd = Init.Bilinear(Tensor.Ones([1, 1, 3, 3]));
        Assert.Equal([1 / 16f, 3 / 16f, 3 / 16f, 1 / 16f, 3 / 16f, 9 / 16f, 9 / 16f, 3 / 16f], even[1, 1].ToArray<float>()[..8]);
        Assert.Equal([0.25f, 0.5f, 0.25f, 0.5f, 1, 0.5f, 0.25f, 0.5f, 0.25f], odd.ToArray<float>());
        Assert.Equal(0, even[1, 0].Abs().Sum().Item() + even[0, 2].Abs().Sum().Item());
        Assert.Throws<ArgumentException>(() => Init.Bilinear(Tensor.Ones([2, 3, 4, 5])));
    }
}
