using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Ops.Kernels;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class MatcherKernelTests
{
    private static long[] Match(float[] truth, float[] anchors, float high, float low, bool keepBest, int threads = 0)
    {
        long[] matches = new long[anchors.Length / 4];
        MatcherKernel.Match(truth, anchors, high, low, keepBest, matches, threads);
        return matches;
    }

    [Fact]
    public void An_anchor_is_object_background_or_between()
    {
        float[] truth = [0, 0, 10, 10], anchors = [0, 0, 10, 9, 0, 0, 10, 5, 0, 0, 10, 1, 20, 20, 30, 30];
        Assert.Equal([0, -2, -1, -1], Match(truth, anchors, 0.7f, 0.3f, false));
        // The second object's best anchor overlaps it by a quarter only, and is its match nevertheless.
        float[] two = [0, 0, 10, 10, 20, 20, 25, 25];
        Assert.Equal([0, -2, -1, 1], Match(two, anchors, 0.7f, 0.3f, true));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void Agrees_with_torchvision(int index)
    {
        JsonElement g = Get("matcher")[index];
        Assert.Equal(g.GetProperty("matches").Longs(), Match(Boxes(g.Int("m"), 100, 80, 6), Boxes(g.Int("n"), 100, 80, 7),
            g.Float("high"), g.Float("low"), g.GetProperty("best").GetBoolean()));
    }

    [Fact]
    public void Agrees_with_the_plain_twin_with_ties_and_objects_that_meet_no_anchor()
    {
        Gen<(float[] Truth, float[] Anchors, bool KeepBest)> cases =
            from m in Gen.Choose(1, 4)
            from n in Gen.Choose(0, 70)
            from corners in Gen.ArrayOf(Gen.Choose(0, 12), 4 * (m + n))
            from keepBest in Gen.Elements(true, false)
            let boxes = corners.Chunk(4).SelectMany(b => new float[] { b[0], b[1], b[0] + 1 + b[2], b[1] + 1 + b[3] }).ToArray()
            select (boxes[..(4 * m)], boxes[(4 * m)..], keepBest);
        Prop.ForAll(cases.ToArbitrary(), v =>
            Assert.Equal(PlainBoxes.Match(v.Truth, v.Anchors, 0.5f, 0.3f, v.KeepBest), Match(v.Truth, v.Anchors, 0.5f, 0.3f, v.KeepBest)))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        float[] truth = Boxes(9, 100, 80, 1), anchors = Boxes(20000, 100, 80, 2);
        Assert.Equal(Match(truth, anchors, 0.7f, 0.3f, true, 1), Match(truth, anchors, 0.7f, 0.3f, true, 7));
    }

    [Fact]
    public void Nonsense_is_background_and_no_truth_is_an_error()
    {
        Assert.Equal([-1, -1], Match([0, 0, 1, 1], [float.NaN, 0, 1, 1, 5, 5, float.PositiveInfinity, 9], 0.5f, 0.5f, false));
        Assert.Contains("no true box", Assert.Throws<ArgumentException>(() => Match([], [0, 0, 1, 1], 0.5f, 0.5f, false)).Message);
    }
}
