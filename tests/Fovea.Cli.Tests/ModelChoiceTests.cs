using System.Text.Json;
using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Inference;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Cli.Tests;

public sealed class ModelChoiceTests : IDisposable
{
    private const string Small = "cifar_resnet20";

    private readonly WorkFolder _folder = new();

    private string WeightsPath => _folder["weights.safetensors"];

    public void Dispose() => _folder.Dispose();

    private void SaveSmall(IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var generator = new Generator(3);
        using Backbone network = ModelZoo.FindClassifier(Small).Create(new BackboneOptions { ClassCount = 3, ImageSize = 32 }, generator);
        network.SaveState(WeightsPath, metadata);
    }

    [Fact]
    public void AModelRunsFromAStateDictionaryWithNamedClasses()
    {
        SaveSmall();
        string classes = _folder.Write("classes.txt", "cat\ndog\n\nowl\n");
        _folder.Picture("data/dog/a.png");
        _folder.Picture("data/owl/b.png");
        string[] model = ["--model", Small, "--weights", WeightsPath, "--classes", classes];

        (int code, string output, string error) =
            CommandLine.Run(["predict", _folder["data", "dog"], "--output", _folder["out"], "--json", .. model]);
        Assert.True(code == 0, error);
        JsonElement answer = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["cat", "dog", "owl"],
            answer.GetProperty("categories").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.Equal(1, answer.GetProperty("images").GetArrayLength());

        (code, output, error) = CommandLine.Run(["eval", "--data", _folder["data"], "--split", "trainval", "--json", .. model]);
        Assert.True(code == 0, error);
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetProperty("pictures").GetInt32());
    }

    [Fact]
    public void PublishedWeightsTellTheirClassesAndHowPicturesArePrepared()
    {
        ClassifierEntry entry = ModelZoo.FindClassifier("resnet18");
        using (Backbone network = entry.Create(new BackboneOptions { ClassCount = 1000 }, null)) network.SaveState(WeightsPath);
        PublishedWeights weights = PublishedWeights.Find("swin_t", "imagenet");   // bicubic, from 232 pixels
        using ModelChoice choice = ModelChoice.Of(entry, WeightsPath, weights, null);
        using ClassifierPredictor predictor = choice.CreateClassifier(Device.Cpu);
        Assert.Equal((1000, "tench"), (predictor.Categories.Count, predictor.Categories[0].Name));
        Assert.Equal((224, 232, Imaging.Interpolation.Bicubic),
            (predictor.Model.Transform.ImageSize, predictor.Model.Transform.ResizeSize, predictor.Model.Transform.Interpolation));
    }

    [Fact]
    public void ADetectorTakesItsEpsilonAndItsClassesFromThem()
    {
        DetectorEntry entry = ModelZoo.FindDetector("fasterrcnn_resnet18_fpn");
        var small = new DetectorSettings { PyramidChannels = 4, HeadWidth = 8, FrozenBatchNorm = true };
        using (Detector model = entry.Create(91, small, null)) model.SaveState(WeightsPath);
        using ModelChoice choice = ModelChoice.Of(entry, WeightsPath, PublishedWeights.Find("fasterrcnn_resnet50_fpn", "coco"), null);
        using Predictor predictor = choice.CreateDetector(Device.Cpu, small with { FrozenBatchNorm = null }, new());
        Assert.Equal((90, new Category(90, "toothbrush")), (predictor.Categories.Count, predictor.Categories[^1]));
        Torch.Nn.FrozenBatchNorm2d norm = predictor.Model.NamedModules().Select(m => m.Module).OfType<Torch.Nn.FrozenBatchNorm2d>().First();
        Assert.Equal(0, norm.Epsilon);
    }

    [Fact]
    public void ACheckpointGivenAsWeightsIsOne()
    {
        SaveSmall(new Dictionary<string, string>
        {
            [Checkpoint.ModelKey] = Small,
            [Checkpoint.CategoriesKey] = Checkpoint.ToJson(new Category[] { new(1, "a"), new(2, "b"), new(3, "c") }),
        });
        string picture = _folder.Picture("a.png");
        string[] rest = [picture, "--weights", WeightsPath, "--output", _folder["out"], "--no-pictures"];
        (int code, _, string error) = CommandLine.Run(["predict", "--model", Small, .. rest]);
        Assert.True(code == 0, error);
        Assert.Contains($"is a checkpoint of {Small}, not of cifar_resnet32",
            CommandLine.Fail(2, ["predict", "--model", "cifar_resnet32", .. rest]));
        Assert.Contains("--classes is not needed", CommandLine.Fail(2, ["predict", "--model", Small, "--classes", "coco", .. rest]));
    }

    [Fact]
    public void Mistakes()
    {
        SaveSmall();
        string picture = _folder.Picture("a.png"), two = _folder.Write("two.txt", "x\ny\n");
        string[] predict = ["predict", picture, "--output", _folder["out"]];
        string Fail(params string[] args) => CommandLine.Fail(2, [.. predict, .. args]);
        Assert.Contains("--model: resnet18 is a model without weights: add --weights NAME or FILE.", Fail("--model", "resnet18"));
        Assert.Contains("--classes goes with --weights FILE", Fail("--model", WeightsPath, "--classes", two));
        Assert.Contains("does not tell the names of its classes", Fail("--model", Small, "--weights", WeightsPath));
        Assert.Contains($"{two} names 2 classes, but the weights tell 3 apart",
            Fail("--model", Small, "--weights", WeightsPath, "--classes", two));
        Assert.Contains("--classes: there is no file 'cocoo'", Fail("--model", Small, "--weights", WeightsPath, "--classes", "cocoo"));
        Assert.Contains("--classes is not needed: IMAGENET1K_V1", Fail("--model", "resnet18", "--weights", "imagenet", "--classes", two));
        Assert.Contains("autoencoder runs from a checkpoint only", Fail("--model", "autoencoder", "--weights", WeightsPath));
        Assert.Contains("--weights goes with --model",
            CommandLine.Fail(2, "eval", "--detections", two, "--data", "d", "--weights", "coco"));
    }
}
