using Fovea.Detection;
using Fovea.Inference.Verification;
using Xunit.Abstractions;

namespace Fovea.Tests.Parity;

/// <summary>Mask R-CNN, Keypoint R-CNN and the younger Faster R-CNNs give torchvision's numbers.</summary>
public class MaskRcnnParityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("fasterrcnn_resnet50_fpn_v2-batch", 9)]
    [InlineData("fasterrcnn_mobilenet_v3_large_fpn-batch", 9)]
    [InlineData("fasterrcnn_mobilenet_v3_large_320_fpn-batch", 6)]
    [InlineData("maskrcnn_resnet50_fpn-batch", 8, "masks.0", "masks.1")]
    [InlineData("maskrcnn_resnet50_fpn_v2-batch", 4, "masks.0")]
    [InlineData("keypointrcnn_resnet50_fpn-batch", 10, "keypoints.0", "keypoints_scores.1")]
    public void FindsWhatTorchvisionFinds(string name, int count, params string[] names)
    {
        VerificationReport report = Verify(name);
        Assert.Equal(count, report.Comparisons.Count);
        Assert.All(names, wanted => Assert.Contains(report.Comparisons, comparison => comparison.Name == wanted));
        Assert.True(report.Comparisons[0].Shape[0] >= 4, "It compares next to nothing.");
    }

    [Theory]
    [InlineData("fasterrcnn_resnet50_fpn_v2-losses", "rpn.head.conv.1.0.bias", "roi_heads.box_head.0.1.weight")]
    [InlineData("maskrcnn_resnet50_fpn-losses", "roi_heads.mask_head.0.0.bias", "roi_heads.mask_predictor.conv5_mask.bias")]   // one picture without objects
    [InlineData("maskrcnn_resnet50_fpn_v2-losses", "roi_heads.mask_head.0.1.bias", "roi_heads.mask_predictor.mask_fcn_logits.bias")]
    [InlineData("keypointrcnn_resnet50_fpn-losses", "roi_heads.keypoint_head.14.bias", "roi_heads.keypoint_predictor.kps_score_lowres.bias")]
    public void HasTorchvisionsLossesAndGradients(string name, params string[] gradients)
    {
        string[] names = [.. Verify(name).Comparisons.Select(comparison => comparison.Name)];
        Assert.Contains("loss.loss_rpn_box_reg", names);
        if (name.StartsWith("mask", StringComparison.Ordinal)) Assert.Contains("loss.loss_mask", names);
        if (name.StartsWith("keypoint", StringComparison.Ordinal)) Assert.Contains("loss.loss_keypoint", names);
        Assert.All(gradients, gradient => Assert.Contains($"grad.{gradient}", names));
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
