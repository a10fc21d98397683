using Fovea.Segmentation;
using Fovea.Layers;
using Fovea.Imaging;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Losses;
using Fovea.Reconstruction;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Tests.Training;

public class RunConfigTests
{
    // Every property differs from its default.
    private static readonly RunConfig Full = new()
    {
        Model = "fasterrcnn_resnet34_fpn", Data = "my pictures: #1", TrainSplit = "yes", ValSplit = "1e3", Weights = "a \"b\".pth",
        WeightsBackbone = "IMAGENET1K_V1", NewHead = true, Processes = 3,
        Detector = new DetectorSettings
        {
            MinSize = 240, MaxSize = 320, AnchorShapes = [8, 9.5f, 30, 20], AnchorSizes = [8, 16.5f, 32, 64, 128], AspectRatios = [0.3333333f, 1], FrozenBatchNorm = true, BatchNormEpsilon = 1e-7,
            Pooling = RoiPooling.Pool, ScoreThreshold = 0.123456789012345, NmsThreshold = 0.4, Suppression = Suppression.SoftLinear,
            NmsSigma = 0.3, RefinementSteps = 2, DetectionsPerImage = 300, PyramidChannels = 64,
            HeadWidth = 96, BranchWidth = 48, KeypointCount = 5, TrainingRegions = 128, SampleAll = true, Rounding = ScaleRounding.Float64,
        },
        Classifier = new ClassifierSettings
        {
            ImageSize = 33, ResizeSize = 44, Interpolation = Interpolation.Bicubic, SymmetricInput = true,
            FrozenBatchNorm = true, Dropout = 0.25, StochasticDepth = 0.125, ZeroInitResidual = true,
        },
        Recipe = new ClassificationRecipe
        {
            Loss = new ClassificationLoss
            {
                Kind = ClassificationLossKind.Focal, LabelSmoothing = 0.1, ClassWeights = [1, 0.5], PositiveWeight = 2, Gamma = 3, Alpha = 0.75,
                Margin = 0.5, Scale = 64,
            },
            Balance = ClassBalance.Sampling, Crop = CropKind.Centre, LeastArea = 0.5, Margin = 7, Policy = AugmentationPolicy.TrivialAugment,
            PolicyOperations = 3, PolicyStrength = 0.9, RandomErasing = 0.2, Mixup = 0.4, CutMix = 1.5,
        },
        Segmenter = new SegmenterSettings
        {
            ShorterSide = 200, Auxiliary = false, Dropout = 0.4, OutputStride = 16, HeadWidth = 32, FrozenBatchNorm = true, Width = 8, Bins = [1, 4],
            Pooling = PyramidPoolingKind.Max, DimensionReduction = false, Context = ContextForm.Large, SecondClassCount = 3,
        },
        Segmentation = new SegmentationRecipe
        {
            Loss = new SegmentationLoss
            {
                CrossEntropy = 0.5, Focal = 0.1, Gamma = 3, Dice = 0.2, SoftIou = 0.3, LabelSmoothing = 0.1, ClassWeights = [1, 0.5],
                HardPixels = new HardPixelMining { Probability = 0.6, LeastShare = 0.1 },
            },
            Balance = PixelBalance.Enet, Boundary = new BoundaryWeights { Weight = 3, Sigma = 2 }, CropHeight = 100, CropWidth = 120, Rotation = 15, Elastic = 4,
        },
        AutoEncoder = new AutoEncoderOptions { ImageSize = 96, Halvings = 2, CodeChannels = 3 },
        Training = new TrainingOptions
        {
            Epochs = 7, BatchSize = 3, Accumulation = 2, Optimizer = OptimizerKind.AdamW, LearningRate = 1.2345678901234567e-5, Momentum = 0.8, Nesterov = true,
            WeightDecay = 1e-9, Schedule = ScheduleKind.MultiStep, LayerDecay = 0.7, DecayNormAndBias = false, Milestones = [3, 5], Patience = 9, WarmUpSteps = 11, ClipNorm = 2.5, EmaDecay = 0.999,
            Precision = Precision.BFloat16, Freeze = "2", ValidateEvery = 4, EarlyStopping = 6, CheckpointEvery = 13, Workers = 5, Seed = ulong.MaxValue,
            Device = "cuda:1",
            Augmentation = new AugmentationOptions
            {
                HorizontalFlip = 0.25, VerticalFlip = 0.75, ColorJitter = 0.1, MinScale = 0.7, MaxScale = 1.4, Mosaic = 0.3, LeastSize = 64,
                MostSize = 96,
            },
        },
    };

