using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

public sealed class BackboneWeightsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-backbone-").FullName;

    private string FilePath => Path.Combine(_folder, "resnet.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Backbone Classifier(string id)
    {
        using var generator = new Generator(11);
        return ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = 7 }, generator);
    }

    private static Detector Model(DetectorEntry entry, DetectorSettings settings)
    {
        using var generator = new Generator(5);
        return entry.Create(3, settings, generator);
    }

    public static TheoryData<string, bool> Detectors => new()
    {
        { "fasterrcnn_resnet18_fpn", false }, { "fasterrcnn_resnet18_fpn", true }, { "localizer_resnet18", false },
    };

    [Theory]
    [MemberData(nameof(Detectors))]
    public void TheBackboneIsTheClassifiersAndTheRestIsAsItWas(string id, bool frozen)
    {
        DetectorEntry entry = ModelZoo.FindDetector(id);
        DetectorSettings settings = entry.Task == "localize" ? new() { MinSize = 64, MaxSize = 64 }
            : new() { PyramidChannels = 4, HeadWidth = 8, FrozenBatchNorm = frozen };
        using Backbone classifier = Classifier("resnet18");
        classifier.SaveState(FilePath);
        using Detector model = Model(entry, settings), before = Model(entry, settings);
        (IReadOnlyList<string> loaded, IReadOnlyList<string> leftOut) = BackboneWeights.Load(model, entry, FilePath);
        Assert.Equal(["stem", "layer1", "layer2", "layer3", "layer4"], loaded);
        Assert.Equal(["fc.bias", "fc.weight"], leftOut.Order());

        Dictionary<string, Tensor> old = before.StateDict().ToDictionary(s => s.Name, s => s.Value);
        Dictionary<string, Tensor> theirs = classifier.StateDict().ToDictionary(s => s.Name, s => s.Value);
        int taken = 0;
        foreach ((string name, Tensor value) in model.StateDict())
        {
            bool isOfBackbone = name.StartsWith(entry.Family.Backbone, StringComparison.Ordinal);
            Assert.True(value.ElementsEqual(isOfBackbone ? theirs[name[entry.Family.Backbone.Length..]] : old[name]), name);
            taken += isOfBackbone ? 1 : 0;
        }
        Assert.Equal(theirs.Count - 2 - (frozen ? 20 : 0), taken);
    }

    [Fact]
    public void AnotherNetworkIsRefusedWithEveryDifference()
    {
        DetectorEntry entry = ModelZoo.FindDetector("fasterrcnn_resnet18_fpn");
        using (Backbone larger = Classifier("resnet34")) larger.SaveState(FilePath);
        var small = new DetectorSettings { PyramidChannels = 4, HeadWidth = 8 };
        using Detector model = Model(entry, small), before = Model(entry, small);
        var error = Assert.Throws<StateMismatchException>(() => BackboneWeights.Load(model, entry, FilePath));
        Assert.Empty(error.Missing);
        Assert.Contains("backbone.body.layer1.2.conv1.weight", error.Unexpected);
        Assert.True(before.StateDict().Zip(model.StateDict(), (a, b) => a.Value.ElementsEqual(b.Value)).All(same => same));
    }

    [Fact]
    public void ACheckpointOfAnotherModelIsRefused()
    {
        DetectorEntry entry = ModelZoo.FindDetector("fasterrcnn_resnet18_fpn");
        using Detector model = Model(entry, new() { PyramidChannels = 4, HeadWidth = 8 });
        Checkpoint.Write(FilePath, model.StateDict(), new Dictionary<string, string>
        {
            [Checkpoint.ModelKey] = entry.Id,
            [Checkpoint.CategoriesKey] = Checkpoint.ToJson(new Category[] { new(1, "cell"), new(2, "crack") }),
        });
        Assert.Contains("a checkpoint of fasterrcnn_resnet18_fpn, not of resnet18, which is the backbone of",
            Assert.Throws<TensorFileException>(() => BackboneWeights.Load(model, entry, FilePath)).Message);
    }

    [Fact]
    public void ATrainingRunStartsFromIt()
    {
        using (Backbone classifier = Classifier("resnet18")) classifier.SaveState(FilePath);
        var told = new List<string>();
        var config = new RunConfig
        {
            Model = "fasterrcnn_resnet18_fpn", WeightsBackbone = FilePath, Detector = new() { PyramidChannels = 4, HeadWidth = 8 },
        };
        using Detector model = DetectorBuilder.Create(config, 3, told.Add);
        Assert.Equal($"From {FilePath}: stem, layer1, layer2, layer3, layer4. Not taken: fc.bias, fc.weight.", Assert.Single(told));
        using WeightFile file = WeightFile.Open(FilePath);
        using var scope = new TensorScope();
        const string Name = "layer4.1.conv2.weight";
        Assert.True(model.StateDict().Single(s => s.Name == "backbone.body." + Name).Value.ElementsEqual(file.Tensors[Name].ToTensor()));
    }
}
