using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

public sealed class SegmenterWeightsTests : IDisposable
{
    private const string Id = "fcn_resnet18";
    private static readonly SegmenterEntry Entry = ModelZoo.FindSegmenter(Id);

    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-weights-").FullName;

    private string FilePath => Path.Combine(_folder, "weights.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Segmenter Model(SegmenterEntry entry, int classCount, SegmenterSettings? settings = null)
    {
        using var generator = new Generator(3);
        return entry.Create(classCount, settings ?? new SegmenterSettings(), generator);
    }

    private static void AssertSameState(Segmenter expected, Segmenter actual)
    {
        Assert.Equal(expected.StateDict().Select(entry => entry.Name), actual.StateDict().Select(entry => entry.Name));
        foreach ((Tensor a, Tensor b) in expected.StateDict().Zip(actual.StateDict(), (a, b) => (a.Value, b.Value)))
            Assert.True(a.ElementsEqual(b));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void ClassesAuxiliaryHeadsAndTheKindOfBatchNormComeFromAPlainStateDictionary(bool auxiliary, bool frozen)
    {
        using Segmenter saved = Model(Entry, 4, new SegmenterSettings { Auxiliary = auxiliary, FrozenBatchNorm = frozen });
        saved.SaveState(FilePath);
        using Segmenter loaded = SegmenterWeights.Load(Entry, FilePath);
        Assert.Equal((4, auxiliary ? 1 : 0), (loaded.ClassCount, loaded.AuxiliaryWeights.Count));
        AssertSameState(saved, loaded);
        Assert.Equal(frozen, loaded.NamedModules().Any(module => module.Module is Fovea.Torch.Nn.FrozenBatchNorm2d));
    }

    [Fact]
    public void NetworksWithoutThatChoiceAreLoadedToo()
    {
        SegmenterEntry entry = ModelZoo.FindSegmenter("lraspp_mobilenet_v3_large");
        using Segmenter saved = Model(entry, 1);
        saved.SaveState(FilePath);
        using Segmenter loaded = SegmenterWeights.Load(entry, FilePath);
        AssertSameState(saved, loaded);
    }

    [Fact]
    public void ACheckpointTellsItsSettingsAndThoseGivenGoBeforeThem()
    {
        using Segmenter saved = Model(Entry, 2, new SegmenterSettings { Auxiliary = false });
        WriteCheckpoint(saved, Id, 2);
        using (Segmenter loaded = SegmenterWeights.Load(Entry, FilePath)) AssertSameState(saved, loaded);
        using Checkpoint checkpoint = Checkpoint.Open(FilePath);
        using SegmentationModel model = checkpoint.CreateSegmenter(new SegmenterSettings { ShorterSide = 48 });
        Assert.Equal((2, 48), (model.ClassCount, model.Transform.ShorterSide));
        model.Network.Train(false);
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        Tensor probabilities = model.Predict(Tensor.Randn([1, 3, 9, 7], generator));
        Assert.Equal([1, 2, 9, 7], probabilities.Shape);
        Assert.InRange((probabilities.Sum([1]) - 1).Abs().Max().Item(), 0, 1e-5);
    }

    [Theory]
    [InlineData("fcn_resnet50", 2, "it is a checkpoint of fcn_resnet50, not of fcn_resnet18")]
    [InlineData(Id, 0, "it names 0 categories")]
    [InlineData(Id, 256, "it names 256 categories")]
    public void CheckpointsThatDoNotFitAreRefused(string id, int categories, string message)
    {
        using Segmenter saved = Model(Entry, 2, new SegmenterSettings { Auxiliary = false });
        WriteCheckpoint(saved, id, categories);
        Assert.Contains(message, Assert.Throws<TensorFileException>(() => SegmenterWeights.Load(Entry, FilePath)).Message);
    }

    [Fact]
    public void WeightsOfSomethingElseAreNamed()
    {
        SafetensorsWriter.Write(FilePath, [SafetensorsEntry.FromValues<float>("fc.weight", DType.Float32, [1], (float[])[1f])], null);
        Assert.Contains("'classifier.4.weight' with 1 to 255 elements in dimension 0",
            Assert.Throws<TensorFileException>(() => SegmenterWeights.Load(Entry, FilePath)).Message);
    }

    /// <summary>A MobileNet's features lose their prefix on the way into a segmenter; the classifier is left out.</summary>
    [Fact]
    public void ABackboneStartsFromAClassifiersWeights()
    {
        using Backbone classifier = ModelZoo.FindClassifier("mobilenet_v3_large").Create(new BackboneOptions { ClassCount = 7 }, null);
        classifier.SaveState(FilePath);
        SegmenterEntry entry = ModelZoo.FindSegmenter("lraspp_mobilenet_v3_large");
        using Segmenter model = Model(entry, 3);
        (IReadOnlyList<string> loaded, IReadOnlyList<string> leftOut) = BackboneWeights.Load(model, entry, FilePath);
        Assert.Equal(model.Stages.Select(stage => stage.Name), loaded);
        Assert.Equal(["classifier.0.bias", "classifier.0.weight", "classifier.3.bias", "classifier.3.weight"], leftOut.Order());
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary();
        foreach ((string name, Tensor value) in classifier.StateDict().Where(entry => entry.Name.StartsWith("features.", StringComparison.Ordinal)))
            Assert.True(value.ElementsEqual(state["backbone." + name["features.".Length..]]), name);
    }

    /// <summary>On a picture of the size that fc6 looks at, the convolutions give what the fully connected layers gave.</summary>
    [Theory]
    [InlineData(4096)]
    [InlineData(32)]
    public void FullyConnectedLayersBecomeConvolutionsWhereTheyFit(int width)
    {
        using (Backbone classifier = ModelZoo.FindClassifier("alexnet").Create(new BackboneOptions { ClassCount = 2 }, null))
            classifier.SaveState(FilePath);
        SegmenterEntry entry = ModelZoo.FindSegmenter("fcn32s_alexnet");
        using Segmenter model = Model(entry, 3, new SegmenterSettings { HeadWidth = width });
        (IReadOnlyList<string> loaded, IReadOnlyList<string> leftOut) = BackboneWeights.Load(model, entry, FilePath);
        bool fits = width == 4096;
        Assert.Equal(fits, loaded.Contains("fc6") && loaded.Contains("fc7"));
        Assert.Equal(fits ? ["classifier.6.bias", "classifier.6.weight"] : ["classifier.1.bias", "classifier.1.weight",
            "classifier.4.bias", "classifier.4.weight", "classifier.6.bias", "classifier.6.weight"], leftOut.Order());
        if (!fits) return;
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using SafetensorsFile file = SafetensorsFile.Open(FilePath);
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary();
        using var generator = new Generator(9);
        Tensor map = Tensor.Randn([1, 256, 6, 6], generator);
        Tensor connected = Functional.Linear(map.Flatten(1), file["classifier.1.weight"].ToTensor(), file["classifier.1.bias"].ToTensor());
        Tensor convolved = Functional.Conv2d(map, state["fc6.weight"], state["fc6.bias"], [1, 1], [0, 0], [1, 1]);
        Assert.InRange((connected - convolved.Flatten(1)).Abs().Max().Item(), 0, 1e-4);
    }

    private void WriteCheckpoint(Segmenter model, string id, int categories) => Checkpoint.Write(FilePath, model.StateDict(), new Dictionary<string, string>
    {
        [Checkpoint.ModelKey] = id,
        [Checkpoint.SettingsKey] = Checkpoint.ToJson(new SegmenterSettings { Auxiliary = false }),
        [Checkpoint.CategoriesKey] = Checkpoint.ToJson(Enumerable.Range(0, categories).Select(i => new Category(i, $"class {i}")).ToArray()),
    });
}
