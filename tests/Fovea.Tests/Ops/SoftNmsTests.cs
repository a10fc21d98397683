using FsCheck;
using FsCheck.Fluent;
using Fovea.Ops;
using Fovea.Torch;

namespace Fovea.Tests.Ops;

public class SoftNmsTests
{
    // B covers half of A, D four fifths of A and B five eighths of D; C lies apart.
    private static readonly float[] Boxes = [0, 0, 10, 10, 0, 0, 10, 5, 20, 20, 30, 30, 0, 0, 10, 8];
    private static readonly float[] Scores = [0.9f, 0.8f, 0.7f, 0.6f];

    private static (long[] Indices, float[] Scores) Keep(float[] boxes, float[] scores, long[] classes, SoftNmsOptions? options,
        DType type = DType.Float32)
    {
        using var scope = new TensorScope();
        int n = scores.Length;
        (Tensor indices, Tensor kept) = SoftNms.KeepPerClass(Tensor.From(boxes, n, 4).To(type), Tensor.From(scores, n).To(type),
            Tensor.From(classes, n), options);
        Assert.Equal(type, kept.DType);
        return (indices.ToArray<long>(), kept.To(DType.Float32).ToArray<float>());
    }

    private static void AssertClose(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5);
    }

    [Fact]
    public void The_bell_curve_worked_by_hand()
    {
        (long[] indices, float[] scores) = Keep(Boxes, Scores, new long[4], null);
        Assert.Equal([0, 2, 1, 3], indices);
        AssertClose([0.9, 0.7, 0.8 * Math.Exp(-0.5), 0.6 * Math.Exp(-1.28) * Math.Exp(-0.78125)], scores);
    }

    [Fact]
    public void The_line_worked_by_hand()
    {
        (long[] indices, float[] scores) = Keep(Boxes, Scores, new long[4], new() { Decay = SoftNmsDecay.Linear, Threshold = 0.5 });
        Assert.Equal([0, 2, 1, 3], indices);
        AssertClose([0.9, 0.7, 0.4, 0.6 * 0.2 * 0.375], scores);
        (indices, scores) = Keep(Boxes, Scores, new long[4], new() { Decay = SoftNmsDecay.Linear, Threshold = 0.55 });
        Assert.Equal([0, 1, 2, 3], indices);
        AssertClose([0.9, 0.8, 0.7, 0.6 * 0.2 * 0.375], scores);
    }

    [Fact]
    public void Classes_leave_each_other_alone_and_little_scores_and_a_surplus_go()
    {
        (long[] indices, float[] scores) = Keep(Boxes, Scores, [0, 1, 0, 0], null);
        Assert.Equal([0, 1, 2, 3], indices);
        AssertClose([0.9, 0.8, 0.7, 0.6 * Math.Exp(-1.28)], scores);
        Assert.Equal([0, 1, 2], Keep(Boxes, Scores, [0, 1, 0, 0], new() { MinScore = 0.2 }).Indices);
        Assert.Equal([0, 1], Keep(Boxes, Scores, [0, 1, 0, 0], new() { Most = 2 }).Indices);
        Assert.Equal([0, 2, 1, 3], Keep(Boxes, Scores, new long[4], null, DType.Float64).Indices);
    }

    [Fact]
    public void It_agrees_with_the_plain_twin()
    {
        Gen<(float[] Boxes, float[] Scores, long[] Classes, bool Linear)> cases =
            from n in Gen.Choose(0, 40)
            from corners in Gen.ArrayOf(Gen.Choose(0, 40), 4 * n)
            from scores in Gen.ArrayOf(Gen.Choose(0, 20), n)
            from classes in Gen.ArrayOf(Gen.Choose(0, 2), n)
            from linear in Gen.Elements(true, false)
            select (corners.Chunk(4).SelectMany(b => new float[] { b[0], b[1], b[0] + 1 + b[2], b[1] + 1 + b[3] }).ToArray(),
                scores.Select((s, i) => s / 20f + i * 1e-4f).ToArray(), classes.Select(k => (long)k).ToArray(), linear);
        Prop.ForAll(cases.ToArbitrary(), v =>
        {
            var options = new SoftNmsOptions { Decay = v.Linear ? SoftNmsDecay.Linear : SoftNmsDecay.Gaussian, MinScore = 0.05 };
            (long[] indices, float[] scores) = Keep(v.Boxes, v.Scores, v.Classes, options);
            double[] twin = Plain(v.Boxes, v.Scores, v.Classes, options);
            Assert.Equal(Enumerable.Range(0, twin.Length).Where(i => twin[i] > 0.05).Select(i => (long)i), indices.Order());
            AssertClose([.. indices.Select(i => twin[i])], scores);
            Assert.Equal(scores.OrderDescending(), scores);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_boxes_and_scores_that_are_no_numbers_keep_nothing_and_what_does_not_fit_is_refused()
    {
        Assert.Empty(Keep([], [], [], null).Indices);
        Assert.Empty(Keep([0, 0, 1, 1], [float.NaN], [0], null).Indices);
        using var scope = new TensorScope();
        Tensor box = Tensor.Zeros([1, 4]), one = Tensor.Ones([1]);
        Assert.Contains("one class a box",
            Assert.Throws<ArgumentException>(() => SoftNms.KeepPerClass(box, one, Tensor.Zeros([2], DType.Int64))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SoftNmsOptions { Sigma = 0 });
    }

    // Figure 2 of the paper as it stands: every box is taken out in turn, and lowers the scores of all that are left.
    private static double[] Plain(float[] boxes, float[] scores, long[] classes, SoftNmsOptions options)
    {
        double[] fallen = [.. scores.Select(s => (double)s)];
        List<int> left = [.. Enumerable.Range(0, scores.Length)];
        while (left.Count > 0)
        {
            int best = left.MaxBy(i => fallen[i]);
            left.Remove(best);
            foreach (int i in left.Where(i => classes[i] == classes[best]))
            {
                double iou = PlainBoxes.Iou(PlainBoxes.At(boxes, best), PlainBoxes.At(boxes, i));
                fallen[i] *= options.Decay == SoftNmsDecay.Gaussian ? Math.Exp(-iou * iou / options.Sigma)
                    : iou >= (float)options.Threshold ? 1 - iou : 1;
            }
        }
        return fallen;
    }
}
