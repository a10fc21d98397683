using System.Text.Json;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Ops;
using Fovea.Tests.Parity;
using Fovea.Torch;

namespace Fovea.Tests.Detection.Parts;

/// <summary>The parts of one-stage detectors, by hand.</summary>
public class OneStagePartsTests
{
    [Fact]
    public void Of_a_level_the_best_of_all_classes_are_kept_and_of_classes_the_best_of_each()
    {
        using var scope = new TensorScope();
        Tensor scores = Tensor.From<float>([0.9f, 0.2f, 0.8f, 0.7f, 0.1f, 0.6f], 3, 2);
        var options = new SelectionOptions { ScoreThreshold = 0.15, PreNmsTopN = 4 };
        ScoredAnchors level = ScoredAnchors.OfLevel(scores, options);
        Assert.Equal([0.9f, 0.8f, 0.7f, 0.6f], level.Scores.ToArray<float>());
        Assert.Equal([0, 1, 1, 2], level.Anchors.ToArray<long>());
        Assert.Equal([1, 1, 2, 2], level.Labels.ToArray<long>());
        ScoredAnchors classes = ScoredAnchors.OfClasses(scores, options with { PreNmsTopN = 2 });
        Assert.Equal([0.9f, 0.8f, 0.7f, 0.6f], classes.Scores.ToArray<float>());
        Assert.Equal([0, 1, 1, 2], classes.Anchors.ToArray<long>());
        Assert.Equal([1, 1, 2, 2], classes.Labels.ToArray<long>());
        Assert.Equal(3, ScoredAnchors.OfClasses(scores, options with { ScoreThreshold = 0.65 }).Scores.Numel);
        Assert.Equal(0, ScoredAnchors.OfLevel(Tensor.Zeros([0, 2]), options).Scores.Numel);
    }

    [Fact]
    public void A_point_learns_the_smallest_object_around_it_whose_centre_is_near_and_whose_size_is_its_levels()
    {
        using var scope = new TensorScope();
        // Points at 4, 12, 20, 28 in both directions of stride 8, and one of stride 16 at (16, 16).
        Tensor fine = Tensor.From(AnchorGrid.Tile([0, 0, 8, 8], new ImageSize(4, 4), (8, 8)), 16, 4), coarse = Tensor.From<float>([8, 8, 24, 24], 1, 4);
        var sampling = new CentreSampling(1.5);
        Tensor boxes = Tensor.From<float>([2, 2, 22, 22, 10, 10, 16, 16, 0, 0, 150, 150], 3, 4);
        long[] found = sampling.Assign([fine, coarse], boxes).ToArray<long>();
        Assert.Equal(17, found.Length);
        Assert.Equal(1, found[5]);                                  // (12, 12) lies in both small ones: the smaller
        Assert.Equal(0, found[0]);                                  // (4, 4): 8 from the centre of the first, below 12
        Assert.Equal(Matcher.Background, found[3]);                 // (28, 4) lies in the largest alone, which is not this level's
        Assert.Equal(Matcher.Background, found[16]);                // farther sides than 64 only, and near no large centre
        Assert.Equal(2, sampling.Assign([fine, Tensor.From<float>([66, 66, 82, 82], 1, 4)], boxes).ToArray<long>()[16]);
        Assert.All(sampling.Assign([fine, coarse], Tensor.Zeros([0, 4])).ToArray<long>(), match => Assert.Equal(Matcher.Background, match));
    }

    [Fact]
    public void Distances_are_counted_from_the_centre_in_anchor_sizes()
    {
        using var scope = new TensorScope();
        Tensor anchors = Tensor.From<float>([8, 8, 16, 16], 1, 4), box = Tensor.From<float>([4, 10, 28, 20], 1, 4);
        Tensor code = DistanceCoder.Encode(box, anchors);
        Assert.Equal([1, 0.25f, 2, 1], code.ToArray<float>());
        Assert.Equal([4, 10, 28, 20], DistanceCoder.Decode(code, anchors).ToArray<float>());
        Assert.Equal(Math.Sqrt(0.5 * 0.25), FcosHead.CenternessOf(code).Item(), 1e-6);
        Assert.Contains("R x 4", Assert.Throws<ArgumentException>(() => DistanceCoder.Decode(code, Tensor.Zeros([2, 4]))).Message);
    }

