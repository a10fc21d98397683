using Fovea.Data.Statistics;

namespace Fovea.Tests.Data.Statistics;

public class ShapeClustersTests
{
    [Fact]
    public void Clusters_are_found_where_the_boxes_are()
    {
        (double Width, double Height)[] centres = [(10, 14), (40, 20), (30, 90), (200, 160)];
        var boxes = centres.SelectMany(c => Enumerable.Range(-2, 5).Select(d => (c.Width + d * 0.5, c.Height - d * 0.5))).ToList();
        ShapeClusters clusters = ShapeClusters.Of(boxes, 4, 416)!;
        Assert.Equal([10, 14, 40, 20, 30, 90, 200, 160], clusters.Shapes);
        Assert.True(clusters.MeanIou > 0.9);
        Assert.Equal(416, clusters.Side);
    }

    // 25 wide is nearer to 45 (IoU 0.56) than to 10 (0.4), although it lies further from it in pixels.
    [Fact]
    public void The_distance_is_one_minus_IoU_and_not_in_pixels()
    {
        ShapeClusters clusters = ShapeClusters.Of([(10, 10), (25, 10), (45, 10)], 2, 100)!;
        Assert.Equal([10, 10, 35, 10], clusters.Shapes);
    }

    [Fact]
    public void The_mean_IoU_worked_by_hand()
    {
        // One anchor of 20 x 10: half of it is the first box, two thirds of the second are it.
        Assert.Equal((1 / 2.0 + 2 / 3.0) / 2, ShapeClusters.Of([(10, 10), (30, 10)], 1, 100)!.MeanIou, 1e-9);
    }

    [Fact]
    public void More_anchors_than_boxes_and_none_at_all()
    {
        Assert.Equal(12, ShapeClusters.Of([(10, 10), (30, 10)], 6, 100)!.Shapes.Count);
        Assert.Null(ShapeClusters.Of([], 6, 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShapeClusters.Of([(1, 1)], 0, 100));
    }
}
