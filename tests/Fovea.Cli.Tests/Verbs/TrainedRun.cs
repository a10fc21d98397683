namespace Fovea.Cli.Tests.Verbs;

/// <summary>A detector trained for a moment on six tiny pictures by the command line itself, shared by the tests that use it.</summary>
public sealed class TrainedRun : IDisposable
{
    /// <summary>Options that make a model small enough for a test.</summary>
    public static string[] Tiny =>
    [
        "--model", "fasterrcnn_resnet18_fpn", "--size", "64x64", "--pyramid-channels", "8", "--head-width", "8",
        "--anchors", "8,16,32,64,128",
        "--regions", "16", "--batch", "2", "--epochs", "1", "--warm-up", "0", "--max-detections", "10",
    ];

    public TrainedRun()
    {
        Data = Folder.Voc();
        Run = Folder["run"];
        (Code, _, Error) = CommandLine.Run(["train", .. Tiny, "--data", Data, "--output", Run]);
    }

    public WorkFolder Folder { get; } = new();

    public string Data { get; }

    public string Run { get; }

    public int Code { get; }

    public string Error { get; }

    public void Dispose() => Folder.Dispose();
}

/// <summary>Tests of this collection share the run, and run one after the other with nothing beside them: some count what the process
/// allocates.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TrainedRunCollection : ICollectionFixture<TrainedRun>
{
    public const string Name = "trained run";
}
