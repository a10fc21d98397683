using System.Text.Json;
using Fovea.Ops;
using Fovea.Torch;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Ops;

public class MatcherTests
{
    [Theory, InlineData(0, DType.Float32), InlineData(1, DType.Float32), InlineData(2, DType.Float32), InlineData(0, DType.Float64),
        InlineData(1, DType.Float64), InlineData(2, DType.Float64)]
    public void Kernel_and_composition_agree_with_torchvision(int index, DType type)
    {
        JsonElement g = Get("matcher")[index];
        int m = g.Int("m"), n = g.Int("n");
        using var scope = new TensorScope();
        Matcher matcher = new(g.Float("high"), g.Float("low"), g.GetProperty("best").GetBoolean());
        Tensor truth = Tensor.From(Boxes(m, 100, 80, 6), m, 4), anchors = Tensor.From(Boxes(n, 100, 80, 7), n, 4);
        Assert.Equal(g.GetProperty("matches").Longs(), matcher.Match(truth.To(type), anchors.To(type)).ToArray<long>());
    }

    [Fact]
    public void Ties_and_objects_that_meet_no_anchor_are_matched_alike_by_both()
    {
        using var scope = new TensorScope();
        Tensor truth = Tensor.From([0f, 0, 4, 4, 50, 50, 60, 60, 0, 0, 4, 4, 2, 2, 2, 2], 4, 4);
        Tensor anchors = Tensor.From([0f, 0, 4, 3, 0, 0, 3, 4, 9, 9, 10, 10, 2, 2, 2, 2], 4, 4);
        Matcher matcher = new(0.9, 0.2, keepBest: true);
        long[] kernel = matcher.Match(truth, anchors).ToArray<long>();
        Assert.Equal(PlainBoxes.Match(truth.ToArray<float>(), anchors.ToArray<float>(), 0.9f, 0.2f, true)[..3], kernel[..3]);
        Assert.Equal(kernel, matcher.Match(truth.To(DType.Float64), anchors.To(DType.Float64)).ToArray<long>());
    }

    [Fact]
    public void A_picture_without_objects_is_all_background()
    {
        using var scope = new TensorScope();
        Matcher matcher = new(0.5, 0.5, keepBest: true);
        Assert.Equal([-1, -1], matcher.Match(Tensor.Zeros([0, 4]), Tensor.Ones([2, 4])).ToArray<long>());
        Assert.Empty(matcher.Match(Tensor.Ones([1, 4]), Tensor.Zeros([0, 4])).ToArray<long>());
        Assert.Equal([0, 0], Matcher.Labels(Tensor.From([-1L, -1], 2), Tensor.Zeros([0], DType.Int64)).ToArray<long>());
        Assert.Throws<ArgumentException>(() => new Matcher(0.3, 0.5, false));
    }

    [Fact]
    public void Labels_are_classes_background_or_left_out()
    {
        using var scope = new TensorScope();
        Tensor matches = Tensor.From([1L, -1, -2, 0], 4);
        Assert.Equal([7, 0, -1, 3], Matcher.Labels(matches, Tensor.From([3L, 7], 2)).ToArray<long>());
        Assert.Equal([1, 0, -1, 1], Matcher.Labels(matches, null).ToArray<long>());
    }
}
