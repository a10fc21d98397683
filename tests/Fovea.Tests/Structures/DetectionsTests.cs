using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Tests.Structures;

public class DetectionsTests
{
    private static readonly ImageSize Size = new(48, 64);
    private static readonly Box A = new(0, 0, 4, 4), B = new(1, 1, 5, 5), C = new(2, 2, 6, 6);

    [Fact]
    public void Sort_orders_by_falling_score_and_keeps_ties_in_place()
    {
        Detections sorted = Detections.Sort(Size, [A, B, C], [0.5f, 0.9f, 0.5f], [2, 1, 0]);

        Assert.Equal([B, A, C], sorted.Boxes);
        Assert.Equal([0.9f, 0.5f, 0.5f], sorted.Scores);
        Assert.Equal([1, 2, 0], sorted.Categories);
        Assert.Equal(Size, sorted.Size);
    }

    [Fact]
    public void Score_threshold_is_inclusive()
    {
        var detections = new Detections(Size, [A, B, C], [0.9f, 0.5f, 0.1f], [0, 0, 0]);

        Assert.Equal(2, detections.WithScoreAtLeast(0.5f).Count);
        Assert.Equal(0, detections.WithScoreAtLeast(1f).Count);
        Assert.Equal(3, detections.WithScoreAtLeast(0f).Count);
        Assert.Equal(0, Detections.None(Size).WithScoreAtLeast(0f).Count);
    }

    [Fact]
    public void What_is_not_valid_is_refused_by_name()
    {
        Assert.Contains("2 boxes, 1 scores", Refused(() => new Detections(Size, [A, B], [1f], [0, 0])));
        Assert.Contains("falling score", Refused(() => new Detections(Size, [A, B], [0.1f, 0.2f], [0, 0])));
        Assert.Contains("finite", Refused(() => new Detections(Size, [A], [float.NaN], [0])));
        Assert.Contains("finite", Refused(() => new Detections(Size, [A with { X1 = double.NaN }], [1f], [0])));
        Assert.Contains("reversed", Refused(() => new Detections(Size, [new Box(5, 0, 4, 1)], [1f], [0])));
        Assert.Contains("zero-based", Refused(() => Detections.Sort(Size, [A], [1f], [-1])));
    }

    [Fact]
    public void Classes_without_key_points_lose_theirs()
    {
        Detections found = new Detections(Size, [A, B], [0.9f, 0.5f], [1, 0]).WithKeypoints([[new(1, 2, 1)], [new(3, 4, 1)]]);
        DetectedKeypoint[][] left = found.WithKeypointsOf(category => category == 1).Keypoints!;
        Assert.Equal([new(1, 2, 1)], left[0]);
        Assert.Empty(left[1]);
        Assert.Null(new Detections(Size, [A], [0.9f], [0]).WithKeypointsOf(_ => true).Keypoints);
    }

    private static string Refused(Func<Detections> make) => Assert.Throws<ArgumentException>(make).Message;
}
