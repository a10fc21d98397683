using Fovea.Torch.Nn;

namespace Fovea.Torch.Tests.Nn;

public class ConvolutionUnitTests
{
    private static Tensor Picture(long channels) =>
        (Tensor.Arange(0, 2 * channels * 5 * 4, dtype: DType.Float32) * 0.37).Remainder(3).View(2, channels, 5, 4) - 1;

    private static float[] Run(ConvolutionUnit unit, Tensor input)
    {
        using var noGrad = new NoGrad();
        return unit.Forward(input).ToArray<float>();
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5f * (1 + Math.Abs(expected[i])));
    }

    [Theory]
    [InlineData(Activation.None), InlineData(Activation.Relu), InlineData(Activation.Relu6), InlineData(Activation.LeakyRelu)]
    [InlineData(Activation.HardSwish), InlineData(Activation.HardSigmoid), InlineData(Activation.Silu), InlineData(Activation.Gelu)]
    [InlineData(Activation.Sigmoid)]
    public void OneOperationGivesWhatTheSequenceGives(Activation activation)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var convolution = new Conv2d(4, 6, 3, stride: 2, padding: 1, groups: 2, bias: true, generator: generator);
        using var norm = new BatchNorm2d(6);
        using (new NoGrad())
        {
            norm.Weight.CopyInPlace(Tensor.Rand([6], generator) + 0.5);
            norm.RunningMean.CopyInPlace(Tensor.Randn([6], generator));
            norm.RunningVariance.CopyInPlace(Tensor.Rand([6], generator) + 0.5);
        }
        using var unit = new ConvolutionUnit(convolution, norm, activation);
        convolution.Train(false);
        norm.Train(false);
        Tensor input = Picture(4);
        Tensor plain = norm.Forward(convolution.Forward(input)).Activate(activation);
        AssertClose(plain.ToArray<float>(), Run(unit, input));
        Assert.True(plain.RequiresGrad && unit.Forward(input).RequiresGrad);
    }

    /// <summary>A thread comes back to sizes whose kernels oneDNN has thrown out for those of another thread. Without the care that the bridge
    /// takes when it starts, the process ends here, or results are wrong.</summary>
    [Fact]
    public void SizesThatAnotherThreadHasPushedOutStayRight()
    {
        const int Few = 200, Many = 1400;      // oneDNN keeps 1,024 kernels
        using var generator = new Generator(1);
        using var convolution = new Conv2d(32, 32, 1, bias: true, generator: generator);
        using var unit = new ConvolutionUnit(convolution, activation: Activation.Relu);
        convolution.Train(false);
        double[] expected = Sums(0, Few), second = [], third = [];
        using var pushedOut = new ManualResetEventSlim();
        using var seen = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            second = Sums(0, Few);
            seen.Set();
            pushedOut.Wait();
            third = Sums(0, Few);
        });
        other.Start();
        seen.Wait();
        Sums(Few, Many);
        pushedOut.Set();
        other.Join();
        Assert.Equal(expected, second);
        Assert.Equal(expected, third);

        double[] Sums(int first, int end) => [.. Enumerable.Range(first, end - first).Select(size =>
        {
            using var scope = new TensorScope();
            (int height, int width) = (3 + size / 40, 3 + size % 40);
            Tensor input = Tensor.Arange(0, 32 * height * width, dtype: DType.Float32).Remainder(7) - 3;
            return Run(unit, input.View(1, 32, height, width)).Sum(value => (double)value);
        })];
    }

    [Fact]
    public void ChangedWeightsAreSeen()
    {
        using var scope = new TensorScope();
        using var convolution = new Conv2d(1, 1, 1);
        using var unit = new ConvolutionUnit(convolution);
        convolution.Train(false);
        foreach (double weight in new[] { 2.0, 3 })
        {
            using (new NoGrad()) convolution.Weight.FillInPlace(weight);
            using (new NoGrad()) convolution.Bias!.FillInPlace(-weight);
            AssertClose((Picture(1) * weight - weight).ToArray<float>(), Run(unit, Picture(1)));
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void OnlyTheOutputAndThePackedWeightsStay(bool training)
    {
        using var scope = new TensorScope();
        using var convolution = new Conv2d(2, 3, 3);
        using var norm = new BatchNorm2d(3);
        convolution.Train(training);
        norm.Train(training);
        Tensor input = Picture(2);
        long start = Tensor.LiveCount;
        using (var unit = new ConvolutionUnit(convolution, norm, Activation.HardSwish))
        {
            using var inner = new TensorScope();
            using var noGrad = new NoGrad();
            unit.Forward(input);
            long before = Tensor.LiveCount;
            unit.Forward(input);
            Assert.Equal(before + 1, Tensor.LiveCount);
        }
        Assert.Equal(start, Tensor.LiveCount);
    }
}
