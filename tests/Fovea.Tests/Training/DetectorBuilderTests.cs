using Fovea.Detection;
using Fovea.Tests.Ops;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Tests.Training;

/// <summary>One test counts the live tensors of the whole process, and therefore these run alone.</summary>
[Collection(nameof(OperatorLeakTests))]
public sealed class DetectorBuilderTests : IDisposable
{
    private const string Head = "roi_heads.box_predictor.";
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-builder-").FullName;
    private readonly List<string> _told = [];

    private RunConfig Config { get; } = new()
    {
        Model = "fasterrcnn_resnet18_fpn", Detector = new DetectorSettings { PyramidChannels = 4, HeadWidth = 8 },
        Training = new() { Seed = 5 },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Detector Create(RunConfig config, int classCount) => DetectorBuilder.Create(config, classCount, _told.Add);

    // Weights of a run with another seed.
    private RunConfig Trained(int classCount)
    {
        string path = Path.Combine(_folder, "weights.safetensors");
        using Detector model = Create(Config with { Training = new() { Seed = 6 } }, classCount);
        model.SaveState(path);
        return Config with { Weights = path };
    }

    private static string[] Differences(Detector a, Detector b) =>
        [.. a.StateDict().Zip(b.StateDict()).Where(pair => !pair.First.Value.ElementsEqual(pair.Second.Value))
            .Select(pair => pair.First.Name)];

    [Fact]
    public void Random_weights_come_from_the_runs_seed()
    {
        using Detector one = Create(Config, 3), same = Create(Config, 3), other = Create(Config with { Training = new() { Seed = 6 } }, 3);
        Assert.Empty(Differences(one, same));
        Assert.Contains("backbone.body.conv1.weight", Differences(one, other));
        Assert.Contains(Head + "cls_score.weight", Differences(one, other));
        Assert.Empty(_told);
    }

    [Fact]
    public void Weights_are_loaded_whole_where_the_classes_are_as_many()
    {
        RunConfig config = Trained(3);
        using Detector built = Create(config, 3), trained = Create(Config with { Training = new() { Seed = 6 } }, 3);
        Assert.Empty(Differences(built, trained));
        Assert.Empty(_told);
    }

    [Fact]
    public void A_new_head_starts_as_a_run_without_weights_and_keeps_the_rest()
    {
        RunConfig config = Trained(7) with { NewHead = true };
        using Detector built = Create(config, 3), trained = Create(Config with { Training = new() { Seed = 6 } }, 3),
            fresh = Create(Config, 3);
        Assert.Equal([Head + "cls_score.weight", Head + "cls_score.bias", Head + "bbox_pred.weight", Head + "bbox_pred.bias"],
            Differences(built, trained));
        Assert.DoesNotContain(Differences(built, fresh), name => name.StartsWith(Head));
        Assert.Contains(Head + "cls_score.weight", Assert.Single(_told));
    }

    [Fact]
    public void Other_classes_are_refused_without_a_new_head_and_leave_no_tensor()
    {
        RunConfig config = Trained(7);
        long before = Tensor.LiveCount;
        var error = Assert.Throws<ArgumentException>(() => Create(config, 3));
        Assert.Contains("tells 6 classes apart, but the data has 2", error.Message);
        Assert.Contains("--new-head", error.Message);
        Assert.Throws<StateMismatchException>(() => Create(config with { Detector = config.Detector! with { HeadWidth = 9 } }, 7));
        Assert.Equal(before, Tensor.LiveCount);
    }
}
