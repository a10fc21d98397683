using System.CommandLine;
using Fovea.Data;
using Fovea.Detection;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea train</c>: trains a model on a data set.</summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        var options = new TrainOptions();
        var verb = new Command("train", """
            Train a model on pictures of your own.

            Examples:
              fovea train --model fasterrcnn_resnet18_fpn --data my-pictures
              fovea train --model fasterrcnn_resnet50_fpn --data coco --train-split train2017 --val-split val2017 --weights fasterrcnn.pth
              fovea train --resume runs/my-pictures          go on with an interrupted run
              fovea train --config runs/my-pictures/run.yaml repeat a run
            """);
        options.AddTo(verb);
        verb.SetAction((parsed, cancellation) => Task.FromResult(Train(options, parsed, cancellation)));
        return verb;
    }

    private static int Train(TrainOptions options, ParseResult parsed, CancellationToken cancellation)
    {
        (RunConfig config, string folder) = options.Resolve(parsed);
        Verb.LoadLibrary(options.LibTorchPath(parsed), options.ThreadCount(parsed));
        Verb.ParseDevice(config.Training.Device);
        return Run(config, folder, cancellation);
    }

    /// <summary>Trains as a configuration says; a run that lies in the folder goes on.</summary>
    internal static int Run(RunConfig config, string folder, CancellationToken cancellation)
    {
        (IDataset train, IDataset val) = OpenData(config);
        using Detector model = DetectorBuilder.Create(config, train.Categories.Count + 1, Console.Error.WriteLine);
        var run = new RunFolder(folder);
        run.WriteConfig(config.ToYaml());
        Console.Error.WriteLine($"Training {config.Model} ({model.ParameterCount():N0} parameters) on {train.Count} pictures, " +
            $"measuring on {val.Count}; classes: {string.Join(", ", train.Categories.Select(c => c.Name))}.");
        using var display = new TrainingDisplay();
        using var events = new TensorBoardLog(run);
        using var trainer = new Trainer<DetectionBatch>(new DetectionTask(model, train, val, config), config.Training, run,
            new TrainingObservers(display, events));
        try
        {
            TrainingResult result = trainer.Run(cancellation);
            display.Clear();
            Console.Error.WriteLine(result.BestEpoch > 0
                ? $"Done. Best AP {result.Best:0.000} in epoch {result.BestEpoch}: {run.BestPath}"
                : $"Done: {run.LastPath}");
            return 0;
        }
        catch (OperationCanceledException)
        {
            display.Clear();
            Console.Error.WriteLine($"Stopped. Go on with: fovea train --resume {folder}");
            return 1;
        }
    }

    /// <summary>The training pictures, cleaned, and the validation pictures with the same classes.</summary>
    private static (IDataset Train, IDataset Val) OpenData(RunConfig config)
    {
        if (config.Data == ScenesData.Name)
            return (ScenesData.Open(train: true, config.Training.Seed), ScenesData.Open(train: false, config.Training.Seed));
        var train = new TrainingDataset(Dataset.Open(config.Data, config.TrainSplit));
        IDataset val = Dataset.Open(config.Data, config.ValSplit, train.Categories);
        Console.Error.WriteLine($"Boxes to learn: {train.Report}");
        return (train, val);
    }
}
