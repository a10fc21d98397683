using Fovea.Backbones;
using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Training;

namespace Fovea.Tests.Training;

/// <summary>A backbone of four convolutions: a detector on it takes a step in milliseconds.</summary>
internal sealed class TinyBackbone : Backbone
{
    private readonly Layer[] _stages;

    public TinyBackbone(Generator? generator = null, long width = 8) : base(new BackboneOptions())
    {
        using var scope = new TensorScope();
        long[] widths = [width, width, 2 * width, 2 * width];
        Stages = [.. widths.Select((channels, n) => new BackboneStage($"stage{n}", [$"stage{n}."], channels, 4 << n))];
        _stages = [.. widths.Select((channels, n) => Child($"stage{n}", new Sequential(
            new Conv2d(n == 0 ? 3 : widths[n - 1], channels, n == 0 ? 4 : 3, n == 0 ? 4 : 2, n == 0 ? 0 : 1, bias: false, generator: generator),
            new BatchNorm2d(channels))))];
    }

    public override IReadOnlyList<BackboneStage> Stages { get; }

    public override IReadOnlyList<string> ClassLayers => [];

    public override Tensor[] Forward(Tensor images)
    {
        var maps = new Tensor[4];
        for (int i = 0; i < 4; i++) maps[i] = images = _stages[i].Forward(images).Relu();
        return maps;
    }

    protected override Tensor Head(Tensor images) => throw new NotSupportedException("It has no head.");
}

/// <summary>Small pictures with one or two bright rectangles: red ones are of class 0, blue ones of class 1.</summary>
internal sealed class TinyPictures(int count, int first = 0) : IDataset
{
    public static readonly ImageSize Size = new(64, 64);

    /// <summary>Called with each picture that is read.</summary>
    public Action<int>? OnLoad { get; init; }

    /// <summary>Whether the pictures have objects.</summary>
    public bool Empty { get; init; }

    public string Name => "Rectangles";

    public IReadOnlyList<Category> Categories { get; } = [new(1, "red"), new(2, "blue")];

    /// <summary>How often each picture comes: for a long epoch.</summary>
    public int Times { get; init; } = 1;

    public int Count => count * Times;

    public ImageRecord this[int index] => new(index, $"rectangles-{first + index % count}.png", Size, Empty ? [] : Draw(first + index % count).Annotations);

    public Sample Load(int index)
    {
        OnLoad?.Invoke(index);
        (Image image, Annotation[] annotations) = Draw(first + index % count);
        return new Sample(this[index], image, Empty ? [] : annotations);
    }

    private static (Image Image, Annotation[] Annotations) Draw(int index)
    {
        var random = new SampleRandom((ulong)index);
        var pixels = new byte[Size.Pixels * 3];
        pixels.AsSpan().Fill(60);
        var annotations = new List<Annotation>();
        for (int n = 0; n <= index % 2; n++)
        {
            int category = random.Next(2), height = 14 + random.Next(16), width = 14 + random.Next(14);
            int top = random.Next(Size.Height - height), left = n * 32 + random.Next(32 - width + 1);
            for (int y = top; y < top + height; y++)
                for (int x = left; x < left + width; x++) pixels[(y * Size.Width + x) * 3 + 2 * category] = 250;
            annotations.Add(new Annotation { Box = new Box(left, top, left + width, top + height), Category = category, Area = height * width });
        }
        return (new Image(Size, pixels), [.. annotations]);
    }
}

/// <summary>A whole training run of a tiny detector in a folder of its own.</summary>
internal sealed class TinyRun : IDisposable, ITrainingObserver
{
    public static readonly TrainingOptions Options = new()
    {
        Epochs = 2, BatchSize = 2, LearningRate = 0.02, WarmUpSteps = 2, CheckpointEvery = 1, Workers = 1, Augmentation = new AugmentationOptions { ColorJitter = 0.2 },
    };

    public string Folder { get; } = Directory.CreateTempSubdirectory("fovea-run-").FullName;

    public List<StepReport> Steps { get; } = [];

    public List<ValidationReport> Validations { get; } = [];

    public List<string> Messages { get; } = [];

    public Action<StepReport>? AfterStep { get; set; }

    public RunFolder Files => new(Folder);

    public static FasterRcnn Model(ulong seed = 1, long width = 8, double scoreThreshold = 0.05)
    {
        using var generator = new Generator(seed);
        return new FasterRcnn(new PyramidBackbone(new TinyBackbone(generator, width), width, generator), 3, new FasterRcnnOptions
        {
            Transform = new DetectionTransform { MinSize = 64, MaxSize = 64 }, HeadWidth = 32,
            AnchorSizes = [8, 16, 24, 32, 64], RoiHeads = new() { BatchSizePerImage = 32, Selection = new() { ScoreThreshold = scoreThreshold } },
            Rpn = new() { PostNmsTopNTraining = 50, PostNmsTopNTesting = 50, PreNmsTopNTesting = 100, PreNmsTopNTraining = 100 },
        }, generator);
    }

    public TrainingResult Train(TrainingOptions options, IDataset? train = null, IDataset? val = null, CancellationToken cancellation = default,
        Detector? model = null)
    {
        using Detector own = model ?? Model(options.Seed);
        var task = new DetectionTask(own, train ?? new TinyPictures(7), val ?? new TinyPictures(3, 100), new RunConfig { Model = "tiny", Training = options });
        using var trainer = new Trainer<DetectionBatch>(task, options, Files, this);
        return trainer.Run(cancellation);
    }

    public void OnStep(StepReport report)
    {
        Steps.Add(report);
        AfterStep?.Invoke(report);
    }

    public void OnValidation(ValidationReport report) => Validations.Add(report);

    public void OnMessage(string message) => Messages.Add(message);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
