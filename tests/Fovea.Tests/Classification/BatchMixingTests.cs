using Fovea.Classification;
using Fovea.Data;
using Fovea.Torch;

namespace Fovea.Tests.Classification;

public class BatchMixingTests
{
    [Fact]
    public void MixupWorkedByHand()
    {
        using var scope = new TensorScope();
        (Tensor pixels, Tensor targets) = BatchMixing.Mixup(Tensor.From<float>([1, 2, 3], [3, 1, 1, 1]),
            Tensor.From<float>([1, 0, 0, 1, 0, 1], [3, 2]), 0.75);
        Assert.Equal([1.5f, 1.75f, 2.75f], pixels.ToArray<float>());         // 0.75 of its own and 0.25 of the one before
        Assert.Equal([0.75f, 0.25f, 0.25f, 0.75f, 0, 1], targets.ToArray<float>());
    }

    [Fact]
    public void OnePictureMixesWithItself()
    {
        using var scope = new TensorScope();
        SampleRandom random = new(1);
        Tensor pixels = Tensor.From<float>([1, 2, 3, 4], [1, 1, 2, 2]), targets = Tensor.From<float>([0, 1], [1, 2]);
        Assert.Equal([1, 2, 3, 4], BatchMixing.Mixup(pixels, targets, 0.3).Pixels.ToArray<float>());
        Assert.Equal([1, 2, 3, 4], BatchMixing.CutMix(pixels, targets, 0.3, ref random).Pixels.ToArray<float>());
    }

    [Fact]
    public void CutMixTakesOneRectangleAndItsShareOfTheTarget()
    {
        using var scope = new TensorScope();
        const int Side = 20;
        float[] planes = [.. Enumerable.Range(0, 2).SelectMany(n => Enumerable.Repeat((float)n, Side * Side))];
        for (ulong seed = 0; seed < 20; seed++)
        {
            SampleRandom random = new(seed);
            Tensor input = Tensor.From(planes, 2, 1, Side, Side);
            (Tensor pixels, Tensor targets) = BatchMixing.CutMix(input, Tensor.From<float>([1, 0, 0, 1], [2, 2]), 0.64, ref random);
            float[] mixed = pixels.ToArray<float>(), shares = targets.ToArray<float>();
            int[] cut = [.. Enumerable.Range(0, Side * Side).Where(i => mixed[i] == 1)];
            Assert.InRange(cut.Length, 1, 144);                               // 0.36 of 400 where none of it lies outside
            int height = cut.Max(i => i / Side) - cut.Min(i => i / Side) + 1, width = cut.Max(i => i % Side) - cut.Min(i => i % Side) + 1;
            Assert.Equal(height * width, cut.Length);
            Assert.Equal(1 - cut.Length / 400.0, shares[0], 1e-6);
            Assert.Equal(cut.Length / 400.0, shares[1], 1e-6);
            Assert.Equal(planes, input.ToArray<float>());
        }
    }

    // Mean 1/2 and variance 1 / (4 (2 alpha + 1)).
    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(4)]
    public void BetaHasItsMeanAndVariance(double alpha)
    {
        SampleRandom random = new(7);
        double sum = 0, squares = 0;
        const int Count = 20_000;
        for (int i = 0; i < Count; i++)
        {
            double value = BatchMixing.Beta(alpha, ref random);
            Assert.InRange(value, 0, 1);
            sum += value;
            squares += value * value;
        }
        double mean = sum / Count;
        Assert.Equal(0.5, mean, 0.01);
        Assert.Equal(1 / (4 * (2 * alpha + 1)), squares / Count - mean * mean, 0.01);
    }
}
