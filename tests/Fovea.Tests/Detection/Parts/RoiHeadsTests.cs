using System.Text.Json;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using static Fovea.Tests.Detection.DetectionGoldens;
using static Fovea.Tests.Ops.OpsGoldens;

namespace Fovea.Tests.Detection.Parts;

public class RoiHeadsTests
{
    private static readonly RoiHeadsOptions All = new() { BatchSizePerImage = int.MaxValue, PositiveFraction = 0.5 };

    // K is 2.
    private static RoiHeads Heads(RoiHeadsOptions options) =>
        new(new MultiScaleRoiAlign(Size: 2), new TwoMlpHead(4, 5), new FastRcnnPredictor(5, 3), options);

    private static Tensor Regions(params float[] boxes) => Tensor.From(boxes, boxes.Length / 4, 4);

    private static Tensor GoldenRegions(int count, int seed) => Tensor.From(Boxes(count, 40, 32, seed), count, 4);

    private static DetectionTarget Target(Tensor boxes, params long[] labels) => new(boxes, Tensor.From(labels, labels.Length));

    private static ImageBatch Batch(params ImageSize[] sizes) => new(Tensor.Zeros([sizes.Length, 3, 64, 64]), sizes, sizes);

    private static float[] Edges(Detections found) =>
        [.. found.Boxes.SelectMany(b => new[] { (float)b.X1, (float)b.Y1, (float)b.X2, (float)b.Y2 })];

    [Fact]
    public void Detections_are_torchvisions()
    {
        using var scope = new TensorScope();
        using RoiHeads heads = Heads(new RoiHeadsOptions { Selection = new() { DetectionsPerImage = 5 } });
        Tensor logits = Filled(3, 15, 3) * Filled(3, 15, 3) * 4, deltas = Filled(4, 15, 12) * 5;
        Detections[] found = Find(heads, logits, deltas, [GoldenRegions(12, 1), Tensor.Zeros([0, 4]), GoldenRegions(3, 2)],
            Batch(new(32, 40), new(30, 30), new(24, 36)));
        foreach ((JsonElement golden, Detections actual) in Golden("detections").EnumerateArray().Zip(found))
        {
            AssertClose(golden.GetProperty("boxes").Floats(), Edges(actual), 1e-5);
            AssertClose(golden.GetProperty("scores").Floats(), actual.Scores, 1e-5);
            Assert.Equal(golden.GetProperty("labels").Longs(), actual.Categories.Select(category => category + 1L));
        }
    }

