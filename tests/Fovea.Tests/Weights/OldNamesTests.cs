using System.Text.Json;
using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

public sealed class OldNamesTests
{
    /// <summary>Where torchvision's own loading leads: tests/goldens/weights/make_old_names.py.</summary>
    [Fact]
    public void NamesLeadWhereTorchvisionLeadsThem()
    {
        var golden = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(File.ReadAllText(GoldenPath()))!;
        Assert.Equal(6, golden.Count);
        foreach ((string model, Dictionary<string, string> names) in golden)
        {
            foreach ((string old, string today) in names)
            {
                Assert.Equal(today, OldNames.Today(model, old));
                Assert.Equal(today, OldNames.Today(model, today));
                Assert.Equal(old, OldNames.Today("alexnet", old));
            }
        }
    }

    private static string GoldenPath()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(folder.FullName, "tests", "goldens")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No tests/goldens above {AppContext.BaseDirectory}.");
        return Path.Combine(folder.FullName, "tests", "goldens", "weights", "old_names.json");
    }

    [Theory]
    [InlineData("fcos_resnet50_fpn", "head.classification_head.conv.0.weight")]    // three layers a step there, not two
    [InlineData("ssd300_vgg16", "head.classification_head.conv.0.weight")]
    [InlineData("resnet50", "layer1.0.conv1.weight")]
    [InlineData("densenet121", "features.transition1.norm.weight")]
    [InlineData("densenet121", "features.denseblock1.denselayer1.norm.3.weight")]
    public void OtherNamesStay(string model, string name) => Assert.Equal(name, OldNames.Today(model, name));

    [Fact]
    public void ADetectorLoadsFromAFileOfOldNames()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("fovea-old-").FullName, "old.safetensors");
        DetectorEntry entry = ModelZoo.FindDetector("fasterrcnn_resnet18_fpn");
        var small = new DetectorSettings { PyramidChannels = 4, HeadWidth = 8 };
        using var generator = new Generator(3);
        using Detector saved = entry.Create(3, small, generator);
        SafetensorsEntry[] old = [.. saved.StateDict().Select(state => SafetensorsEntry.FromTensor(
            state.Name.Replace("_blocks.0.0.", "_blocks.0.").Replace("rpn.head.conv.0.0.", "rpn.head.conv."), state.Value))];
        Assert.Equal(6, old.Select(tensor => tensor.Name).Except(saved.StateDict().Select(state => state.Name)).Count());
        SafetensorsWriter.Write(path, old);
        using Detector loaded = DetectorWeights.Load(entry, path, small);
        foreach (((string name, Tensor a), (_, Tensor b)) in saved.StateDict().Zip(loaded.StateDict()))
            Assert.True(a.ElementsEqual(b), name);

        // An old name beside today's is no alias of it.
        SafetensorsWriter.Write(path, saved.StateDict().Select(state => SafetensorsEntry.FromTensor(state.Name, state.Value))
            .Append(old.First(tensor => tensor.Name == "rpn.head.conv.bias")));
        Assert.Equal(["rpn.head.conv.bias"],
            Assert.Throws<StateMismatchException>(() => DetectorWeights.Load(entry, path, small)).Unexpected);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
