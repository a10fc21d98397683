using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Ops.Kernels;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class NmsKernelTests
{
    [Fact]
    public void A_box_goes_when_it_overlaps_a_better_one_by_more_than_the_threshold()
    {
        // Of two boxes 2 wide that share half: intersection 1, union 3.
        float[] boxes = [0, 0, 2, 1, 1, 0, 3, 1, 10, 10, 11, 11];
        Assert.Equal([1, 2], NmsKernel.Keep(boxes, [0.5f, 0.9f, 0.7f], 0.3));
        Assert.Equal([1, 2, 0], NmsKernel.Keep(boxes, [0.5f, 0.9f, 0.7f], 1 / 3f));
        Assert.Equal([1, 2, 0], NmsKernel.KeepPerClass(boxes, [0.5f, 0.9f, 0.7f], [1, 2, 2], 0.3));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void Keeps_what_torchvision_keeps_in_its_order(int index)
    {
        JsonElement g = Get("nms")[index];
        int n = g.Int("n"), steps = g.Int("steps");
        float[] boxes = Boxes(n, 100, 80, 4), scores = [.. Fill(n, 5).Select(v => MathF.Round((v + 1) * steps / 2) / steps)];
        double threshold = g.GetProperty("threshold").GetDouble();
        Assert.Equal(g.GetProperty("keep").Longs(), NmsKernel.Keep(boxes, scores, threshold));
        long[] classes = [.. Enumerable.Range(0, n).Select(i => i % 3L)];
        Assert.Equal(g.GetProperty("batched").Longs(), NmsKernel.KeepPerClass(boxes, scores, classes, threshold));
    }

    [Fact]
    public void Agrees_with_the_plain_twin()
    {
        Gen<(float[] Boxes, float[] Scores, long[] Classes, float Threshold)> cases =
            from n in Gen.Choose(0, 150)
            from corners in Gen.ArrayOf(Gen.Choose(0, 60), 4 * n)
            from scores in Gen.ArrayOf(Gen.Choose(0, 30), n)
            from classes in Gen.ArrayOf(Gen.Choose(0, 3), n)
            from threshold in Gen.Choose(0, 10)
            select (corners.Chunk(4).SelectMany(b => new float[] { b[0], b[1], b[0] + 1 + b[2], b[1] + 1 + b[3] }).ToArray(),
                scores.Select(s => s / 30f).ToArray(), classes.Select(k => (long)k).ToArray(), threshold / 10f);
        Prop.ForAll(cases.ToArbitrary(), v =>
        {
            Assert.Equal(PlainBoxes.Nms(v.Boxes, v.Scores, v.Threshold), NmsKernel.Keep(v.Boxes, v.Scores, v.Threshold));
            Assert.Equal(PlainBoxes.Nms(v.Boxes, v.Scores, v.Threshold, v.Classes),
                NmsKernel.KeepPerClass(v.Boxes, v.Scores, v.Classes, v.Threshold));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Many_boxes_are_suppressed_class_by_class()
    {
        float[] boxes = Boxes(1200, 100, 80, 4), scores = Fill(1200, 5);
        long[] classes = [.. Enumerable.Range(0, 1200).Select(i => i % 5L)];
        Assert.Equal(PlainBoxes.Nms(boxes, scores, 0.5f, classes), NmsKernel.KeepPerClass(boxes, scores, classes, 0.5));
    }

    [Fact]
    public void Boxes_and_scores_of_nonsense_are_kept_or_dropped_as_in_torchvision()
    {
        float nan = float.NaN, inf = float.PositiveInfinity;
        float[] boxes = [nan, 0, 1, 1, 0, 0, nan, 1, 0, 0, inf, inf, 5, 5, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1];
        // torchvision.ops.nms(...): scores that are not numbers come first, equal ones in their order, -0 equals 0.
        Assert.Equal([5, 0, 1, 2, 3, 4], NmsKernel.Keep(boxes, [0.5f, 0.5f, 0, -0f, -inf, nan, 0.7f], 0.5));
    }

    [Fact]
    public void No_boxes_keep_nothing_and_a_missing_score_is_an_error()
    {
        Assert.Empty(NmsKernel.Keep([], [], 0.5));
        Assert.Empty(NmsKernel.KeepPerClass([], [], [], 0.5));
        Assert.Throws<ArgumentException>(() => NmsKernel.Keep([0, 0, 1, 1], [1, 2], 0.5));
        Assert.Throws<ArgumentException>(() => NmsKernel.KeepPerClass([0, 0, 1, 1], [1], [1, 2], 0.5));
    }
}
