using Fovea.Imaging;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

public class ConfusionMatrixMapsTests
{
    /// <summary>Two rows of three pixels; classes 0 and 1, one pixel void.</summary>
    [Fact]
    public void ACaseByHand()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(new SegmentationMap(new ImageSize(2, 3), [0, 0, 1, 1, 1, 255]), new SegmentationMap(new ImageSize(2, 3), [0, 1, 1, 1, 0, 0]));
        Assert.Equal([1, 1, 1, 2], (long[])[matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1]]);
        Assert.Equal(3.0 / 5, matrix.Accuracy);
        Assert.Equal(1.0 / 3, matrix.IoU(0));
        Assert.Equal(2.0 / 4, matrix.IoU(1));
        Assert.Equal((1.0 / 3 + 1.0 / 2) / 2, matrix.MeanIoU, 15);
        Assert.Equal((2 * (1.0 / 3) + 3 * 0.5) / 5, matrix.FrequencyWeightedIoU, 15);
        Assert.Equal((1.0 / 2 + 2.0 / 3) / 2, matrix.MeanRecall, 15);
    }

    /// <summary>Against counting pixel by pixel: noise, runs, lengths that fit no vector, and enough pixels for several threads.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 31, 1)]
    [InlineData(19, 10_007, 40)]
    [InlineData(254, 5_000, 3)]
    [InlineData(255, 5_000, 100)]
    [InlineData(21, 1_000_003, 25)]
    public void AgreesWithCountingPixelByPixel(int classes, int pixels, int run)
    {
        var random = new Random(classes);
        byte[] actual = Runs(pixels, run, random, () => random.Next(8) == 0 ? (byte)255 : (byte)random.Next(classes));
        byte[] predicted = Runs(pixels, run, random, () => (byte)random.Next(classes));
        ConfusionMatrix expected = new(classes), matrix = new(classes);
        for (int i = 0; i < pixels; i++)
            if (actual[i] != 255) expected.Add(actual[i], predicted[i]);
        matrix.Add(actual, predicted);
        for (int k = 0; k < classes; k++)
            for (int j = 0; j < classes; j++) Assert.Equal(expected[k, j], matrix[k, j]);
    }

    [Theory]
    [InlineData(4, 0, 70)]
    [InlineData(3, 3, 70)]
    [InlineData(0, 255, 3)]
    [InlineData(254, 0, 40)]
    public void WhatIsNoClassIsRefusedAndNothingCounted(byte actual, byte predicted, int at)
    {
        var matrix = new ConfusionMatrix(3);
        byte[] truth = new byte[100], guess = new byte[100];
        (truth[at], guess[at]) = (actual, predicted);
        string message = Assert.Throws<ArgumentException>(() => matrix.Add(truth, guess)).Message;
        Assert.Contains($"Pixel {at} is of class {actual} and was taken for {predicted}", message, StringComparison.Ordinal);
        Assert.Equal(0, matrix.Total);
    }

    /// <summary>What is predicted where the truth is void does not matter, whatever it is.</summary>
    [Fact]
    public void VoidIsLeftOut()
    {
        var matrix = new ConfusionMatrix(3);
        byte[] guess = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 4))];
        matrix.Add(Enumerable.Repeat((byte)255, 64).ToArray(), guess);
        Assert.Equal(0, matrix.Total);
        Assert.True(double.IsNaN(matrix.MeanIoU));
        Assert.True(double.IsNaN(matrix.FrequencyWeightedIoU));
    }

    [Fact]
    public void SizesMustAgree()
    {
        var matrix = new ConfusionMatrix(3);
        string message = Assert.Throws<ArgumentException>(() => matrix.Add(
            new SegmentationMap(new ImageSize(2, 3), new byte[6]), new SegmentationMap(new ImageSize(3, 2), new byte[6]))).Message;
        Assert.Contains("2x3", message.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private static byte[] Runs(int length, int longest, Random random, Func<byte> next)
    {
        var values = new byte[length];
        for (int i = 0; i < length;)
        {
            int end = Math.Min(length, i + 1 + random.Next(longest));
            byte value = next();
            while (i < end) values[i++] = value;
        }
        return values;
    }
}