    [Fact]
    public void What_is_learnt_and_its_losses_are_torchvisions()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using RoiHeads heads = Heads(All);
        RoiHeads.TrainingRegions chosen = heads.SelectTrainingRegions([GoldenRegions(12, 1), GoldenRegions(3, 2)],
            [Target(GoldenRegions(2, 7), 2, 1), Target(Tensor.Zeros([0, 4]))], generator);
        JsonElement golden = Golden("training");
        Assert.Equal(golden.GetProperty("labels").Longs(), chosen.Labels.ToArray<long>());
        AssertClose(golden.GetProperty("regions").Floats(), Values32(chosen.Regions), 1e-6);
        AssertClose(golden.GetProperty("deltas").Floats(), chosen.Deltas[..14].ToArray<float>(), 1e-5);
        (Tensor classifier, Tensor box) = RoiHeads.ComputeLosses(Filled(3, 17, 3) * 3, Filled(4, 17, 12) * 5, chosen);
        AssertClose(golden.GetProperty("losses").Floats(), Values32(classifier, box), 1e-5);
    }

    // A region of class 2, and one of background whose deltas do not count.
    [Fact]
    public void Losses_worked_by_hand()
    {
        using var scope = new TensorScope();
        var truth = new RoiHeads.TrainingRegions([Tensor.Zeros([2, 4])], Tensor.From([2L, 0], 2),
            Tensor.From<float>([0, 0, 0, 1, 7, 7, 7, 7], 2, 4), Tensor.Zeros([2], DType.Int64));
        Tensor deltas = Tensor.From<float>([9, 9, 9, 9, 9, 9, 9, 9, 0.5f, 0, 0, 1.05f, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], 2, 12);
        (Tensor classifier, Tensor box) = RoiHeads.ComputeLosses(Tensor.From<float>([0, 0, 0, 1, 0, 0], 2, 3), deltas, truth);
        Assert.Equal((Math.Log(3) + Math.Log(Math.E + 2) - 1) / 2, classifier.Item(), 1e-6);
        Assert.Equal((0.5 - 1.0 / 18 + 0.05 * 0.05 * 9 / 2) / 2, box.Item(), 1e-6);
    }

    [Fact]
    public void Every_class_has_its_own_box_told_in_the_original_picture()
    {
        using var scope = new TensorScope();
        using RoiHeads heads = Heads(new RoiHeadsOptions());
        // Class 1 moves by a whole width (10 x 0.1 x 10), class 2 grows by a factor of 2 (5 x 0.2 x ln 2) and is cut at the picture's edge.
        float twice = 5 * MathF.Log(2);
        Tensor deltas = Tensor.From<float>([0, 0, 0, 0, 10, 0, 0, 0, 0, 0, twice, twice], 1, 12);
        ImageBatch images = Batch(new ImageSize(20, 30)) with { OriginalSizes = [new(40, 90)] };
        Detections found = Find(heads, Tensor.From<float>([0, 2, 1], 1, 3), deltas, [Regions(2, 2, 12, 12)], images)[0];
        Assert.Equal([0, 1], found.Categories);
        AssertClose([3 * 12, 2 * 2, 3 * 22, 2 * 12, 0, 0, 3 * 17, 2 * 17], Edges(found), 1e-5);
        double sum = 1 + Math.E + Math.Exp(2);
        AssertClose([(float)(Math.Exp(2) / sum), (float)(Math.E / sum)], found.Scores, 1e-6);
        Assert.Equal(new ImageSize(40, 90), found.Size);
    }

    [Fact]
    public void Duplicates_of_a_class_go_and_those_of_another_class_stay()
    {
        using var scope = new TensorScope();
        using RoiHeads heads = Heads(new RoiHeadsOptions { Selection = new() { ScoreThreshold = 0.4 } });
        Tensor logits = Tensor.From<float>([0, 5, 0, 0, 6, 0, 0, 0, 4], 3, 3);
        Detections found = Find(heads, logits, Tensor.Zeros([3, 12]), [Regions(2, 2, 12, 12, 2, 2, 12, 13, 2, 2, 12, 12)],
            Batch(new ImageSize(20, 30)))[0];
        Assert.Equal([0, 1], found.Categories);
        Assert.Equal([13, 12], found.Boxes.Select(box => box.Y2));
    }

    [Fact]
    public void What_is_outside_without_size_or_not_a_number_is_not_told()
    {
        using var scope = new TensorScope();
        using RoiHeads heads = Heads(new RoiHeadsOptions());
        Tensor logits = Tensor.From<float>([0, 9, 0, 0, 9, 0, 0, 9, 0, float.NaN, 9, 0, 9, 0, 0], 5, 3);
        Tensor deltas = Tensor.Cat([Tensor.Zeros([2, 12]), Tensor.Full([1, 12], float.NaN), Tensor.Zeros([2, 12])]);
        Tensor regions = Regions(50, 2, 60, 12, 2, 2, 2.005f, 12, 2, 2, 12, 12, 2, 2, 12, 12, 2, 2, 12, 12);
        Assert.Equal(0, Find(heads, logits, deltas, [regions], Batch(new ImageSize(20, 30)))[0].Count);
    }

    [Fact]
    public void A_batch_without_regions_has_nothing_to_find_or_to_learn()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using RoiHeads heads = Heads(All);
        Tensor none = Tensor.Zeros([0, 4]);
        ImageBatch images = Batch(new ImageSize(64, 64), new ImageSize(48, 64));
        (Tensor logits, Tensor deltas) = heads.Forward([Tensor.Ones([2, 1, 16, 16]), Tensor.Ones([2, 1, 8, 8])], [none, none],
            images.Sizes);
        Assert.All(Find(heads, logits, deltas, [none, none], images), found => Assert.Equal(0, found.Count));
        RoiHeads.TrainingRegions chosen = heads.SelectTrainingRegions([none, none], [Target(none), Target(none)], generator);
        (Tensor classifier, Tensor box) = RoiHeads.ComputeLosses(logits, deltas, chosen);
        Assert.Equal((0, 0), (classifier.Item(), box.Item()));
        (classifier + box).Backward();
    }

    [Fact]
    public void Without_proposals_the_objects_themselves_are_learnt()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using RoiHeads heads = Heads(All);
        RoiHeads.TrainingRegions chosen =
            heads.SelectTrainingRegions([Tensor.Zeros([0, 4])], [Target(Regions(2, 3, 12, 13, 20, 20, 30, 40), 2, 1)], generator);
        Assert.Equal([2, 1], chosen.Labels.ToArray<long>());
        Assert.Equal([2, 3, 12, 13, 20, 20, 30, 40], chosen.Regions[0].ToArray<float>());
        Assert.All(chosen.Deltas.ToArray<float>(), v => Assert.Equal(0, v));
    }

    private static Detections[] Find(RoiHeads heads, Tensor logits, Tensor deltas, IReadOnlyList<Tensor> regions, ImageBatch images) =>
        heads.Tell([], heads.Select(logits, deltas, regions, images), images);
}
