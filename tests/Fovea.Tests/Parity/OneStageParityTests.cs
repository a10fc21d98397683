using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fovea.Detection;
using Fovea.Inference.Verification;
using Fovea.Torch;
using Fovea.Weights;
using Xunit.Abstractions;

namespace Fovea.Tests.Parity;

/// <summary>RetinaNet, FCOS, SSD and SSDLite give torchvision's numbers: tests/goldens/onestage.</summary>
public class OneStageParityTests(ITestOutputHelper output)
{
    private const string Folder = "onestage";

    private static readonly JsonElement States = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(ParityGolden.Folder, "..", Folder, "state_dictionaries.json"))).RootElement;

    [Theory]
    [InlineData("retinanet18-batch", 2)]
    [InlineData("retinanet18-v2-batch", 2)]
    [InlineData("retinanet50-batch", 2)]
    [InlineData("fcos18-batch", 2)]
    [InlineData("fcos50-batch", 2)]
    [InlineData("ssd300-batch", 1)]
    [InlineData("ssdlite320-batch", 2)]
    public void FindsWhatTorchvisionFinds(string name, int pictures)
    {
        VerificationReport report = Verify(name);
        Assert.Equal(3 * pictures, report.Comparisons.Count);
        Assert.All(report.Comparisons, comparison => Assert.True(comparison.Shape[0] >= 5, $"{comparison.Name} compares next to nothing"));
    }

    [Theory]
    [InlineData("retinanet18-losses", 11)]                  // of two pictures, one without objects
    [InlineData("retinanet18-v2-losses", 14)]
    [InlineData("fcos18-losses", 18)]
    [InlineData("ssd300-losses", 12)]
    [InlineData("ssdlite320-losses", 8)]
    public void HasTorchvisionsLossesAndGradients(string name, int least)
    {
        string[] names = [.. Verify(name).Comparisons.Select(comparison => comparison.Name)];
        Assert.Contains("loss.classification", names);
        Assert.Contains("loss.bbox_regression", names);
        Assert.Equal(name.StartsWith("fcos", StringComparison.Ordinal), names.Contains("loss.bbox_ctrness"));
        Assert.InRange(names.Length, least, 100);
    }

    /// <summary>torchvision 0.14.1's documentation counts these for its published weights; those of RetinaNet and FCOS without the 53,120
    /// numbers of batch norm, which is frozen there.</summary>
    [Theory]
    [InlineData("retinanet_resnet50_fpn", 34_068_119)]
    [InlineData("retinanet_resnet50_fpn_v2", 38_198_935)]
    [InlineData("fcos_resnet50_fpn", 32_322_720)]
    [InlineData("ssd300_vgg16", 35_641_826)]
    [InlineData("ssdlite320_mobilenet_v3_large", 3_440_060)]
    public void ParametersAreAsManyAsTorchvisions(string id, long count)
    {
        using Detector model = ModelZoo.FindDetector(id).Create(91, new DetectorSettings());
        Assert.Equal(count, model.ParameterCount());
        PublishedWeights published = PublishedWeights.Find(id, "coco");
        Assert.Contains(published.ParameterCount, (long[])[count, count - 53_120]);
        Assert.Equal(91, published.ClassCount);
        Assert.Equal(count, States.GetProperty(id).GetProperty("parameters").GetInt64());
    }

    /// <summary>Names, shapes and order of the entries, and how far random weights spread: deviations of thousands of numbers, a few per cent
    /// off by chance.</summary>
    [Theory]
    [InlineData("retinanet_resnet18_fpn")]
    [InlineData("retinanet_resnet18_fpn_v2")]
    [InlineData("retinanet_resnet50_fpn")]
    [InlineData("retinanet_resnet50_fpn_v2")]
    [InlineData("fcos_resnet18_fpn")]
    [InlineData("fcos_resnet50_fpn")]
    [InlineData("ssd300_vgg16")]
    [InlineData("ssdlite320_mobilenet_v3_large")]
    public void StateAndStartAreTorchvisions(string id)
    {
        JsonElement golden = States.GetProperty(id);
        using var generator = new Generator(11);
        using Detector model = ModelZoo.FindDetector(id).Create(91, new DetectorSettings(), generator);
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value);
        string[] lines = [.. state.Select(entry => $"{entry.Key} {(entry.Value.Dim == 0 ? "scalar" : string.Join('x', entry.Value.Shape))}\n")];
        Assert.True(golden.GetProperty("sha256").GetString() == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines)))),
            $"torchvision has {golden.GetProperty("entries")} other entries, or an other order, than these {lines.Length}:\n{string.Concat(lines)}");
        foreach (JsonProperty deviation in golden.GetProperty("deviations").EnumerateObject())
        {
            float[] values = state[deviation.Name].ToArray<float>();
            double mean = values.Average(v => (double)v), actual = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
            Assert.True(Math.Abs(actual / deviation.Value.GetDouble() - 1) < 0.07, $"{deviation.Name} spreads by {actual}, torchvision's by {deviation.Value}");
        }
    }

    private VerificationReport Verify(string name)
    {
        var golden = new ParityGolden(name, Folder);
        using Detector model = golden.CreateModel();
        VerificationReport report = DetectorVerification.Run(model, golden.Load(), new VerificationOptions { Gradients = true });
        foreach (TensorComparison c in report.Comparisons) output.WriteLine($"{c.Name}: {c.Absolute:g3} absolute, {c.Relative:g3} relative {c.Note}");
        Assert.All(report.Comparisons, c => Assert.True(c.Passed, $"{c.Name} differs by {c.Absolute:g3}, relative {c.Relative:g3} {c.Note}"));
        return report;
    }
}