    [Fact]
    public void The_hardest_negatives_count_three_to_one()
    {
        using var scope = new TensorScope();
        Tensor losses = Tensor.From<float>([5, 1, 2, 4, 8, 3], 6);
        losses.RequiresGrad = true;
        Tensor one = Tensor.From<float>([0, 1, 0, 0, 0, 0], 6) > 0;
        Tensor sum = HardNegativeMining.Sum(losses, one, 3);
        Assert.Equal(1 + 8 + 5 + 4, sum.Item());
        sum.Backward();
        Assert.Equal([1, 1, 0, 1, 1, 0], losses.Grad!.ToArray<float>());
        Assert.Equal(0, HardNegativeMining.Sum(losses, one & (losses < 0), 3).Item());
        Assert.Equal(23, HardNegativeMining.Sum(losses, losses < 4.5, 3).Item());                 // no more than there are
    }

    [Fact]
    public void Every_object_has_its_best_default_box_and_of_two_the_later_one_has_it()
    {
        using var scope = new TensorScope();
        using var head = new SsdHead([2, 2, 2, 2, 2, 2], [4, 6, 6, 6, 4, 4], 3, new SsdOptions());
        Tensor defaults = Tensor.From<float>([0, 0, 10, 10, 20, 0, 30, 10, 0, 20, 10, 30], 3, 4);
        Tensor boxes = Tensor.From<float>([0, 0, 10, 9, 20, 0, 22, 2, 21, 1, 22, 2], 3, 4);
        Assert.Equal([0, 2, Matcher.Background], head.Match(boxes, defaults).ToArray<long>());
        Assert.Equal([-1L, -1, -1], head.Match(Tensor.Zeros([0, 4]), defaults).ToArray<long>());
    }

    [Theory]
    [InlineData("ssd300_vgg16", 300)]
    [InlineData("ssdlite320_mobilenet_v3_large", 320)]
    public void Default_boxes_are_torchvisions(string id, int side)
    {
        using var scope = new TensorScope();
        JsonElement golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(ParityGolden.Folder, "..", "onestage", "default_boxes.json")))
            .RootElement.GetProperty(id);
        Tensor[] maps = [.. golden.GetProperty("maps").EnumerateArray().Select(m => Tensor.Zeros([1, 1, m[1].GetInt64(), m[2].GetInt64()]))];
        using Detector model = Fovea.Weights.ModelZoo.FindDetector(id).Create(2, new());
        SsdOptions options = ((Ssd)model).Options;
        using var generator = new DefaultBoxGenerator(options.AspectRatios, options.Scales, options.Steps);
        Tensor boxes = generator.Generate(maps, new ImageSize(side, side));
        Assert.Equal(golden.GetProperty("count").GetInt64(), boxes.Size(0));
        float[] all = boxes.ToArray<float>();
        int row = 0;
        foreach (JsonElement expected in golden.GetProperty("every_97th").EnumerateArray())
        {
            for (int i = 0; i < 4; i++) Assert.Equal(expected[i].GetSingle(), all[4 * 97 * row + i], 1e-3);
            row++;
        }
        Assert.True(row > 20);
        Assert.True(boxes.ElementsEqual(generator.Generate(maps, new ImageSize(side, side))));
    }

    [Fact]
    public void Default_boxes_need_numbers_for_every_map() =>
        Assert.Contains("one more scale", Assert.Throws<ArgumentException>(() => new DefaultBoxGenerator([[2f], [2f]], [0.1, 0.2], null)).Message);
}
