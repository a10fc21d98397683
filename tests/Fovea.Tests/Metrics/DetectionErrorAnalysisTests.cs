using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

public class DetectionErrorAnalysisTests
{
    private static readonly Category[] Classes = [new(1, "a"), new(2, "b")];

    [Fact]
    public void Each_cause_worked_by_hand()
    {
        var analysis = new DetectionErrorAnalysis<CocoBox, BoxOverlap>(Classes, sure: 0.55);
        analysis.Add(7, [Truth(0, 0, 0), Truth(0, 100, 100), Truth(1, 50, 50), Truth(1, 400, 400), Truth(0, 600, 600, crowd: true)],
        [
            Found(0, 0, 0, 0.9),            // right
            Found(0, 0, 0, 0.8),            // the same again
            Found(0, 105, 100, 0.7),        // a third of the second object
            Found(0, 50, 50, 0.6),          // an object of the other class
            Found(1, 300, 300, 0.5),        // nothing there
            Found(1, 103, 107, 0.4),        // a little of an object of the other class
            Found(0, 600, 600, 0.95),       // a group: neither right nor wrong
        ]);
        DetectionErrorResult result = analysis.Evaluate();

        // Class a: of two objects the first is found with nothing wrong before it: 51 of 101 recalls. Class b: none.
        Assert.Equal(51 / 101.0 / 2, result.Ap50, 1e-12);
        Assert.All(result.Causes, cause => Assert.Equal(1, cause.Count));
        double[] effects = [.. result.Causes.Select(cause => cause.Effect)];
        // A right class b of 0.6 goes before the two wrong ones; a right place of 0.7 comes after one wrong.
        Assert.Equal([51 / 101.0 / 2, 50 * (2 / 3.0) / 101 / 2, 0, 0, 0, 0], effects, new Near());
        Assert.Equal([1, 1, 1, 1, 1, 1], result.Pictures[0].Counts);
        Assert.Equal((7L, 1, 6), (result.Pictures[0].ImageId, result.Pictures[0].Found, result.Pictures[0].Total));

        // Of 0.55 and more: a as a; b as a; the second a and the other b not told; the duplicate and the bad place are no objects.
        Assert.Equal(new[,] { { 1, 0, 1 }, { 1, 0, 1 }, { 2, 0, 0 } }, result.Confusion);
    }

    [Fact]
    public void A_duplicate_before_a_find_costs()
    {
        var analysis = new DetectionErrorAnalysis<CocoBox, BoxOverlap>([Classes[0]]);
        analysis.Add(1, [Truth(0, 0, 0), Truth(0, 100, 0)], [Found(0, 0, 0, 0.9), Found(0, 1, 0, 0.8), Found(0, 100, 0, 0.7)]);
        DetectionErrorResult result = analysis.Evaluate();
        Assert.Equal(1 - (51 + 50 * 2 / 3.0) / 101, result.Causes[(int)DetectionError.Duplicate].Effect, 1e-12);
    }

    [Fact]
    public void Nothing_wrong_and_nothing_at_all()
    {
        var analysis = new DetectionErrorAnalysis<CocoBox, BoxOverlap>(Classes);
        analysis.Add(1, [Truth(0, 0, 0)], [Found(0, 0, 0, 0.9)]);
        analysis.Add(2, [], []);
        DetectionErrorResult result = analysis.Evaluate();
        Assert.Equal(1, result.Ap50, 1e-12);
        Assert.All(result.Causes, cause => Assert.Equal((0, 0.0), (cause.Count, cause.Effect)));
    }

    private static CocoTruth<CocoBox> Truth(int category, double x, double y, bool crowd = false) => new(category, new CocoBox(x, y, 10, 10), 100, crowd);

    private static CocoDetection<CocoBox> Found(int category, double x, double y, double score) => new(category, new CocoBox(x, y, 10, 10), 100, score);

    private sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-12;

        public int GetHashCode(double value) => 0;
    }
}
