using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fovea.Detection;
using Fovea.Weights;

namespace Fovea.Tests.Parity;

/// <summary>Names, shapes and order of the state dictionaries are torchvision's, so that weights of either load into the other.</summary>
public class StateDictionaryTests
{
    [Theory]
    [InlineData("fasterrcnn_resnet18_fpn", false)]
    [InlineData("fasterrcnn_resnet18_fpn", true)]
    [InlineData("fasterrcnn_resnet34_fpn", false)]
    [InlineData("fasterrcnn_resnet34_fpn", true)]
    [InlineData("fasterrcnn_resnet50_fpn", false)]
    [InlineData("fasterrcnn_resnet50_fpn", true)]
    [InlineData("fasterrcnn_resnet101_fpn", false)]
    [InlineData("fasterrcnn_resnet101_fpn", true)]
    [InlineData("fasterrcnn_resnet50_fpn_v2", false)]
    [InlineData("fasterrcnn_mobilenet_v3_large_fpn", false)]
    [InlineData("fasterrcnn_mobilenet_v3_large_320_fpn", false)]
    [InlineData("maskrcnn_resnet50_fpn", false)]
    [InlineData("maskrcnn_resnet50_fpn_v2", false)]
    [InlineData("keypointrcnn_resnet50_fpn", false)]
    public void EntriesAreTorchvisions(string id, bool frozen)
    {
        using JsonDocument goldens = JsonDocument.Parse(File.ReadAllText(Path.Combine(ParityGolden.Folder, "state_dictionaries.json")));
        JsonElement golden = goldens.RootElement.GetProperty(frozen ? $"{id} frozen" : id);
        using Detector model = Create(id, frozen);
        string[] lines = [.. model.StateDict().Select(entry => $"{entry.Name} {(entry.Value.Dim == 0 ? "scalar" : string.Join('x', entry.Value.Shape))}\n")];
        Assert.Equal(golden.GetProperty("entries").GetInt32(), lines.Length);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
        Assert.True(golden.GetProperty("sha256").GetString() == sha256,
            $"'make_reference.py keys' prints other lines than these:\n{string.Concat(lines)}");
    }

    // torchvision's documentation counts 41,755,286 parameters: those of its published weights, whose batch norm is frozen and has none.
    [Theory]
    [InlineData(true, 41_755_286)]
    [InlineData(false, 41_808_406)]
    public void ParametersAreAsManyAsTorchvisions(bool frozen, long count)
    {
        using Detector model = Create("fasterrcnn_resnet50_fpn", frozen);
        Assert.Equal(count, model.ParameterCount());
    }

    private static Detector Create(string id, bool frozen) => ModelZoo.FindDetector(id).Create(91, new DetectorSettings { FrozenBatchNorm = frozen }, null);
}
