using Fovea.Quantization;
using Fovea.Torch.Quantization;

namespace Fovea.Tests.Quantization;

public class ValueHistogramTests
{
    private static ValueRange Best(params IEnumerable<float>[] batches)
    {
        var histogram = new ValueHistogram();
        foreach (IEnumerable<float> batch in batches) histogram.Add(batch.ToArray());
        return histogram.BestRange();
    }

    private static IEnumerable<float> Even(int count, float low, float high) =>
        Enumerable.Range(0, count).Select(i => low + (high - low) * (i + 0.5f) / count);

    [Fact]
    public void EvenNumbersKeepTheirEnds()
    {
        ValueRange range = Best(Even(10_000, -1, 3));
        Assert.Equal(-1, range.Low, 0.04);
        Assert.Equal(3, range.High, 0.06);
        Assert.Equal(0, Best(Even(10_000, 0, 5)).Low);
        Assert.Equal(0, Best(Even(10_000, -5, 0)).High);
    }

    /// <summary>A million numbers up to 1, and 100: the error (100 - h)^2 + 10^6 (h / 255)^2 / 12 is least at h = 100 / (1 + 10^6 / (12 x 255^2)) = 43.8.
    /// Of a thousand numbers the outlier is worth more: 99.87.</summary>
    [Fact]
    public void AnOutlierIsCutOffWhereThatIsWorthIt()
    {
        Assert.Equal(43.8, Best(Even(1_000_000, 0, 1), [100f]).High, 0.5);
        Assert.Equal(99.87, Best(Even(1_000, 0, 1), [100f]).High, 0.5);
    }

    [Fact]
    public void ZerosAreExactAnyway()
    {
        Assert.Equal(new ValueRange(0, 0), Best([0f, 0, 0]));
        Assert.Equal(new ValueRange(0, 0), Best());
        // A hundred ones and millions of zeros: nothing to round but the ones.
        Assert.Equal(1, Best(Enumerable.Repeat(0f, 100_000), Enumerable.Repeat(1f, 100)).High, 1e-6);
    }

    [Fact]
    public void TheOrderOfBatchesDoesNotMatter()
    {
        IEnumerable<float> small = Even(5_000, -0.01f, 0.02f), middle = Even(5_000, -1, 2), large = Even(5_000, -3, 40);
        ValueRange growing = Best(small, middle, large), falling = Best(large, middle, small), mixed = Best(middle, small, large);
        Assert.Equal(growing, falling);
        Assert.Equal(growing, mixed);
    }

    [Fact]
    public void WhatIsNotFiniteIsRefused()
    {
        Assert.Throws<ArgumentException>(() => Best([1f, float.NaN]));
        Assert.Throws<ArgumentException>(() => Best([float.PositiveInfinity]));
        Assert.Throws<ArgumentException>(() => Best([3e38f]));
    }
}
