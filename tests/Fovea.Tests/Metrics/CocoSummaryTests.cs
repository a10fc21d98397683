using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

public class CocoSummaryTests
{
    private static CocoSummary Summary(CocoOptions? options = null)
    {
        var evaluator = new CocoEvaluator([new Category(1, "cell")], options);
        var box = new CocoBox(10, 10, 20, 20);
        evaluator.Add(1, [new CocoTruth<CocoBox>(0, box, box.Area)], [new CocoDetection<CocoBox>(0, box, box.Area, 0.9)]);
        return evaluator.Evaluate().Summary;
    }

    [Fact]
    public void Keys_stay_what_programs_rely_on()
    {
        Assert.Equal(["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"], Summary().ToDictionary().Keys);
        Assert.Equal(["AP", "AP-tiny", "AR5", "AR400", "AR-tiny"], Summary(new CocoOptions
        {
            IouThresholds = [0.6], MaxDetections = [5, 400], AreaRanges = [new("all", 0, 1e10), new("tiny", 0, 25)],
        }).ToDictionary().Keys);
    }

    [Fact]
    public void The_table_is_a_line_a_figure()
    {
        string[] lines = Summary().ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(12, lines.Length);
        Assert.Equal("Average precision  AP     IoU 0.50:0.95  area all     max  100  1.000", lines[0]);
        Assert.Equal("Average precision  APm    IoU 0.50:0.95  area medium  max  100    n/a", lines[4]);
        Assert.Equal("Average recall     AR10   IoU 0.50:0.95  area all     max   10  1.000", lines[7]);
    }

    [Fact]
    public void Columns_stand_below_one_another_whatever_the_figures_are_called()
    {
        string[] lines = Summary(CocoOptions.Keypoints).ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.Contains("AR20@50"));
        Assert.Single(lines.Select(line => line.IndexOf("  IoU", StringComparison.Ordinal)).Distinct());
    }

    [Fact]
    public void Named_values_are_those_of_the_table()
    {
        CocoSummary summary = Summary();

        double[] named = [summary.Ap, summary.Ap50, summary.Ap75, summary.ApSmall, summary.ApMedium, summary.ApLarge,
            summary.Ar1, summary.Ar10, summary.Ar100, summary.ArSmall, summary.ArMedium, summary.ArLarge];
        Assert.Equal(summary.Figures.Select(figure => figure.Value), named);
        Assert.Equal(CocoResult.Undefined, Summary(CocoOptions.Default with { MaxDetections = [400] }).Ar100);
    }
}
