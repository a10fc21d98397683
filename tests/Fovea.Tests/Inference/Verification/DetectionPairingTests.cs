using Fovea.Imaging;
using Fovea.Inference.Verification;
using Fovea.Structures;

namespace Fovea.Tests.Inference.Verification;

public class DetectionPairingTests
{
    private static readonly Box A = new(0, 0, 2, 2), B = new(1, 1, 5, 3), C = new(4, 4, 9, 9);

    [Fact]
    public void RankDecidesWhereScoresDiffer() =>
        Assert.Equal([0, 1], Pair([(A, 0.9f, 1), (B, 0.5f, 1)], [(B, 0.9f, 0), (A, 0.5f, 0)]));

    [Fact]
    public void BoxDecidesWhereScoresTie() =>
        Assert.Equal([1, 0, 2], Pair([(A, 0.9f, 1), (B, 0.8999999f, 1), (C, 0.5f, 1)], [(B, 0.9f, 0), (A, 0.8999999f, 0), (C, 0.5f, 0)]));

    [Fact]
    public void LabelDecidesBeforeTheBox() =>
        Assert.Equal([1, 0], Pair([(A, 0.9f, 1), (A, 0.9f, 2)], [(A, 0.9f, 1), (A, 0.9f, 0)]));

    [Fact]
    public void ChainsOfTiesAreOneTie() =>
        Assert.Equal([2, 1, 0], Pair([(A, 0.9000002f, 1), (B, 0.9000001f, 1), (C, 0.9f, 1)], [(C, 0.9000002f, 0), (B, 0.9000001f, 0), (A, 0.9f, 0)]));

    private static int[] Pair((Box Box, float Score, long Label)[] expected, (Box Box, float Score, int Category)[] found) => DetectionPairing.Pair(
        new ExpectedDetections([.. expected.SelectMany(e => new[] { (float)e.Box.X1, (float)e.Box.Y1, (float)e.Box.X2, (float)e.Box.Y2 })],
            [.. expected.Select(e => e.Score)], [.. expected.Select(e => e.Label)]),
        new Detections(new ImageSize(10, 10), [.. found.Select(f => f.Box)], [.. found.Select(f => f.Score)], [.. found.Select(f => f.Category)]),
        tolerance: 2e-7);
}
