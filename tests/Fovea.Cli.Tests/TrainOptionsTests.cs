using System.CommandLine;
using Fovea.Layers;
using Fovea.Segmentation;
using Fovea.Training;

namespace Fovea.Cli.Tests;

public sealed class TrainOptionsTests : IDisposable
{
    private const string Model = "fasterrcnn_resnet18_fpn";

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WithoutOptionsEverythingIsTheDefault()
    {
        (RunConfig config, string folder) = Resolve();
        Assert.Equal(new RunConfig { Model = Model, Data = "photos/cells", Detector = new() }.ToYaml(), config.ToYaml());
        Assert.Equal(Path.Combine("runs", $"cells-{Model}"), folder);
    }

    public static TheoryData<string, string, string> Values => new()
    {
        { "--train-split", "trainval", "train_split: trainval" }, { "--val-split", "test", "val_split: test" },
        { "--freeze", "2", "freeze: 2" }, { "--size", "320x240", "min_size: 240\n  max_size: 320" },
        { "--anchors", "8,16,32.5,64,128", "anchor_sizes:\n  - 8\n  - 16\n  - 32.5\n  - 64\n  - 128" },
        { "--ratios", "1,2", "aspect_ratios:\n  - 1\n  - 2" }, { "--max-detections", "7", "detections_per_image: 7" },
        { "--pyramid-channels", "16", "pyramid_channels: 16" }, { "--head-width", "32", "head_width: 32" },
        { "--regions", "64", "training_regions: 64" }, { "--mosaic", "0.25", "mosaic: 0.25" },
        { "--multi-scale", "320,608", "least_size: 320\n    most_size: 608" },
        { "--epochs", "3", "epochs: 3" }, { "--batch", "5", "batch_size: 5" }, { "--accumulate", "6", "accumulation: 6" },
        { "--optimizer", "AdamW", "optimizer: AdamW" }, { "--optimizer", "SGD", "optimizer: Sgd" }, { "--lr", "0.5", "learning_rate: 0.5" },
        { "--momentum", "0.8", "momentum: 0.8" }, { "--weight-decay", "0.25", "weight_decay: 0.25" },
        { "--schedule", "poly", "schedule: Poly" },
        { "--milestones", "3,4", "milestones:\n  - 3\n  - 4" }, { "--patience", "9", "patience: 9" },
        { "--warm-up", "0", "warm_up_steps: 0" },
        { "--clip", "1.5", "clip_norm: 1.5" }, { "--ema", "0.75", "ema_decay: 0.75" }, { "--precision", "bfloat16", "precision: BFloat16" },
        { "--flip", "0", "horizontal_flip: 0" }, { "--vertical-flip", "0.25", "vertical_flip: 0.25" },
        { "--color-jitter", "0.75", "color_jitter: 0.75" },
        { "--scale-jitter", "0.5,2", "min_scale: 0.5\n    max_scale: 2" }, { "--validate-every", "2", "validate_every: 2" },
        { "--early-stopping", "4", "early_stopping: 4" }, { "--checkpoint-every", "11", "checkpoint_every: 11" },
        { "--processes", "2", "processes: 2" }, { "--workers", "3", "workers: 3" },
        { "--seed", "18446744073709551615", "seed: 18446744073709551615" }, { "--device", "cuda:1", "device: cuda:1" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void AValueArrivesInTheConfigurationAndComesBackFromItsFile(string option, string value, string yaml)
    {
        RunConfig config = Resolve(option, value).Config;
        Assert.Contains(yaml, config.ToYaml());
        Assert.Equal(config.ToYaml(), RunConfig.FromYaml(config.ToYaml(), "run.yaml").ToYaml());
    }

    [Fact]
    public void YoloBringsItsOwnRatesAndTakesAnchorsOfAnyShape()
    {
        RunConfig config = Parse("--model", "yolov3_tiny", "--data", "d", "--anchor-shapes", "8,9.5,30,20,50,60,70,80",
            "--lr", "0.5").Config;
        Assert.Equal([8, 9.5f, 30, 20, 50, 60, 70, 80], config.Detector!.AnchorShapes);
        Assert.Equal((0.5, 5e-4, 100), (config.Training.LearningRate, config.Training.WeightDecay, config.Training.ClipNorm));
        Assert.Equal(config.ToYaml(), RunConfig.FromYaml(config.ToYaml(), "run.yaml").ToYaml());
    }

    [Fact]
    public void FlagsArrive()
    {
        string weights = _folder.Write("w.pth", "x");
        RunConfig config = Resolve("--nesterov", "--frozen-norm", "--new-head", "--weights", weights).Config;
        Assert.True(config is { NewHead: true, Training.Nesterov: true, Detector.FrozenBatchNorm: true });
        Assert.Equal(weights, config.Weights);
    }

    [Fact]
    public void ThePyramidsOfPspNetsAblationCanBeChosen()
    {
        RunConfig config = Parse("--model", "pspnet_resnet18", "--data", "d", "--bins", "1,6", "--pyramid-pooling", "max",
            "--no-dimension-reduction").Config;
        Assert.Equal([1, 6], config.Segmenter!.Bins);
        Assert.True(config.Segmenter is { Pooling: PyramidPoolingKind.Max, DimensionReduction: false });
        Assert.Equal(config.ToYaml(), RunConfig.FromYaml(config.ToYaml(), "run.yaml").ToYaml());
        config = Parse("--model", "dilation8_small", "--data", "d", "--context", "large").Config;
        Assert.Equal(ContextForm.Large, config.Segmenter!.Context);
        Assert.Contains("context: Large", config.ToYaml());
    }

    [Fact]
    public void PublishedWeightsAreKeptByTheirNameWithTheSettingsThatTheyNeed()
    {
        RunConfig config = Parse("--model", "fasterrcnn_resnet50_fpn", "--data", "d", "--weights", "coco", "--anchors", "1,2,3,4,5").Config;
        Assert.Equal(("COCO_V1", 0), (config.Weights, config.Detector!.BatchNormEpsilon));
        Assert.Equal(5, config.Detector.AnchorSizes!.Count);
        string file = _folder.Write("run.yaml", config.ToYaml());
        Assert.Equal(config.ToYaml(), Parse("--config", file).Config.ToYaml());

        config = Parse("--model", "swin_t", "--data", "d", "--weights", "imagenet").Config;
        Assert.Equal(("IMAGENET1K_V1", 224, 232, Imaging.Interpolation.Bicubic),
            (config.Weights, config.Classifier!.ImageSize, config.Classifier.ResizeSize, config.Classifier.Interpolation));
        config = Parse("--model", "swin_t", "--data", "d", "--weights", "imagenet", "--size", "128x128").Config;
        Assert.Equal((128, null, Imaging.Interpolation.Bicubic),
            (config.Classifier!.ImageSize, config.Classifier.ResizeSize, config.Classifier.Interpolation));
        Assert.True(Parse("--model", "googlenet", "--data", "d", "--weights", "imagenet").Config.Classifier!.SymmetricInput);

        config = Parse("--model", "localizer_resnet50", "--data", "d", "--weights-backbone", "imagenet").Config;
        Assert.Equal((null, "IMAGENET1K_V2"), (config.Weights, config.WeightsBackbone));
        Assert.Contains("weights_backbone: IMAGENET1K_V2", config.ToYaml());
    }

    [Theory]
    [InlineData("--size", "0x0", "height x width in pixels, each from 8 to 8192")]
    [InlineData("--size", "12", "such as 240x320")]
    [InlineData("--anchors", "1,2", "5 numbers above 0")]
    [InlineData("--anchors", "a,b", "5 numbers above 0")]
    [InlineData("--ratios", "0", "some numbers above 0")]
    [InlineData("--lr", "abc", "a number of at least 0")]
    [InlineData("--lr", "NaN", "a number of at least 0")]
    [InlineData("--lr", "-1", "a number of at least 0")]
    [InlineData("--epochs", "0", "a whole number of at least 1")]
    [InlineData("--epochs", "99999999999", "a whole number of at least 1")]
    [InlineData("--threads", "0", "a whole number from 1 to 1024")]
    [InlineData("--flip", "2", "a number from 0 to 1")]
    [InlineData("--milestones", "1.5", "whole numbers above 0")]
    [InlineData("--scale-jitter", "2", "2 numbers above 0")]
    [InlineData("--multi-scale", "320", "2 whole numbers above 0")]
    [InlineData("--mosaic", "1.5", "a number from 0 to 1")]
    [InlineData("--seed", "-1", "a whole number from 0 on")]
    [InlineData("--schedule", "nonsense", "constant, multistep, cosine, poly or plateau")]
    [InlineData("--optimizer", "1", "sgd, adam or adamw")]
    public void ValuesOutOfRangeAreToldWithWhatWasExpected(string option, string value, string expected)
    {
        string message = CommandLine.Fail(2, "train", "--model", Model, "--data", "d", option, value);
        Assert.StartsWith($"{option}: '{value}' arrived", message);
        Assert.Contains(expected, message);
    }

    [Theory]
    [InlineData("there is no model 'fasterrcnn_resnet19_fpn'. Did you mean", "--model", "fasterrcnn_resnet19_fpn", "--data", "d")]
    [InlineData("--model is missing: 'fovea models' lists them", "--data", "d")]
    [InlineData("--data is missing", "--model", Model)]
    [InlineData("--weights: there is no file 'w.pth'", "--model", Model, "--data", "d", "--weights", "w.pth")]
    [InlineData("--weights: fasterrcnn_resnet18_fpn has no published weights", "--model", Model, "--data", "d", "--weights", "coco")]
    [InlineData("--weights-backbone: autoencoder has no backbone", "--task", "reconstruct", "--data", "d",
        "--weights-backbone", "imagenet")]
    [InlineData("--weights and --weights-backbone both give the backbone its weights", "--model", "fasterrcnn_resnet50_fpn", "--data", "d",
        "--weights", "coco", "--weights-backbone", "imagenet")]
    [InlineData("--new-head changes weights that are given", "--model", Model, "--data", "d", "--new-head")]
    [InlineData("--precision float16 needs --device cuda", "--model", Model, "--data", "d", "--precision", "float16")]
    [InlineData("--scale-jitter: 2,1 arrived", "--model", Model, "--data", "d", "--scale-jitter", "2,1")]
    [InlineData("--multi-scale: 320,600 arrived, but two multiples of 32", "--model", Model, "--data", "d", "--multi-scale", "320,600")]
    [InlineData("--multi-scale: 608,320 arrived, but two multiples of 32", "--model", Model, "--data", "d", "--multi-scale", "608,320")]
    [InlineData("AnchorShapes is set, but fasterrcnn_resnet18_fpn has nothing", "--model", Model, "--data", "d", "--anchor-shapes", "8,8")]
    [InlineData("--mosaic is an option of detectors, but resnet18 is none", "--model", "resnet18", "--data", "d", "--mosaic", "0.5")]
    [InlineData("'gpu' is no device", "--model", Model, "--data", "d", "--device", "gpu")]
    [InlineData("--resume: 'nowhere' is no folder of a run", "--resume", "nowhere")]
    [InlineData("--config: there is no file 'nowhere.yaml'", "--config", "nowhere.yaml")]
    [InlineData("--data is empty", "--model", Model, "--data", "")]
    [InlineData("--task: 'detekt' arrived, but one of classify, detect, localize, reconstruct, segment was expected. Did you mean detect?", "--task", "detekt")]
    [InlineData("--task classify and --model fasterrcnn_resnet18_fpn do not fit: its task is 'detect'", "--task", "classify", "--model", Model)]
    [InlineData("--anchors is an option of detectors, but autoencoder is none", "--task", "reconstruct", "--data", "d", "--anchors", "1,2,3,4,5")]
    [InlineData("PyramidChannels is set, but localizer_resnet18 has nothing", "--task", "localize", "--data", "scenes", "--pyramid-channels", "8")]
    [InlineData("--freeze is an option of networks with a head", "--task", "reconstruct", "--data", "d", "--freeze", "1")]
    [InlineData("--size: 240x320 arrived, but this model takes squares", "--task", "reconstruct", "--data", "d", "--size", "240x320")]
    public void Contradictions(string complaint, params string[] args) =>
        Assert.StartsWith(complaint, CommandLine.Fail(2, ["train", .. args]));

    [Fact]
    public void AConfigurationFileIsTakenAndChanged()
    {
        string file = _folder.Write("run.yaml", Resolve("--lr", "0.5", "--anchors", "1,2,3,4,5", "--nesterov").Config.ToYaml());
        RunConfig config = Parse("--config", file, "--epochs", "7").Config;
        Assert.Equal(Resolve("--lr", "0.5", "--anchors", "1,2,3,4,5", "--nesterov", "--epochs", "7").Config.ToYaml(), config.ToYaml());
    }

    [Fact]
    public void AResumedRunChangesOnlyWhereItRuns()
    {
        _folder.Write("run/run.yaml", Resolve("--epochs", "9").Config.ToYaml());
        (RunConfig config, string folder) = Parse("--resume", _folder["run"], "--workers", "5", "--data", "moved");
        Assert.Equal((_folder["run"], 9, 5, "moved"), (folder, config.Training.Epochs, config.Training.Workers, config.Data));
        Assert.StartsWith("--lr cannot be given with --resume", CommandLine.Fail(2, "train", "--resume", _folder["run"], "--lr", "1"));
    }

    [Fact]
    public void TheNumberOfProcessesIsTheLaunchersOrElseTheRuns()
    {
        string file = _folder.Write("run/run.yaml", Resolve("--processes", "2").Config.ToYaml());
        string[] anew = ["--model", Model, "--data", "d"];
        Assert.Equal(1, Parse(null, anew).Config.Processes);
        Assert.Equal(4, Parse(4, anew).Config.Processes);
        Assert.Equal(2, Parse(2, [.. anew, "--processes", "2"]).Config.Processes);
        Assert.Equal(2, Parse(null, ["--config", file]).Config.Processes);
        Assert.Equal(4, Parse(4, ["--config", file]).Config.Processes);
        Assert.Equal(2, Parse(null, ["--resume", _folder["run"]]).Config.Processes);
        Assert.Equal(2, Parse(2, ["--resume", _folder["run"]]).Config.Processes);

        Assert.Contains("--processes 2 starts processes, but one of 4",
            Assert.Throws<UsageException>(() => Parse(4, [.. anew, "--processes", "2"])).Message);
        Assert.Contains("was begun by 2 processes, but WORLD_SIZE is 1",
            Assert.Throws<UsageException>(() => Parse(1, ["--resume", _folder["run"]])).Message);
    }

    [Fact]
    public void AFinishedFolderIsNotOverwrittenAndAMistakeLeavesNone()
    {
        _folder.Write("old/last.safetensors", "x");
        Assert.Contains("already holds a run", CommandLine.Fail(2, "train", "--model", Model, "--data", "d", "--output", _folder["old"]));
        Assert.Contains("is a file, but a run is a folder",
            CommandLine.Fail(2, "train", "--model", Model, "--data", "d", "--output", _folder.Write("f", "x")));
        CommandLine.Fail(2, "train", "--model", Model, "--data", _folder["nowhere"], "--output", _folder["new"]);
        Assert.False(Directory.Exists(_folder["new"]));
    }

    private static (RunConfig Config, string Folder) Resolve(params string[] args) =>
        Parse(["--model", Model, "--data", "photos/cells", .. args]);

    private static (RunConfig Config, string Folder) Parse(params string[] args) => Parse(null, args);

    private static (RunConfig Config, string Folder) Parse(int? launched, string[] args)
    {
        var options = new TrainOptions();
        var verb = new Command("train");
        foreach (Option option in options.Groups.SelectMany(group => group.Options)) verb.Options.Add(option);
        ParseResult parsed = verb.Parse(args);
        Assert.Empty(parsed.Errors);
        return options.Resolve(parsed, launched);
    }
}
