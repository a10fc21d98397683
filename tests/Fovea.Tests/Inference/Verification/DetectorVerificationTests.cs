using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Inference.Verification;
using Fovea.Structures;
using Fovea.Tests.Parity;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Inference.Verification;

/// <summary>Runs alone: one test counts the live tensors of the whole process.</summary>
[CollectionDefinition(nameof(DetectorVerificationTests), DisableParallelization = true)]
[Collection(nameof(DetectorVerificationTests))]
public sealed class DetectorVerificationTests : IDisposable
{
    private static readonly (int Height, int Width)[] Sizes = [(40, 56), (50, 36)];

    private static readonly ImageSize Apart = FindSizeApart();

    private readonly Detector _model = SmallDetector.Create();

    public void Dispose() => _model.Dispose();

    [Fact]
    public void AModelMeetsItself()
    {
        VerificationReport report = DetectorVerification.Run(_model, Reference().Load(), new VerificationOptions { RelativeTolerance = 0, AbsoluteTolerance = 0 });
        Assert.Equal(["boxes.0", "scores.0", "labels.0", "boxes.1", "scores.1", "labels.1"], report.Comparisons.Select(c => c.Name));
        Assert.All(report.Comparisons, c => Assert.True(c is { Passed: true, Absolute: 0 } && c.Shape[0] > 3, c.ToString()));
    }

    [Theory]
    [InlineData(ScaleRounding.Float32)]
    [InlineData(ScaleRounding.Float64)]
    public void EitherRoundingOfSizesIsFound(ScaleRounding rounding)
    {
        DetectionTransform own = _model.Transform, other = own with { Rounding = ScaleRounding.Float64 };
        Assert.NotEqual(own.ResizedSize(Apart), other.ResizedSize(Apart));
        ReferenceFile reference = Reference([(Apart.Height, Apart.Width)], own with { Rounding = rounding });
        VerificationReport report = DetectorVerification.Run(_model, reference.Load());
        Assert.Equal((true, rounding), (report.Passed, report.Rounding));
    }

    [Fact]
    public void OtherValuesFailAlone()
    {
        Detections found = Predict()[1];
        float[] scores = [.. found.Scores.Select(score => score * 0.999f)];
        VerificationReport report = DetectorVerification.Run(_model, Reference().Set("scores.1", [scores.Length], scores).Load());
        Assert.Equal(["scores.1"], report.Comparisons.Where(c => !c.Passed).Select(c => c.Name));
        Assert.False(report.Passed);
    }

    [Fact]
    public void AnotherNumberOfDetectionsFailsAndSaysHowManyAgree()
    {
        ReferenceFile reference = Reference().Set("boxes.0", [1, 4], new float[4]).Set("scores.0", [1], [Predict()[0].Scores[0]]).SetLabels("labels.0", [1], 1);
        TensorComparison[] failed = [.. DetectorVerification.Run(_model, reference.Load()).Comparisons.Where(c => !c.Passed)];
        Assert.Equal(["boxes.0", "scores.0", "labels.0"], failed.Select(c => c.Name));
        Assert.All(failed, c => Assert.Equal($"the model found {Predict()[0].Count}, not 1; the first 1 scores agree", c.Note));

        reference.Set("scores.0", [1], [0.99f]);
        Assert.Contains(DetectorVerification.Run(_model, reference.Load()).Comparisons,
            c => c.Note!.EndsWith($"not 1; the first 0 scores agree, then {Predict()[0].Scores[0]:g5} stands for 0.99"));
    }

    [Fact]
    public void UnknownLossesAndParametersFailByName()
    {
        ReferenceFile reference = WithTarget(Reference()).Set("loss.loss_mask", [], [1f])
            .Set("grad.rpn.head.nothing", [1], [0f]).Set("grad.loss_mask.rpn.head.cls_logits.bias", [3], new float[3])
            .Set("grad.rpn.head.cls_logits.bias", [4], new float[4]);
        TensorComparison[] failed = [.. DetectorVerification.Run(_model, reference.Load(), new VerificationOptions { Gradients = true }).Comparisons.Where(c => !c.Passed)];
        Assert.Contains("it has loss_classifier", failed.Single(c => c.Name == "loss.loss_mask").Note);
        Assert.Equal("the model has no such trainable parameter", failed.Single(c => c.Name == "grad.rpn.head.nothing").Note);
        Assert.Equal("the model has no such loss", failed.Single(c => c.Name == "grad.loss_mask.rpn.head.cls_logits.bias").Note);
        Assert.Contains("float32[3]", failed.Single(c => c.Name == "grad.rpn.head.cls_logits.bias").Note);
    }

