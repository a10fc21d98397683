using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Ops;
using Fovea.Ops.Compositions;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class NmsTests
{
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void Kernel_and_composition_keep_what_torchvision_keeps(int index)
    {
        JsonElement g = Get("nms")[index];
        int n = g.Int("n"), steps = g.Int("steps");
        double threshold = g.GetProperty("threshold").GetDouble();
        using var scope = new TensorScope();
        Tensor boxes = Tensor.From(Boxes(n, 100, 80, 4), n, 4), classes = Tensor.From([.. Enumerable.Range(0, n).Select(i => i % 3L)], n);
        Tensor scores = Tensor.From([.. Fill(n, 5).Select(v => MathF.Round((v + 1) * steps / 2) / steps)], n);
        Assert.Equal(g.GetProperty("keep").Longs(), Nms.Keep(boxes, scores, threshold).ToArray<long>());
        Assert.Equal(g.GetProperty("keep").Longs(), NmsComposition.Keep(boxes, scores, threshold, null).ToArray<long>());
        Assert.Equal(g.GetProperty("batched").Longs(), Nms.KeepPerClass(boxes, scores, classes, threshold).ToArray<long>());
        Assert.Equal(g.GetProperty("batched").Longs(), NmsComposition.KeepPerClass(boxes, scores, classes, threshold).ToArray<long>());
    }

    [Fact]
    public void The_composition_agrees_with_the_plain_twin()
    {
        Gen<(float[] Boxes, float[] Scores, long[] Classes, float Threshold)> cases =
            from n in Gen.Choose(0, 60)
            from corners in Gen.ArrayOf(Gen.Choose(0, 40), 4 * n)
            from scores in Gen.ArrayOf(Gen.Choose(0, 20), n)
            from classes in Gen.ArrayOf(Gen.Choose(0, 2), n)
            from threshold in Gen.Choose(0, 10)
            select (corners.Chunk(4).SelectMany(b => new float[] { b[0], b[1], b[0] + 1 + b[2], b[1] + 1 + b[3] }).ToArray(),
                scores.Select(s => s / 20f).ToArray(), classes.Select(k => (long)k).ToArray(), threshold / 10f);
        Prop.ForAll(cases.ToArbitrary(), v =>
        {
            using var scope = new TensorScope();
            int n = v.Scores.Length;
            Tensor boxes = Tensor.From(v.Boxes, n, 4), scores = Tensor.From(v.Scores, n), classes = Tensor.From(v.Classes, n);
            Assert.Equal(PlainBoxes.Nms(v.Boxes, v.Scores, v.Threshold),
                NmsComposition.Keep(boxes, scores, v.Threshold, null).ToArray<long>());
            Assert.Equal(PlainBoxes.Nms(v.Boxes, v.Scores, v.Threshold, v.Classes),
                NmsComposition.Keep(boxes, scores, v.Threshold, classes).ToArray<long>());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Boxes_in_many_blocks_and_classes_are_kept_alike()
    {
        using var scope = new TensorScope();
        Tensor boxes = Tensor.From(Boxes(2600, 400, 300, 4), 2600, 4), scores = Tensor.From(Fill(2600, 5), 2600),
            classes = Tensor.Arange(0, 2600).Remainder(7);
        Assert.Equal(Nms.Keep(boxes, scores, 0.6).ToArray<long>(), NmsComposition.Keep(boxes, scores, 0.6, null).ToArray<long>());
        Assert.Equal(Nms.KeepPerClass(boxes, scores, classes, 0.6).ToArray<long>(),
            NmsComposition.KeepPerClass(boxes, scores, classes, 0.6).ToArray<long>());
    }

    [Fact]
    public void No_boxes_keep_nothing_and_arguments_that_do_not_fit_are_refused()
    {
        using var scope = new TensorScope();
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            Tensor none = Tensor.Zeros([0, 4], type), score = Tensor.Zeros([0], type);
            Assert.Equal([0], Nms.Keep(none, score, 0.5).Shape);
            Assert.Equal([0], Nms.KeepPerClass(none, score, Tensor.Zeros([0], DType.Int64), 0.5).Shape);
        }
        Tensor box = Tensor.Zeros([1, 4]), one = Tensor.Zeros([1]);
        Assert.Contains("one score a box", Assert.Throws<ArgumentException>(() => Nms.Keep(box, Tensor.Zeros([2]), 0.5)).Message);
        Assert.Contains("N x 4", Assert.Throws<ArgumentException>(() => Nms.Keep(Tensor.Zeros([1, 5]), one, 0.5)).Message);
        Assert.Contains("one class a box",
            Assert.Throws<ArgumentException>(() => Nms.KeepPerClass(box, one, Tensor.Zeros([2], DType.Int64), 0.5)).Message);
    }
}