    [Fact]
    public void Yaml_keeps_every_property()
    {
        RunConfig read = RunConfig.FromYaml(Full.ToYaml(), "run.yaml");
        Assert.Equal(Full.ToYaml(), read.ToYaml());
        AssertEqual(Full, read, "");
        AssertDiffers(new RunConfig(), read, "");                            // so that a property added later is not forgotten here
        Assert.Equal(new RunConfig().ToYaml(), RunConfig.FromYaml(new RunConfig().ToYaml(), "run.yaml").ToYaml());
    }

    [Theory]
    [InlineData("model: a\nlerning_rate: 3\n", "line 2", "lerning_rate")]
    [InlineData("model: a\ntraining:\n  epochs: 0\n", "line 3", "at least 1")]
    [InlineData("training:\n  learning_rate: fast\n", "line 2", "fast")]
    [InlineData("training:\n\n\n  device: gpu\n", "line 4", "gpu")]
    [InlineData("training:\n  schedule: sometimes\n", "line 2", "sometimes")]
    [InlineData("model: [a\n", "line", "")]
    [InlineData("detector:\n  min_size: 100000\n", "line 2", "8192")]
    [InlineData("model: a\nprocesses: 0\n", "line 2", "at least 1")]
    [InlineData("", "empty", "")]
    [InlineData("- 1\n- 2\n", "line 1", "")]
    public void What_is_wrong_is_told_with_its_line(string yaml, string where, string what)
    {
        string message = Assert.Throws<FormatException>(() => RunConfig.FromYaml(yaml, "my.yaml")).Message;
        Assert.StartsWith("my.yaml", message);
        Assert.Contains(where, message);
        Assert.Contains(what, message);
    }

    [Fact]
    public void Deep_nesting_and_aliases_are_refused_in_bounded_time()
    {
        foreach (string yaml in (string[])["training:\n  milestones: " + new string('[', 100_000), "model: " + new string('{', 100_000),
            "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n", "model: *unknown\n", new string('-', 100_000), "? " + new string('[', 50_000)])
            Assert.Throws<FormatException>(() => RunConfig.FromYaml(yaml, "my.yaml"));
    }

    private static void AssertEqual(object expected, object actual, string path)
    {
        foreach (System.Reflection.PropertyInfo property in expected.GetType().GetProperties())
        {
            object? a = property.GetValue(expected), b = property.GetValue(actual);
            string name = $"{path}{property.Name}";
            if (IsPart(a)) AssertEqual(a!, b!, name + ".");
            else Assert.True(Text(a) == Text(b), $"{name}: {Text(a)} became {Text(b)}");
        }
    }

    private static void AssertDiffers(object defaults, object actual, string path)
    {
        foreach (System.Reflection.PropertyInfo property in defaults.GetType().GetProperties())
        {
            object? a = property.GetValue(defaults), b = property.GetValue(actual);
            if (IsPart(b)) AssertDiffers(a ?? Activator.CreateInstance(b!.GetType())!, b!, property.Name + ".");
            else Assert.True(Text(a) != Text(b), $"{path}{property.Name} still has its default");
        }
    }

    private static bool IsPart(object? value) =>
        value is DetectorSettings or ClassifierSettings or ClassificationRecipe or ClassificationLoss or AutoEncoderOptions or TrainingOptions or AugmentationOptions
            or SegmenterSettings or SegmentationRecipe or SegmentationLoss or HardPixelMining or BoundaryWeights;

    private static string Text(object? value) => value is System.Collections.IEnumerable list and not string
        ? string.Join(",", list.Cast<object>()) : $"{value}";
}

public class RunFolderTests
{
    [Fact]
    public void Metrics_are_cut_back_to_a_length_and_to_whole_lines()
    {
        string path = Directory.CreateTempSubdirectory("fovea-run-").FullName;
        var folder = new RunFolder(Path.Combine(path, "new", "run"));
        Assert.False(folder.CanResume);
        Assert.Equal(0, folder.MetricsLength);
        folder.TruncateMetrics(10);                                          // nothing there, nothing done
        folder.AppendMetrics(1, [new("loss", 0.5), new("bad", double.NaN)]);
        long first = folder.MetricsLength;
        Assert.Equal("{\"step\":1,\"loss\":0.5,\"bad\":\"NaN\"}\n", File.ReadAllText(folder.MetricsPath));
        folder.AppendMetrics(2, [new("loss", 0.25)]);
        string both = File.ReadAllText(folder.MetricsPath);
        File.AppendAllText(folder.MetricsPath, "{\"step\":3,\"lo");

        folder.TruncateMetrics(long.MaxValue);
        Assert.Equal(both, File.ReadAllText(folder.MetricsPath));
        folder.TruncateMetrics(first + 3);                                   // inside a line, as in a file that somebody edited
        Assert.Equal(first, folder.MetricsLength);
        folder.TruncateMetrics(0);
        Assert.Equal(0, folder.MetricsLength);
        Directory.Delete(path, recursive: true);
    }
}
