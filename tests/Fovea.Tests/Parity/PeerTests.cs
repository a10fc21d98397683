using Fovea.Detection;
using Fovea.Inference.Verification;
using Fovea.Weights;
using Xunit.Abstractions;

namespace Fovea.Tests.Parity;

/// <summary>torchvision's Faster R-CNN at full size, run here and now, with weights saved by torch.</summary>
public sealed class PeerTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-peer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [PeerFact]
    public void PredictionsOfLandscapeAndPortraitAtFullSize() =>
        Compare("predict", "--body", "resnet50", "--sizes", "480x640,500x375", "--first", "20");

    [PeerFact]
    public void PredictionsWithFrozenBatchNormAtFullSize() =>
        Compare("predict", "--body", "resnet50", "--frozen", "--sizes", "427x640", "--first", "22");

    [PeerFact]
    public void LossesAndGradientsAtFullSize() =>
        Compare("losses", "--body", "resnet50", "--sizes", "375x500", "--first", "23", "--objects", "4",
            "--gradients", "body.conv1.weight,layer1.0.conv2.weight,layer4.2.conv3.weight,inner_blocks.3.0.weight,rpn.head.conv.0.0.weight,fc7.weight,bbox_pred.weight");

    private void Compare(params string[] arguments)
    {
        string weights = Path.Combine(_folder, "weights.pth"), reference = Path.Combine(_folder, "reference.safetensors");
        Peer.MakeReference([.. arguments, "--weights", weights, "--out", reference]);
        using Detector model = DetectorWeights.Load(ModelZoo.FindDetector("fasterrcnn_resnet50_fpn"), weights, new DetectorSettings { SampleAll = true });
        VerificationReport report = DetectorVerification.Run(model, DetectorReference.Load(reference), new VerificationOptions { Gradients = true });
        foreach (TensorComparison c in report.Comparisons) output.WriteLine($"{c.Name}: {c.Absolute:g3} absolute, {c.Relative:g3} relative {c.Note}");
        Assert.All(report.Comparisons, c => Assert.True(c.Passed, $"{c.Name} differs by {c.Absolute:g3}, relative {c.Relative:g3} {c.Note}"));
    }
}
