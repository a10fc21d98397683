using System.CommandLine;
using Fovea.Torch;
using Fovea.Torch.Distributed;
using Fovea.Training;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea train</c>: trains a model on a data set.</summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        var options = new TrainOptions();
        var verb = new GroupedCommand("train", """
            Train a model on pictures of your own.

            Examples:
              fovea train --model fasterrcnn_resnet18_fpn --data my-pictures
              fovea train --model fasterrcnn_resnet50_fpn --data coco \
                  --weights coco --device cuda
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
        Device device = Launch.DeviceOf(Verb.ParseDevice(config.Training.Device), place, Library.CudaDeviceCount, Launcher.StartedThis);
        config = config with { Training = config.Training with { Device = device.ToString() } };
        using ProcessGroup? group = place is null ? null : new ProcessGroup(place);
        return new TrainingRun(config, folder, error, group).Run(cancellation);
    }
}
