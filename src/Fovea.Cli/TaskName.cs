using Fovea.Data;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>A task on the command line: what a model is for.</summary>
internal static class TaskName
{
    // The model of a task where none is named: one that two cores can train.
    private static readonly (string Task, string Model)[] Defaults =
    [
        ("classify", "resnet18"), ("detect", "fasterrcnn_resnet18_fpn"), ("localize", "localizer_resnet18"), ("reconstruct", "autoencoder"),
        ("segment", "deeplabv3plus_resnet18"),
    ];

    /// <summary>How a model is trained where nothing is said: detectors as torchvision's reference on one device or as their
    /// own kind needs it, classifiers as
    /// usual for networks from random weights on small data.</summary>
    public static TrainingOptions TrainingOf(ModelEntry entry) => entry switch
    {
        ClassifierEntry => new TrainingOptions
        {
            Epochs = 30, BatchSize = 64, LearningRate = 0.05, Nesterov = true, WeightDecay = 5e-4, WarmUpSteps = 200,
        },
        AutoEncoderEntry => new TrainingOptions
        {
            Epochs = 30, BatchSize = 16, Optimizer = OptimizerKind.Adam, LearningRate = 2e-3, WeightDecay = 0, WarmUpSteps = 100,
        },
        SegmenterEntry => new TrainingOptions
        {
            Epochs = 100, BatchSize = 8, LearningRate = 0.02, WeightDecay = 5e-4, WarmUpSteps = 100, Schedule = ScheduleKind.Poly,
            ValidateEvery = 5, Augmentation = new AugmentationOptions { MinScale = 0.5, MaxScale = 2 },
        },
        DetectorEntry { Family.Training: { } own } => own,
        _ => new TrainingOptions(),
    };

    /// <summary>What a task needs to be told of its pictures; null where pictures alone are enough.</summary>
    public static AnnotationKind? Annotations(ModelEntry entry) => entry switch
    {
        ClassifierEntry => AnnotationKind.Classes, SegmenterEntry => AnnotationKind.Labels, DetectorEntry => AnnotationKind.Boxes, _ => null,
    };

    /// <summary>All tasks.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Defaults.Select(d => d.Task)];

    /// <summary>The model that --task and --model mean together.</summary>
    /// <exception cref="UsageException">Neither is given, one is not known, or they do not fit.</exception>
    public static ModelEntry ModelOf(string? task, string? model)
    {
        if (task is not null && !All.Contains(task))
            throw new UsageException($"--task: '{task}' arrived, but one of {string.Join(", ", All)} was expected.{Mistakes.Suggest(task, All)}");
        if (model is null && task is null)
            throw new UsageException("--model is missing: 'fovea models' lists them. Or name what to learn, with --task, and a small model is taken.");
        ModelEntry entry = ModelName.Find(model ?? Defaults.First(d => d.Task == task).Model);
        if (task is not null && entry.Task != task)
            throw new UsageException($"--task {task} and --model {entry.Id} do not fit: its task is '{entry.Task}'.");
        return entry;
    }
}
