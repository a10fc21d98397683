using Fovea.Detection;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

public sealed class DetectorWeightsTests : IDisposable
{
    private const string Id = "fasterrcnn_resnet18_fpn";
    private static readonly DetectorEntry Entry = ModelZoo.FindDetector(Id);
    private static readonly DetectorSettings Small = new() { PyramidChannels = 4, HeadWidth = 8 };

    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-weights-").FullName;

    private string FilePath => Path.Combine(_folder, "weights.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Detector Model(int classCount, DetectorSettings settings)
    {
        using var generator = new Generator(3);
        return Entry.Create(classCount, settings, generator);
    }

    private static void AssertSameState(Detector expected, Detector actual)
    {
        Assert.Equal(expected.StateDict().Select(entry => entry.Name), actual.StateDict().Select(entry => entry.Name));
        foreach ((Tensor a, Tensor b) in expected.StateDict().Zip(actual.StateDict(), (a, b) => (a.Value, b.Value)))
            Assert.True(a.ElementsEqual(b));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Classes_and_the_kind_of_batch_norm_come_from_a_plain_state_dictionary(bool frozen)
    {
        using Detector saved = Model(4, Small with { FrozenBatchNorm = frozen });
        saved.SaveState(FilePath);
        using Detector loaded = DetectorWeights.Load(Entry, FilePath, Small);
        Assert.Equal(4, loaded.ClassCount);
        AssertSameState(saved, loaded);
        Assert.Equal(frozen, loaded.NamedModules().Any(module => module.Module is Fovea.Torch.Nn.FrozenBatchNorm2d));
    }

    [Fact]
    public void A_checkpoint_tells_its_settings_and_those_given_go_before_them()
    {
        using Detector saved = Model(3, Small);
        WriteCheckpoint(saved, Id);
        using Detector loaded = DetectorWeights.Load(Entry, FilePath, new DetectorSettings { ScoreThreshold = 0.7, MinSize = 64 });
        AssertSameState(saved, loaded);
        FasterRcnnOptions options = Assert.IsType<FasterRcnn>(loaded).Options;
        Assert.Equal((0.7, 64), (options.RoiHeads.Selection.ScoreThreshold, options.Transform.MinSize));
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused()
    {
        using Detector saved = Model(3, Small);
        WriteCheckpoint(saved, "fasterrcnn_resnet34_fpn");
        var error = Assert.Throws<TensorFileException>(() => DetectorWeights.Load(Entry, FilePath));
        Assert.Contains("a checkpoint of fasterrcnn_resnet34_fpn, not of " + Id, error.Message);
    }

    [Theory, InlineData(0), InlineData(1)]
    public void A_file_without_a_detectors_classes_is_refused(int classes)
    {
        using var scope = new TensorScope();
        SafetensorsWriter.Write(FilePath, classes == 0
            ? [SafetensorsEntry.FromTensor("fc.bias", Tensor.Ones([5]))]
            : [SafetensorsEntry.FromTensor(Entry.Family.ClassBias, Tensor.Ones([1]))]);
        Assert.Contains("no weights of " + Id, Assert.Throws<TensorFileException>(() => DetectorWeights.Load(Entry, FilePath)).Message);
    }

    [Theory]
    [InlineData("fasterrcnn_resnet18_fpn"), InlineData("maskrcnn_resnet18_fpn"), InlineData("keypointrcnn_resnet18_fpn")]
    public void A_family_tells_what_its_detectors_find(string id)
    {
        DetectorEntry entry = ModelZoo.FindDetector(id);
        using Detector model = entry.Create(2, new DetectorSettings { PyramidChannels = 8, HeadWidth = 8 });
        Assert.Equal((model.FindsMasks, model.FindsKeypoints), (entry.Family.FindsMasks, entry.Family.FindsKeypoints));
    }

    [Fact]
    public void Weights_of_another_size_are_refused_with_every_difference()
    {
        using Detector saved = Model(3, Small);
        SafetensorsWriter.Write(FilePath, saved.StateDict().Where(entry => entry.Name != "rpn.head.cls_logits.bias")
            .Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)).ToArray());
        var error = Assert.Throws<StateMismatchException>(() => DetectorWeights.Load(Entry, FilePath, Small with { HeadWidth = 9 }));
        Assert.Contains("rpn.head.cls_logits.bias", error.Message);
        Assert.Contains("roi_heads.box_head.fc6.weight", error.Message);
    }

    private void WriteCheckpoint(Detector model, string id) => Checkpoint.Write(FilePath, model.StateDict(), new Dictionary<string, string>
    {
        [Checkpoint.ModelKey] = id, [Checkpoint.SettingsKey] = Checkpoint.ToJson(Small),
        [Checkpoint.CategoriesKey] = Checkpoint.ToJson(new Category[] { new(1, "cell"), new(2, "crack") }),
    });
}
