using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

public class CocoOptionsTests
{
    [Fact]
    public void Thresholds_are_COCOs_to_the_last_bit()
    {
        // As numpy.linspace prints them. The ninth is not 0.9, which is why an overlap of 0.9 less one rounding still passes.
        Assert.Equal([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95], CocoOptions.Default.IouThresholds);
        Assert.Equal(101, CocoOptions.Default.RecallThresholds.Count);
        Assert.Equal(0.07, CocoOptions.Default.RecallThresholds[7], 1e-15);
        Assert.Equal(1, CocoOptions.Default.RecallThresholds[100]);
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Contains("larger than the one before", Refused(() => CocoOptions.Default with { IouThresholds = [0.5, 0.5] }));
        Assert.Contains("0 to 1", Refused(() => CocoOptions.Default with { RecallThresholds = [1.5] }));
        Assert.Contains("0 to 1", Refused(() => CocoOptions.Default with { IouThresholds = [double.NaN] }));
        Assert.Contains("at least one", Refused(() => CocoOptions.Default with { MaxDetections = [] }));
        Assert.Contains("1 or more", Refused(() => CocoOptions.Default with { MaxDetections = [0] }));
        Assert.Contains("at least one", Refused(() => CocoOptions.Default with { AreaRanges = [] }));
        Assert.Contains("\"x\"", Refused(() => CocoOptions.Default with { AreaRanges = [new("x", 2, 1)] }));
        Assert.Contains("one name", Refused(() => CocoOptions.Default with { AreaRanges = [new("x", 0, 1), new("x", 1, 2)] }));
    }

    [Fact]
    public void Boxes_from_files_come_back_from_their_edges_exactly()
    {
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            double decimals = Math.Pow(10, random.Next(5));
            double Number() => Math.Round(random.NextDouble() * 2000 * decimals) / decimals;
            var box = new CocoBox(Number(), Number(), Number(), Number());
            Assert.Equal(box, CocoBox.FromBox(box.ToBox()));
        }
        // A width that is no short decimal stays the difference of the edges.
        Assert.Equal(1 / 3.0, CocoBox.FromBox(new Box(0, 0, 1 / 3.0, 1)).Width);
    }

    private static string Refused(Func<object> make) => Assert.Throws<ArgumentException>(make).Message;
}