    [Fact]
    public void GradientsAreComparedOnlyWhenAsked()
    {
        DetectorReference reference = WithTarget(Reference()).Set("grad.rpn.head.cls_logits.bias", [3], [9f, 9, 9]).Load();
        Assert.DoesNotContain(DetectorVerification.Run(_model, reference).Comparisons, c => c.Name.StartsWith("grad.", StringComparison.Ordinal));
        TensorComparison gradient = DetectorVerification.Run(_model, reference, new VerificationOptions { Gradients = true }).Comparisons[^1];
        Assert.True(gradient is { Name: "grad.rpn.head.cls_logits.bias", Passed: false });
    }

    [Fact]
    public void ALabelThatTheModelLacksIsAnError()
    {
        DetectorReference reference = WithTarget(Reference(), label: SmallDetector.ClassCount).Load();
        var error = Assert.Throws<ArgumentException>(() => DetectorVerification.Run(_model, reference));
        Assert.Contains($"the label {SmallDetector.ClassCount}", error.Message);
    }

    [Fact]
    public void NothingStaysBehind()
    {
        DetectorReference reference = WithTarget(Reference()).Set("grad.rpn.head.cls_logits.bias", [3], new float[3]).Load();
        var options = new VerificationOptions { Gradients = true };
        DetectorVerification.Run(_model, reference, options);
        Collect();
        long before = Tensor.LiveCount;
        float[] running = _model.NamedBuffers().First().Buffer.ToArray<float>();
        DetectorVerification.Run(_model, reference, options);
        Assert.Equal(before, Tensor.LiveCount);
        Assert.True(_model.Training);
        Assert.All(_model.Parameters(), parameter => Assert.Null(parameter.Grad));
        Assert.Equal(running, _model.NamedBuffers().First().Buffer.ToArray<float>());
    }

    // A size near 40 x 50 that the two roundings resize apart.
    private static ImageSize FindSizeApart() => Enumerable.Range(30, 40).Select(side => new ImageSize(side, side + 10)).First(size =>
        new DetectionTransform { MinSize = 64, MaxSize = 96 }.ResizedSize(size) !=
        new DetectionTransform { MinSize = 64, MaxSize = 96, Rounding = ScaleRounding.Float64 }.ResizedSize(size));

    // Tensors of earlier tests without a scope are freed by the collector, which must not happen between two counts.
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private ReferenceFile Reference() => Reference(Sizes, _model.Transform);

    private ReferenceFile Reference((int Height, int Width)[] sizes, DetectionTransform transform)
    {
        var reference = new ReferenceFile();
        Detections[] found = Predict(sizes, transform);
        for (int i = 0; i < found.Length; i++)
        {
            int count = found[i].Count;
            reference.Set($"image.{i}", [3, sizes[i].Height, sizes[i].Width], FormulaPictures.Pixels(i, sizes[i].Height, sizes[i].Width))
                .Set($"boxes.{i}", [count, 4], [.. found[i].Boxes.SelectMany(b => new[] { (float)b.X1, (float)b.Y1, (float)b.X2, (float)b.Y2 })])
                .Set($"scores.{i}", [count], found[i].Scores)
                .SetLabels($"labels.{i}", [count], [.. found[i].Categories.Select(category => category + 1L)]);
        }
        return reference;
    }

    private static ReferenceFile WithTarget(ReferenceFile file, long label = 1) => file.Set("loss.loss_classifier", [], [0f])
        .Set("target.boxes.0", [1, 4], [4, 4, 30, 30]).SetLabels("target.labels.0", [1], label)
        .Set("target.boxes.1", [0, 4], []).SetLabels("target.labels.1", [0]);

    private Detections[] Predict() => Predict(Sizes, _model.Transform);

    private Detections[] Predict((int Height, int Width)[] sizes, DetectionTransform transform)
    {
        using var scope = new TensorScope();
        _model.Train(false);
        Detections[] found = _model.Predict(transform.Batch(
            [.. sizes.Select((size, i) => Tensor.From(FormulaPictures.Pixels(i, size.Height, size.Width), 3, size.Height, size.Width))]));
        _model.Train(true);
        return found;
    }
}

/// <summary>A narrow detector for small pictures, with the formula's weights.</summary>
internal static class SmallDetector
{
    public const int ClassCount = 21;

    public static Detector Create()
    {
        var settings = new DetectorSettings { MinSize = 64, MaxSize = 96, PyramidChannels = 32, HeadWidth = 64, SampleAll = true };
        Detector model = ModelZoo.FindDetector("fasterrcnn_resnet18_fpn").Create(ClassCount, settings, null);
        FormulaWeights.Fill(model);
        return model;
    }
}
