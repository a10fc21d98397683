using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Tests.Detection.Parts;

public class CornerTargetsTests
{
    private const int Stride = 4;

    private static DetectionTarget Target(float[] boxes, params long[] labels) =>
        new(Tensor.From(boxes, labels.Length, 4), Tensor.From(labels, labels.Length));

    [Theory, InlineData(10, 10, 0.3), InlineData(40, 6, 0.3), InlineData(3, 30, 0.7), InlineData(12, 20, 0.5), InlineData(5, 5, 1)]
    public void Within_the_radius_every_box_is_good_and_one_is_just_so(double height, double width, double leastIoU)
    {
        double radius = CornerRadius.Of(height, width, leastIoU), least = 1;
        var box = new Box(0, 0, width, height);
        double[] shifts = [-radius, 0, radius];
        foreach (double x1 in shifts)
            foreach (double y1 in shifts)
                foreach (double x2 in shifts)
                    foreach (double y2 in shifts)
                        least = Math.Min(least, box.IoU(new Box(x1, y1, width + x2, height + y2)));
        Assert.Equal(leastIoU, least, 1e-9);
    }

    [Fact]
    public void A_bell_curve_around_a_corner_worked_by_hand()
    {
        using var scope = new TensorScope();
        // 10 x 10 cells at IoU 0.3: corners inside the box are the strictest, (20 - sqrt(400 - 4 * 0.7 * 100)) / 4 = 2.26.
        CornerTargets targets = CornerTargets.Draw([Target([40, 40, 80, 80], 2)], 3, 32, 32, Stride, 0.3);
        Tensor heat = targets.TopLeft.Heat;
        Assert.Equal([1, 3, 32, 32], heat.Shape);
        Assert.Equal(0, (heat[0, 0].Sum() + heat[0, 2].Sum()).Item());
        double sigma = 5 / 6.0;
        Assert.Equal(1, heat[0, 1, 10, 10].Item());
        Assert.Equal(Math.Exp(-(4 + 1) / (2 * sigma * sigma)), heat[0, 1, 12, 9].Item(), 1e-6);
        Assert.Equal((Math.Exp(-4 / (2 * sigma * sigma)), 0.0), (heat[0, 1, 10, 12].Item(), heat[0, 1, 10, 13].Item()), Near);
        Assert.Equal(1, targets.BottomRight.Heat[0, 1, 20, 20].Item());
    }

    [Fact]
    public void What_is_decoded_from_the_targets_are_the_boxes()
    {
        using var scope = new TensorScope();
        // Two pictures: neighbours of one class, one inside another, one pixel, one at the far edges; then one object.
        float[] first = [3, 5, 50, 41, 57, 5, 100, 60, 10.5f, 12.25f, 30, 33, 70, 70, 71, 71, 90, 66, 128, 96], second = [0, 0, 128, 96];
        long[] labels = [1, 1, 2, 3, 2];
        CornerTargets targets = CornerTargets.Draw([Target(first, labels), Target(second, 3)], 3, 24, 32, Stride, 0.3);
        Assert.Equal([5L, 1], targets.Counts);
        DetectionCandidates[] decoded = new CornerDecoder(Stride).Decode(Maps(targets.TopLeft), Maps(targets.BottomRight));
        AssertFound(first, labels, decoded[0]);
        AssertFound(second, [3], decoded[1]);
    }

    [Fact]
    public void Corners_of_other_classes_with_other_embeddings_or_the_wrong_way_round_make_no_box()
    {
        using var scope = new TensorScope();
        CornerMaps Maps(int category, int cell, float embedding)
        {
            Tensor heat = Tensor.Full([1, 2, 4, 4], -9), numbers = Tensor.Full([1, 1, 4, 4], embedding);
            heat.Flatten()[category * 16 + cell].FillInPlace(2);
            return new CornerMaps(heat, numbers, Tensor.Full([1, 2, 4, 4], 0.5));
        }
        long Count(int category, int cell, float embedding) => new CornerDecoder(Stride, Corners: 1)
            .Decode(Maps(1, 5, 0), Maps(category, cell, embedding))[0].Count;
        Assert.Equal(1, Count(1, 10, 0.4f));
        Assert.Equal(0, Count(0, 10, 0.4f));
        Assert.Equal(0, Count(1, 10, 0.6f));
        Assert.Equal(0, Count(1, 5, 0));         // no area
        Assert.Equal(0, Count(1, 8, 0));         // to the left
        Assert.Equal(0, Count(1, 2, 0));         // above
        DetectionCandidates box = new CornerDecoder(Stride, Corners: 1).Decode(Maps(1, 5, 0), Maps(1, 10, 0))[0];
        Assert.Equal([6, 6, 10, 10], box.Boxes.Tensor.ToArray<float>());
        Assert.Equal((1 / (1 + Math.Exp(-2)), 2), (box.Scores.Item(), (int)box.Labels.Item()), (a, b) => Math.Abs(a.Item1 - b.Item1) < 1e-6 && a.Item2 == b.Item2);
    }

    [Fact]
    public void Losses_worked_by_hand()
    {
        using var scope = new TensorScope();
        // One object, one class, four cells; the network says 1/2 everywhere, embeddings 0 and 1, offsets 0. The corners lie at
        // (0.25, 0.5) and (1.5, 1).
        CornerTargets truth = CornerTargets.Draw([Target([1, 2, 6, 4], 1)], 1, 2, 2, Stride, 0.3);
        CornerMaps Maps(double embedding) => new(Tensor.Zeros([1, 1, 2, 2]), Tensor.Full([1, 1, 2, 2], embedding), Tensor.Zeros([1, 2, 2, 2]));
        CornerLosses losses = CornerLosses.Compute(Maps(0), Maps(1), truth);
        Assert.Equal(2 * 4 * 0.25 * Math.Log(2), losses.Heat.Item(), 1e-6);
        Assert.Equal(0.5, losses.Pull.Item(), 1e-6);
        Assert.Equal(0, losses.Push.Item(), 1e-6);
        Assert.Equal((0.0625 + 0.25 + 0.25) / 2, losses.Offset.Item(), 1e-6);
    }

    private static bool Near((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < 1e-6 && a.Item2 == b.Item2;

    // Maps of a network that has learned the targets; an object's number is its place in the batch.
    private static CornerMaps Maps(CornerTarget target)
    {
        Tensor heat = target.Heat.Clamp(1e-4, 1 - 1e-4), embedding = Tensor.Zeros([2, 1, 24, 32]), offset = Tensor.Zeros([2 * 24 * 32, 2]);
        embedding.View(-1).IndexPutInPlace(target.Cells, Tensor.Arange(0, target.Cells.Numel, dtype: DType.Float32));
        offset.IndexPutInPlace(target.Cells, target.Offset);
        return new CornerMaps((heat / (1 - heat)).Log(), embedding, offset.View(2, 24, 32, 2).Permute(0, 3, 1, 2));
    }

    private static void AssertFound(float[] boxes, long[] labels, DetectionCandidates found)
    {
        DetectionCandidates sure = found.At((found.Scores > 0.9).NonZero().Flatten());
        float[] corners = sure.Boxes.Tensor.ToArray<float>();
        long[] classes = sure.Labels.ToArray<long>();
        Assert.Equal(labels.Length, classes.Length);
        Assert.All(Enumerable.Range(0, labels.Length), g => Assert.Contains(Enumerable.Range(0, classes.Length), m => classes[m] == labels[g]
            && Enumerable.Range(0, 4).All(i => Math.Abs(corners[4 * m + i] - boxes[4 * g + i]) < 1e-3)));
    }
}
