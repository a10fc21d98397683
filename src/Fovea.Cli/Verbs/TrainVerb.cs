using System.CommandLine;
using Fovea.Data;
using Fovea.Data.Statistics;
using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea train</c>: trains a model on a data set.</summary>
internal static class TrainVerb
{
    // A hint is worth a line when it wins this share of the boxes.
    private const double WorthwhileCoverage = 0.05;

    public static Command Create()
    {
        var options = new TrainOptions();
        var verb = new GroupedCommand("train", """
            Train a model on pictures of your own.

            Examples:
              fovea train --model fasterrcnn_resnet18_fpn --data my-pictures
              fovea train --model fasterrcnn_resnet50_fpn --data coco \
                  --weights fasterrcnn_resnet50_fpn_coco.pth --device cuda
              fovea train --resume runs/my-pictures            go on where it stopped
              fovea train --config runs/my-pictures/run.yaml \
                  --epochs 50 --output runs/longer             repeat a run with changes
              fovea train --processes 4 --device cuda \
                  --model fasterrcnn_resnet50_fpn --data coco  four GPUs, one run

            Several processes: each learns from --batch pictures at a time, so n of them
            take steps of n times as many: change --lr by the same factor. With --device
            cuda each has a GPU of its own. Over several machines, let another launcher
            start the processes: torchrun, or whatever sets RANK, LOCAL_RANK, WORLD_SIZE,
            MASTER_ADDR and MASTER_PORT.
            """, options.Groups);
        foreach (Option option in options.Groups.SelectMany(group => group.Options)) verb.Options.Add(option);
        verb.SetAction((parsed, cancellation) => Task.FromResult(Train(options, parsed, cancellation)));
        return verb;
    }

    private static int Train(TrainOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        ProcessGroupOptions? place = Launch.Place();
        int? launched = Launch.Size(place);
        (RunConfig config, string folder) = options.Resolve(parsed, launched);
        TextWriter error = parsed.InvocationConfiguration.Error;
        if (launched is null && config.Processes > 1)
            return new Launcher(config.Processes, error).Run(parsed.Tokens.Select(token => token.Value), cancellation);
        int? threads = options.ThreadCount(parsed) ?? Launch.Threads(place, Environment.ProcessorCount);
        Verb.LoadLibrary(options.LibTorchPath(parsed), threads, error);
        Device device = Launch.DeviceOf(Verb.ParseDevice(config.Training.Device), place, Library.CudaDeviceCount);
        config = config with { Training = config.Training with { Device = device.ToString() } };
        using ProcessGroup? group = place is null ? null : new ProcessGroup(place);
        return Run(config, folder, error, cancellation, group);
    }

    /// <summary>Trains as a configuration says; a run that lies in the folder goes on. Of the processes of a group, process 0 writes and
    /// tells; what fails is told by each.</summary>
    internal static int Run(RunConfig config, string folder, TextWriter error, CancellationToken cancellation, ProcessGroup? group = null)
    {
        bool leads = group is null or { Rank: 0 };
        if (!leads) error = TextWriter.Null;
        if (IsFinished(config, folder, error)) return 0;
        (IDataset train, IDataset val) = DataSource.OpenForTraining(config, error);
        // A run that goes on has its own weights and needs those that it began with no more.
        RunConfig start = RunFolder.HoldsCheckpoint(folder) ? config with { Weights = null } : config;
        using Detector model = DetectorBuilder.Create(start, train.Categories.Count + 1, error.WriteLine);
        Verb.MakeFolder("--output", folder);
        var run = new RunFolder(folder);
        if (leads) run.WriteConfig(config.ToYaml());
        error.WriteLine(FormattableString.Invariant($"Training {config.Model} ({model.ParameterCount():N0} parameters) ") +
            $"on {train.Count} pictures, measuring on {val.Count}; classes: {string.Join(", ", train.Categories.Select(c => c.Name))}." +
            (group is null ? "" : $" {group.Size} processes learn from {group.Size} x {config.Training.BatchSize} pictures at a time."));
        if (leads && !run.CanResume && train is TrainingDataset && model is FasterRcnn rcnn
            && AnchorHint(rcnn.Options, train) is { } hint)
            error.WriteLine(hint);
        using var display = new TrainingDisplay(error);
        using var events = new TensorBoardLog(run);
        using var trainer = new Trainer<DetectionBatch>(new DetectionTask(model, train, val, config, group), config.Training, run,
            new TrainingObservers(display, events), group);
        try
        {
            TrainingResult result = trainer.Run(cancellation);
            display.ShowClasses();
            error.WriteLine(result.BestEpoch > 0
                ? FormattableString.Invariant($"Done. Best AP {result.Best:0.000} in epoch {result.BestEpoch}: {run.BestPath}")
                : $"Done: {run.LastPath}");
            error.WriteLine($"Pictures of the last validation: {run.PicturesPath}");
            error.WriteLine($"Next: fovea predict PICTURES --model {folder}");
            return 0;
        }
        catch (OperationCanceledException)
        {
            display.Clear();
            error.WriteLine($"Stopped. Go on with: fovea train --resume {folder}" +
                (group is null || Launcher.StartedThis ? "" : $" (in {group.Size} processes again)"));
            return 1;
        }
    }

    /// <summary>A run that is complete has nothing to go on with.</summary>
    private static bool IsFinished(RunConfig config, string folder, TextWriter error)
    {
        if (!RunFolder.HoldsCheckpoint(folder)) return false;
        using Checkpoint last = Checkpoint.Open(Path.Combine(folder, "last.safetensors"));
        if (last.TrainingProgress is not { } progress || progress.Epoch < config.Training.Epochs) return false;
        error.WriteLine($"{folder} is complete: {progress.Epoch} epochs. To train longer, start a run from it: fovea train --config " +
            $"{Path.Combine(folder, "run.yaml")} --weights {Path.Combine(folder, "best.safetensors")} --output FOLDER");
        return true;
    }

    /// <summary>A line about anchors that would fit the boxes much better, or null where the chosen ones are good.</summary>
    private static string? AnchorHint(FasterRcnnOptions options, IDataset train)
    {
        if (AnchorAdvice.Compare(train, options.Transform.MinSize, options.Transform.MaxSize,
            [.. options.AnchorSizes.Select(size => (double)size)], [.. options.AspectRatios.Select(ratio => (double)ratio)])
            is not { } advice) return null;
        if (advice.Coverage - advice.ChosenCoverage < WorthwhileCoverage) return null;
        return FormattableString.Invariant($"Hint: the anchors cover {100 * advice.ChosenCoverage:0} % of the boxes (IoU 0.5); ") +
            FormattableString.Invariant($"--anchors {string.Join(",", advice.Sizes)} would cover {100 * advice.Coverage:0} %.");
    }
}
