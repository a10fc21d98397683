using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

/// <summary>Files of one-stage detectors, and of networks that they start from.</summary>
public sealed class OneStageWeightsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-onestage-").FullName;

    private string FilePath => Path.Combine(_folder, "weights.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Detector Model(string id, int classCount, DetectorSettings settings, ulong seed = 3)
    {
        using var generator = new Generator(seed);
        return ModelZoo.FindDetector(id).Create(classCount, settings, generator);
    }

    private static DetectorSettings Small(string id) => id.StartsWith("ssd", StringComparison.Ordinal) ? new() : new() { PyramidChannels = 32 };

    [Theory]
    [InlineData("retinanet_resnet18_fpn")]
    [InlineData("retinanet_resnet18_fpn_v2")]
    [InlineData("fcos_resnet18_fpn")]
    [InlineData("ssd300_resnet18")]
    [InlineData("ssd300_vgg16")]
    [InlineData("ssd512_vgg16")]
    [InlineData("ssdlite320_mobilenet_v3_large")]
    public void Classes_come_from_the_file_and_everything_loads(string id)
    {
        using Detector saved = Model(id, 4, Small(id));
        saved.SaveState(FilePath);
        using Detector loaded = DetectorWeights.Load(ModelZoo.FindDetector(id), FilePath, Small(id));
        Assert.Equal(4, loaded.ClassCount);
        foreach (((string name, Tensor a), (_, Tensor b)) in saved.StateDict().Zip(loaded.StateDict())) Assert.True(a.ElementsEqual(b), name);
        DetectorFamily family = ModelZoo.FindDetector(id).Family;
        Dictionary<string, Tensor> state = saved.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value);
        Assert.All(family.Lengths(Small(id)), entry => Assert.Equal([entry.Length], state[entry.Name].Shape));
        // What a new head starts anew is all that depends on the classes, and no more.
        using Detector other = Model(id, 6, Small(id));
        string[] differing = [.. other.StateDict().Where(entry => !entry.Value.Shape.SequenceEqual(state[entry.Name].Shape)).Select(entry => entry.Name)];
        Assert.NotEmpty(differing);
        Assert.All(differing, name => Assert.Contains(family.ClassLayers, part => name.StartsWith(part, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("retinanet_resnet18_fpn", "resnet18", "stem layer1 layer2 layer3 layer4", "fc.bias fc.weight", 120)]
    [InlineData("ssd300_resnet18", "resnet18", "stem layer1 layer2 layer3 layer4", "fc.bias fc.weight", 120)]
    [InlineData("ssd300_vgg16", "vgg16", "block1 block2 block3 block4 block5", "classifier.0.bias", 26)]
    public void The_backbone_is_the_classifiers_wherever_its_layers_are(string id, string network, string stages, string leftOut, int tensors)
    {
        using var generator = new Generator(11);
        using Backbone classifier = ModelZoo.FindClassifier(network).Create(new BackboneOptions(), generator);
        using var scope = new TensorScope();
        string[] head = leftOut.Split(' ');
        SafetensorsWriter.Write(FilePath, [
            .. classifier.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)),
            .. head.Select(name => SafetensorsEntry.FromTensor(name, Tensor.Ones([3])))]);
        using Detector model = Model(id, 3, Small(id)), before = Model(id, 3, Small(id));
        (IReadOnlyList<string> loaded, IReadOnlyList<string> left) = BackboneWeights.Load(model, ModelZoo.FindDetector(id), FilePath);
        Assert.Equal(stages.Split(' '), loaded);
        Assert.Equal(head, left.Order());
        int changed = 0;
        HashSet<string> stageParts = [];
        foreach (((string name, Tensor now), (_, Tensor then)) in model.StateDict().Zip(before.StateDict()))
        {
            if (!model.Stages.Where(stage => loaded.Contains(stage.Name)).Any(stage => stage.Owns(name))) Assert.True(now.ElementsEqual(then), name);
            else
            {
                changed++;
                stageParts.Add(name);
            }
        }
        Assert.Equal((tensors, tensors), (changed, stageParts.Count));
        Tensor last = classifier.StateDict().Last(entry => entry.Name.EndsWith(".weight", StringComparison.Ordinal)).Value;
        Assert.Contains(model.StateDict(), entry => stageParts.Contains(entry.Name) && entry.Value.Shape.SequenceEqual(last.Shape) && entry.Value.ElementsEqual(last));
    }

    [Fact]
    public void What_a_detector_has_not_cannot_be_set()
    {
        Assert.Contains("FrozenBatchNorm", Assert.Throws<ArgumentException>(() => Model("ssd300_vgg16", 3, new() { FrozenBatchNorm = true })).Message);
        Assert.Contains("HeadWidth", Assert.Throws<ArgumentException>(() => Model("fcos_resnet18_fpn", 3, new() { HeadWidth = 8 })).Message);
    }

    [Fact]
    public void The_size_that_is_asked_for_is_the_size_of_all_pictures()
    {
        using Detector model = Model("ssd300_resnet18", 3, new() { MinSize = 272, MaxSize = 320, DetectionsPerImage = 7 });
        Assert.Equal(new(272, 320), model.Transform.FixedSize);
        Assert.Equal(7, model.DetectionsPerImage);
    }
}
