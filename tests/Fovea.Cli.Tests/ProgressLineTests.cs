namespace Fovea.Cli.Tests;

public sealed class ProgressLineTests
{
    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(65, "1:05")]
    [InlineData(3599, "59:59")]
    [InlineData(3600, "1:00:00")]
    [InlineData(100_000, "27:46:40")]
    public void Clock(int seconds, string text) => Assert.Equal(text, ProgressLine.Clock(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, 10, 0, 5, "finding 0/10")]
    [InlineData(5, 10, 0, 2, "finding 5/10  2.5 pictures/s  0:02 left")]
    [InlineData(1, 3, 0, 4, "finding 1/3  4.0 s/picture  0:08 left")]
    [InlineData(10, 10, 0, 2, "finding 10/10  5.0 pictures/s")]
    [InlineData(7, 0, 0, 7, "finding 7  1.0 pictures/s")]
    [InlineData(6, 10, 4, 1, "finding 6/10  2.0 pictures/s  0:02 left")]
    public void RateAndRemainingTime(long done, long total, long start, int seconds, string text) =>
        Assert.Equal(text, ProgressLine.Describe("finding", "picture", done, total, start, TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, 97_800_000, 0, 5, "downloading 0.0/97.8 MB")]
    [InlineData(12_300_000, 97_800_000, 2_300_000, 2, "downloading 12.3/97.8 MB  5.0 MB/s  0:17 left")]
    [InlineData(5_000_000, 0, 0, 2, "downloading 5.0 MB  2.5 MB/s")]
    [InlineData(1000, 97_800_000, 0, 10, "downloading 0.0/97.8 MB  0.0 MB/s  271:39:50 left")]
    public void BytesAreShownAsMegabytes(long done, long total, long start, int seconds, string text) =>
        Assert.Equal(text, ProgressLine.Describe("downloading", ProgressLine.Bytes, done, total, start, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void ATerminalHasOneLineThatMovesAndIsCleared()
    {
        var writer = new StringWriter();
        using (var line = new ProgressLine("finding", "picture", writer, live: true)) line.Show(1, 1, "a note");
        string text = writer.ToString();
        Assert.StartsWith("\rfinding 1/1", text);
        Assert.EndsWith(" \r", text);
        Assert.DoesNotContain("\n", text);
    }

    [Fact]
    public void AFileGetsPlainLinesAndFewOfThem()
    {
        var writer = new StringWriter();
        using (var line = new ProgressLine("finding", "picture", writer))
            for (int i = 1; i <= 1000; i++) line.Show(i, 1000);
        Assert.StartsWith("finding 1000/1000", Assert.Single(writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.DoesNotContain("\r", writer.ToString());
    }
}
