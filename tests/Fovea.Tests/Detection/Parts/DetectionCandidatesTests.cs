using Fovea.Detection.Parts;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Detection.Parts;

public class DetectionCandidatesTests
{
    // The second box covers half of the first, of the same class; the third lies apart.
    private static DetectionCandidates Three(Tensor? confidence = null) => new(
        new Boxes(Tensor.From<float>([0, 0, 10, 10, 0, 0, 10, 6, 20, 20, 30, 30], 3, 4)), Tensor.From([0.9f, 0.8f, 0.3f], 3),
        Tensor.From([1L, 1, 1], 3), confidence);

    [Theory]
    [InlineData(Suppression.Hard, new[] { 0.9f, 0.3f })]
    [InlineData(Suppression.SoftLinear, new[] { 0.9f, 0.32f, 0.3f })]
    [InlineData(Suppression.SoftGaussian, new[] { 0.9f, 0.38940f, 0.3f })]        // 0.8 exp(-0.36 / 0.5)
    public void Each_kind_leaves_its_scores(Suppression kind, float[] expected)
    {
        using var scope = new TensorScope();
        float[] scores = Three().Select(new SelectionOptions { Suppression = kind }).Scores.ToArray<float>();
        Assert.Equal(expected.Length, scores.Length);
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Fact]
    public void A_score_that_fell_below_the_threshold_is_dropped_and_so_is_a_surplus()
    {
        using var scope = new TensorScope();
        var soft = new SelectionOptions { Suppression = Suppression.SoftGaussian, ScoreThreshold = 0.35 };
        Assert.Equal(2, Three().Select(soft).Count);
        Assert.Equal(1, Three().Select(soft with { ScoreThreshold = 0.39 }).Count);
        Assert.Equal(1, Three().Select(soft with { DetectionsPerImage = 1 }).Count);
        Assert.Equal(1, Three().Select(new SelectionOptions { DetectionsPerImage = 1 }).Count);
    }

    [Fact]
    public void Confidence_chooses_the_box_and_is_needed_for_it()
    {
        using var scope = new TensorScope();
        var guided = new SelectionOptions { Suppression = Suppression.IouGuided };
        DetectionCandidates kept = Three(Tensor.From([0.5f, 0.6f, 0.1f], 3)).Select(guided);
        Assert.Equal([0, 0, 10, 6, 20, 20, 30, 30], kept.Boxes.Tensor.ToArray<float>());
        Assert.Equal([0.9f, 0.3f], kept.Scores.ToArray<float>());
        Assert.Equal([0.6f, 0.1f], kept.Confidence!.ToArray<float>());
        Assert.Contains("does not tell", Assert.Throws<ArgumentException>(() => Three().Select(guided)).Message);
    }

    [Fact]
    public void Settings_reach_the_selection_and_detectors_without_confidence_refuse_to_follow_it()
    {
        DetectorEntry entry = ModelZoo.FindDetector("fasterrcnn_resnet18_fpn");
        var settings = new DetectorSettings { Suppression = Suppression.SoftGaussian, NmsSigma = 0.3, NmsThreshold = 0.4 };
        entry.Family.Expect(entry.Id, settings);
        SelectionOptions selection = settings.Change(new SelectionOptions());
        Assert.Equal((Suppression.SoftGaussian, 0.3, 0.4), (selection.Suppression, selection.NmsSigma, selection.NmsThreshold));
        Assert.Contains("fasterrcnn_resnet18_fpn does not tell how well its boxes lie", Assert.Throws<ArgumentException>(
            () => entry.Family.Expect(entry.Id, new DetectorSettings { Suppression = Suppression.IouGuided })).Message);
        DetectorEntry single = ModelZoo.FindDetector("localizer_resnet18");
        Assert.Contains("Suppression is set", Assert.Throws<ArgumentException>(() => single.Family.Expect(single.Id, settings with { NmsThreshold = null })).Message);
    }
}
