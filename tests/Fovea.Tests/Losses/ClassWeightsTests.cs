using Fovea.Losses;

namespace Fovea.Tests.Losses;

public class ClassWeightsTests
{
    private static readonly long[] Counts = [60, 30, 10, 0];

    [Fact]
    public void Inverse_frequency_by_hand()
    {
        double[] weights = ClassWeights.InverseFrequency(Counts);
        Assert.Equal([100 / 180.0, 100 / 90.0, 100 / 30.0, 0], weights, Near);
        Assert.Equal(1, Counts.Zip(weights, (n, w) => n * w).Sum() / 100, 1e-12);
    }

    [Fact]
    public void Median_frequency_by_hand()
    {
        Assert.Equal([0.5, 1, 3, 0], ClassWeights.MedianFrequency(Counts), Near);
        Assert.Equal([10 / 16.0, 10 / 4.0], ClassWeights.MedianFrequency([16, 4]), Near);
        // Shares of the pictures that hold the class: 0.6, 0.6, 0.1.
        Assert.Equal([1, 1, 6, 0], ClassWeights.MedianFrequency(Counts, [100, 50, 100, 0]), Near);
    }

    [Fact]
    public void Enet_by_hand()
    {
        double[] weights = ClassWeights.Enet(Counts);
        Assert.Equal([1 / Math.Log(1.62), 1 / Math.Log(1.32), 1 / Math.Log(1.12), 1 / Math.Log(1.02)], weights, Near);
        Assert.Equal(50.498, weights[3], 1e-3);
        Assert.Equal(1.422, ClassWeights.Enet([5])[0], 1e-3);
    }

    [Fact]
    public void Effective_numbers_by_hand()
    {
        // beta 0.5: 1 example counts 1, 2 count 1.5, 3 count 1.75.
        double[] raw = [1, 1 / 1.5, 1 / 1.75];
        Assert.Equal([.. raw.Select(w => w / raw.Average()), 0], ClassWeights.EffectiveNumber([1, 2, 3, 0], 0.5), Near);
        Assert.Equal([1, 1, 1, 0], ClassWeights.EffectiveNumber(Counts, 0), Near);
        double[] inverse = ClassWeights.InverseFrequency(Counts), almost = ClassWeights.EffectiveNumber(Counts, 1 - 1e-9);
        Assert.Equal(inverse[2] / inverse[0], almost[2] / almost[0], 1e-4);
    }

    [Fact]
    public void Counts_that_cannot_be_are_refused()
    {
        foreach (Func<long[], double[]> weights in (Func<long[], double[]>[])[c => ClassWeights.InverseFrequency(c),
            c => ClassWeights.MedianFrequency(c), c => ClassWeights.MedianFrequency(c, c), c => ClassWeights.Enet(c),
            c => ClassWeights.EffectiveNumber(c)])
        {
            Assert.Contains("Class 1 was counted -3 times", Assert.Throws<ArgumentException>(() => weights([4, -3])).Message);
            Assert.Contains("None of the 2 classes occurs", Assert.Throws<ArgumentException>(() => weights([0, 0])).Message);
        }
        Assert.Contains("cannot have more", Assert.Throws<ArgumentException>(() => ClassWeights.MedianFrequency([4, 3], [4, 2])).Message);
        Assert.Contains("2 counts of pixels and 1 of",
            Assert.Throws<ArgumentException>(() => ClassWeights.MedianFrequency([4, 3], [4])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassWeights.EffectiveNumber(Counts, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassWeights.EffectiveNumber(Counts, double.NaN));
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-9;
}
