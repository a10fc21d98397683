using Fovea.Torch.Interop;

namespace Fovea.Torch.Tests.Interop;

public class ConvolutionTurnsTests
{
    [Theory]
    [InlineData("1.13.1", true), InlineData("1.13.0a0+git", true), InlineData("2.0.0", false), InlineData("2.9.1+cu128", false)]
    [InlineData("", false)]
    public void OldVersionsNeedThem(string version, bool needed) => Assert.Equal(needed, ConvolutionTurns.AreNeededFor(version));

    /// <summary>float32 beside float32; 8-bit integers alone; and whoever has a turn may take another one.</summary>
    [Fact]
    public void ShortNumbersAreKeptApart()
    {
        if (!ConvolutionTurns.AreNeededFor(Library.Version)) return;
        using var isShortIn = new ManualResetEventSlim();
        var alone = new Thread(() => { using (ConvolutionTurns.Take(isShort: true)) isShortIn.Set(); });
        var beside = new Thread(() => { using (ConvolutionTurns.Take(isShort: false)) { } });
        using (ConvolutionTurns.Take(isShort: false))
        {
            using (ConvolutionTurns.Take(isShort: true)) { }
            beside.Start();
            Assert.True(beside.Join(TimeSpan.FromSeconds(20)));
            alone.Start();
            Assert.False(isShortIn.Wait(100));
        }
        alone.Join();
        Assert.True(isShortIn.IsSet);
    }

    /// <summary>Convolutions of bfloat16 and of float32 at once, at sizes that neither has seen.</summary>
    [Fact]
    public void KindsOfNumbersDoNotDisturbEachOther()
    {
        double[] halves = [], real = [];
        var both = new[] { new Thread(() => halves = Sums(DType.BFloat16, 40)), new Thread(() => real = Sums(DType.Float32, 40)) };
        foreach (Thread thread in both) thread.Start();
        foreach (Thread thread in both) thread.Join();
        Assert.Equal(Sums(DType.BFloat16, 40), halves);
        Assert.Equal(Sums(DType.Float32, 40), real);

        static double[] Sums(DType type, int sizes) => [.. Enumerable.Range(0, sizes).Select(size =>
        {
            using var scope = new TensorScope();
            using var noGrad = new NoGrad();
            Tensor input = (Tensor.Arange(0, 48 * (5 + size) * 9, dtype: DType.Float32).Remainder(7) - 3).View(1, 48, 5 + size, 9).To(type);
            Tensor weight = (Tensor.Arange(0, 32 * 48 * 9, dtype: DType.Float32).Remainder(5) - 2).View(32, 48, 3, 3).To(type);
            return (double)Functional.Conv2d(input, weight, null, [1, 1], [1, 1], [1, 1]).To(DType.Float64).Abs().Sum().ToArray<double>()[0];
        })];
    }
}
