using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

/// <summary>What every segmentation network of the model zoo keeps to; for the smallest one of each paper.</summary>
public class SegmenterContractTests
{
    private const int Classes = 13;                     // as many as no other layer has outputs

    /// <summary>The first of each paper: list the smallest one first.</summary>
    public static TheoryData<string> Ids =>
        [.. ModelZoo.Segmenters.GroupBy(entry => entry.Paper).Select(group => group.First().Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void TensorsBelongToOneStageOrToTheHeads(string id)
    {
        using Segmenter model = Create(id), other = Create(id, Classes + 1);
        foreach ((string name, _) in model.StateDict())
            Assert.True(model.Stages.Count(stage => stage.Owns(name)) <= 1, $"{name} is in several stages");
        foreach (((string name, Tensor value), (_, Tensor more)) in model.StateDict().Zip(other.StateDict()))
        {
            bool byClass = model.ClassLayers.Any(layer => name.StartsWith(layer, StringComparison.Ordinal));
            Assert.True(byClass || value.Shape.SequenceEqual(more.Shape), $"{name} depends on the classes, but ClassLayers does not name it");
        }
        Assert.All(model.ClassLayers.Take(1), layer =>
            Assert.Contains(model.StateDict(), entry => entry.Name.StartsWith(layer, StringComparison.Ordinal)));
        Assert.Contains(model.Stages, stage => stage.Parts.Count > 0);
    }

    /// <summary>Any size goes in, and scores of that size come out, in training and at prediction.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void ScoresHaveThePicturesSize(string id)
    {
        using var noGrad = new NoGrad();
        using Segmenter model = Create(id);
        foreach ((int height, int width) in ((int, int)[])[(37, 53), (64, 32), (1, 1)])
        {
            using var scope = new TensorScope();
            using var generator = new Generator(3);
            Tensor images = Tensor.Randn([2, 3, height, width], generator);
            model.Train(false);
            Tensor scores = model.Forward(images);
            Assert.Equal([2, Classes, height, width], scores.Shape);
            Assert.True(double.IsFinite(scores.Abs().Max().Item()));
            Tensor[] all = model.ForwardWithAuxiliary(images);
            Assert.Equal(1 + model.AuxiliaryWeights.Count, all.Length);
            Assert.All(all, map => Assert.Equal([2, Classes, height, width], map.Shape));
            Assert.InRange((all[0] - scores).Abs().Max().Item(), 0, 1e-4 * Math.Max(1, scores.Abs().Max().Item()));
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void EveryParameterGetsAGradient(string id)
    {
        using var scope = new TensorScope();
        using Segmenter model = Create(id);
        using var generator = new Generator(5);
        Tensor images = Tensor.Randn([2, 3, 64, 96], generator);
        Tensor loss = Tensor.Scalar(0f);
        foreach (Tensor scores in model.ForwardWithAuxiliary(images)) loss = loss + (scores * Tensor.Randn(scores.Shape, generator)).Mean();
        loss.Backward();
        foreach ((string name, Tensor parameter) in model.NamedParameters())
        {
            Assert.True(parameter.Grad is not null, $"{name} has no gradient");
            float greatest = (float)parameter.Grad.Abs().Max().Item();
            Assert.True(greatest > 0 && float.IsFinite(greatest), $"the gradient of {name} reaches to {greatest}");
        }
    }

    /// <summary>Nothing is left to chance.</summary>
    private static Segmenter Create(string id, int classes = Classes)
    {
        using var generator = new Generator(1);
        SegmenterEntry entry = ModelZoo.FindSegmenter(id);
        return entry.Create(classes,
            new SegmenterSettings { Dropout = entry.Settings.Contains(nameof(SegmenterSettings.Dropout)) ? 0 : null }, generator);
    }
}
