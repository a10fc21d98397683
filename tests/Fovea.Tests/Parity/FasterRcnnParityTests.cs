using Fovea.Detection;
using Fovea.Inference.Verification;
using Xunit.Abstractions;

namespace Fovea.Tests.Parity;

/// <summary>Faster R-CNN gives torchvision's numbers.</summary>
public class FasterRcnnParityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("resnet50-landscape", 1)]
    [InlineData("resnet50-portrait", 1)]
    [InlineData("resnet50-square", 1)]
    [InlineData("resnet50-batch", 3)]
    [InlineData("resnet50-frozen-batch", 3)]
    [InlineData("resnet18-landscape", 1)]
    [InlineData("resnet18-portrait", 1)]
    [InlineData("resnet18-square", 1)]
    [InlineData("resnet18-batch", 3)]
    [InlineData("resnet34-batch", 3)]
    [InlineData("resnet101-batch", 3)]
    public void FindsWhatTorchvisionFinds(string name, int pictures)
    {
        VerificationReport report = Verify(name);
        Assert.Equal(3 * pictures, report.Comparisons.Count);
        Assert.All(report.Comparisons, comparison => Assert.True(comparison.Shape[0] >= 10, $"{comparison.Name} compares next to nothing"));
    }

    [Theory]
    [InlineData("resnet50-losses", "grad.")]                              // two pictures, one without objects
    [InlineData("resnet18-frozen-losses", "grad.")]
    [InlineData("resnet18-each-loss", "grad.loss_classifier.", "grad.loss_box_reg.", "grad.loss_objectness.", "grad.loss_rpn_box_reg.")]
    public void HasTorchvisionsLossesAndGradients(string name, params string[] prefixes)
    {
        string[] names = [.. Verify(name).Comparisons.Select(comparison => comparison.Name)];
        foreach (string loss in (string[])["loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg"])
            Assert.Contains($"loss.{loss}", names);
        foreach (string prefix in prefixes)
            foreach (string part in (string[])["backbone.body.", "backbone.fpn."])
                Assert.Contains(names, n => n.StartsWith(prefix + part, StringComparison.Ordinal));
        foreach (string part in (string[])["rpn.head.", "roi_heads.box_head.", "roi_heads.box_predictor."])
            Assert.Contains(names, n => n.StartsWith("grad.", StringComparison.Ordinal) && n.Contains(part, StringComparison.Ordinal));
    }

    private VerificationReport Verify(string name)
    {
        var golden = new ParityGolden(name);
        using Detector model = golden.CreateModel();
        VerificationReport report = DetectorVerification.Run(model, golden.Load(), new VerificationOptions { Gradients = true });
        foreach (TensorComparison c in report.Comparisons) output.WriteLine($"{c.Name}: {c.Absolute:g3} absolute, {c.Relative:g3} relative {c.Note}");
        Assert.All(report.Comparisons, c => Assert.True(c.Passed, $"{c.Name} differs by {c.Absolute:g3}, relative {c.Relative:g3} {c.Note}"));
        return report;
    }
}
