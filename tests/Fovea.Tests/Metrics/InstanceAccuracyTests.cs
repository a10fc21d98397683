using Fovea.Metrics;

namespace Fovea.Tests.Metrics;

public class InstanceAccuracyTests
{
    [Fact]
    public void Worked_by_hand()
    {
        var accuracy = new InstanceAccuracy<CocoBox, BoxOverlap>(0.5);
        // Three objects and a group. One found exactly, one with an IoU of 0.6, one not; one find is a repetition, one lies on the group, and one is not
        // sure enough.
        accuracy.Add([Truth(0), Truth(100), Truth(200), Truth(300) with { IsCrowd = true }],
        [
            Found(0, 10, 0.9), Found(0, 10, 0.8), Found(100, 6, 0.7), Found(300, 10, 0.95), Found(200, 10, 0.4),
        ]);
        accuracy.Add([], []);
        IReadOnlyList<InstanceAccuracyFigures> figures = accuracy.Evaluate();
        Assert.Equal([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9], figures.Select(f => f.Threshold));
        Assert.Equal((2L, 1L, 1L, 0.5, 0.75), (figures[0].Found, figures[0].Wrong, figures[0].Missed, figures[0].Accuracy, figures[0].PerPicture));
        Assert.Equal((1L, 2L, 2L, 0.2, 0.6), (figures[3].Found, figures[3].Wrong, figures[3].Missed, figures[3].Accuracy, figures[3].PerPicture));
    }

    // The surer find takes the object that it overlaps most, and leaves the other one.
    [Fact]
    public void A_find_takes_one_object()
    {
        var accuracy = new InstanceAccuracy<CocoBox, BoxOverlap>();
        accuracy.Add([Truth(0), Truth(2)], [Found(1.5, 10, 0.9), Found(0.5, 10, 0.8)]);
        Assert.Equal((2L, 0L, 0L), (accuracy.Evaluate()[0].Found, accuracy.Evaluate()[0].Wrong, accuracy.Evaluate()[0].Missed));
    }

    private static CocoTruth<CocoBox> Truth(double x) => new(0, new CocoBox(x, 0, 10, 10), 100);

    private static CocoDetection<CocoBox> Found(double x, double width, double score) => new(0, new CocoBox(x, 0, width, 10), 10 * width, score);
}
