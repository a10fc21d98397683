using Fovea.Imaging;
using Fovea.Inference.Verification;
using Fovea.Torch.Serialization;

namespace Fovea.Tests.Inference.Verification;

public class DetectorReferenceTests
{
    [Fact]
    public void ReadsEverything()
    {
        DetectorReference reference = ReferenceFile.Valid().Set("grad.loss_classifier.head.bias", [1], [3f]).Load();
        Assert.Equal(new ImageSize(4, 6), Assert.Single(reference.Images).Size);
        ExpectedDetections found = Assert.Single(reference.Detections!);
        Assert.Equal([0.9f, 0.5f], found.Scores);
        Assert.Equal([1L, 2], found.Labels);
        Assert.Equal([0f, 0, 2, 2, 1, 1, 5, 3], found.Boxes);
        Assert.Equal([1f, 1, 5, 3], Assert.Single(reference.Targets!).Boxes);
        Assert.Equal(0.5f, reference.Losses["loss_classifier"]);
        Assert.Equal([("head.bias", null), ("head.bias", "loss_classifier")], reference.Gradients.Select(g => (g.Parameter, g.Loss)).OrderBy(g => g.Loss));
    }

    [Fact]
    public void OutputsAloneOrLossesAloneAreEnough()
    {
        Assert.Null(ReferenceFile.Valid().Without("target.boxes.0", "target.labels.0", "loss.loss_classifier", "grad.head.bias").Load().Targets);
        Assert.Null(ReferenceFile.Valid().Without("boxes.0", "scores.0", "labels.0").Load().Detections);
    }

    [Fact]
    public void APictureMayHoldNothing()
    {
        DetectorReference reference = ReferenceFile.Valid().Set("boxes.0", [0, 4], []).Set("scores.0", [0], []).SetLabels("labels.0", [0])
            .Set("target.boxes.0", [0, 4], []).SetLabels("target.labels.0", [0]).Load();
        Assert.Equal((0, 0), (reference.Detections![0].Count, reference.Targets![0].Labels.Length));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void FaultsAreNamed(string _, ReferenceFileChange change, string message)
    {
        var error = Assert.Throws<TensorFileException>(() => change(ReferenceFile.Valid()));
        Assert.Contains(message, error.Message);
    }

    /// <summary>Changes a valid file and loads it.</summary>
    public delegate void ReferenceFileChange(object file);

    public static IEnumerable<object[]> Faults()
    {
        yield return Fault("no picture", f => f.Without("image.0"), "no image.0");
        yield return Fault("nothing to compare", f => f.Without("boxes.0", "scores.0", "labels.0", "target.boxes.0", "target.labels.0", "loss.loss_classifier", "grad.head.bias"), "nothing to compare with");
        yield return Fault("labels missing", f => f.Without("labels.0"), "'labels.0' is missing: it should be Int64 [2]");
        yield return Fault("second picture without results", f => f.Set("image.1", [3, 1, 1], new float[3]), "'scores.1' is missing");
        yield return Fault("results without a picture", f => f.Set("boxes.1", [0, 4], []), "'boxes.1' is not expected");
        yield return Fault("picture of 1 channel", f => f.Set("image.0", [1, 4, 6], new float[24]), "'image.0' is Float32 [1, 4, 6], but should be Float32 [3, any, any]");
        yield return Fault("empty picture", f => f.Set("image.0", [3, 0, 6], []), "an empty picture");
        yield return Fault("pixels to 255", f => f.Set("image.0", [3, 1, 1], [0, 255, 3]), "holds 255, but pixels lie in 0..1");
        yield return Fault("pixel not a number", f => f.Set("image.0", [3, 1, 1], [0, float.NaN, 0]), "pixels lie in 0..1");
        yield return Fault("boxes of 5", f => f.Set("boxes.0", [2, 5], new float[10]), "'boxes.0' is Float32 [2, 5], but should be Float32 [2, 4]");
        yield return Fault("fewer boxes than scores", f => f.Set("boxes.0", [1, 4], new float[4]), "but should be Float32 [2, 4]");
        yield return Fault("labels as float", f => f.Set("labels.0", [2], [1f, 2f]), "'labels.0' is Float32 [2], but should be Int64 [2]");
        yield return Fault("label of the background", f => f.SetLabels("labels.0", [2], 1, 0), "holds the label 0");
        yield return Fault("rising scores", f => f.Set("scores.0", [2], [0.5f, 0.9f]), "never rise");
        yield return Fault("score not a number", f => f.Set("scores.0", [2], [float.NaN, 0.1f]), "never rise");
        yield return Fault("target without area", f => f.Set("target.boxes.0", [1, 4], [1, 1, 1, 3]), "with an area");
        yield return Fault("target outside", f => f.Set("target.boxes.0", [1, 4], [1, 1, 7, 3]), "inside the picture of 4 x 6");
        yield return Fault("target not a number", f => f.Set("target.boxes.0", [1, 4], [1, 1, float.NaN, 3]), "with an area");
        yield return Fault("losses without targets", f => f.Without("target.boxes.0", "target.labels.0"), "'target.boxes.0' is missing");
        yield return Fault("targets without losses", f => f.Without("loss.loss_classifier", "grad.head.bias"), "no loss.NAME");
        yield return Fault("gradients without losses", f => f.Without("target.boxes.0", "target.labels.0", "loss.loss_classifier"), "gradients but no targets");
        yield return Fault("loss with a dimension", f => f.Set("loss.loss_classifier", [1], [1f]), "'loss.loss_classifier' is Float32 [1], but should be Float32 []");
        yield return Fault("masks of another size", f => f.Set("masks.0", [0, 4, 6], []), "'masks.0' is Float32 [0, 4, 6], but should be Float32 [");
        yield return Fault("a segmenter's", f => f.Set("out", [1], [0f]), "classifier's or segmenter's");
        yield return Fault("misspelt", f => f.Set("score.0", [1], [0f]), "'score.0' is not expected. Known are");
    }

    private static object[] Fault(string name, Func<ReferenceFile, ReferenceFile> change, string message) =>
        [name, (ReferenceFileChange)(file => change((ReferenceFile)file).Load()), message];
}
