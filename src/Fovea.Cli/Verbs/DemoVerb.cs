using System.CommandLine;
using System.Diagnostics;
using Fovea.Data;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea demo</c>: trains a small detector on generated scenes, measures it and draws what it finds.</summary>
internal static class DemoVerb
{
    private const int HeldOut = 100, Drawn = 8;
    private const ulong HeldOutSeed = 2;
    private const float DrawnScore = 0.8f;

    public static Command Create()
    {
        Option<string?> output = Options.Text("--output", "Folder for the model, the metrics and the pictures (default: runs/demo)", "FOLDER");
        Option<string?> device = Verb.DeviceOption();
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        var verb = new Command("demo", """
            Train a small detector on generated scenes in a few minutes, measure it, and draw what it finds.

            Examples:
              fovea demo
              fovea demo --device cuda --output runs/demo-on-gpu
            """) { output, device, libtorch, threads };
        verb.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetValue(output) ?? Path.Combine("runs", "demo");
            InvocationConfiguration console = parsed.InvocationConfiguration;
            Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), console.Error);
            RunConfig config = Config(Verb.ParseDevice(parsed.GetValue(device)).ToString());
            if (RunFolder.HoldsCheckpoint(folder)) RemoveLastDemo(folder, config);
            return Task.FromResult(Run(config, folder, console, cancellation));
        });
        return verb;
    }

    /// <summary>A narrow ResNet-18 Faster R-CNN on 600 small pictures: what two cores can train in a few minutes.</summary>
    private static RunConfig Config(string device) => new()
    {
        Model = "fasterrcnn_resnet18_fpn",
        Data = ScenesData.Name,
        Detector = new DetectorSettings
        {
            MinSize = 192, MaxSize = 256, AnchorSizes = [12, 24, 48, 96, 160], PyramidChannels = 64, HeadWidth = 256, TrainingRegions = 128,
        },
        Training = new TrainingOptions
        {
            Epochs = 4, BatchSize = 4, LearningRate = 0.02, WarmUpSteps = 50, ClipNorm = 10, EmaDecay = 0.995, ValidateEvery = 4,
            CheckpointEvery = 0, Device = device,
        },
    };

    /// <summary>Removes what an earlier demo learnt; a run of somebody's own is left alone.</summary>
    internal static void RemoveLastDemo(string folder, RunConfig demo)
    {
        var run = new RunFolder(folder);
        RunConfig? old = File.Exists(run.ConfigPath) ? RunConfig.FromYaml(File.ReadAllText(run.ConfigPath), run.ConfigPath) : null;
        if (old is null || old.Data != demo.Data || old.Model != demo.Model)
            throw new UsageException($"--output: {folder} holds a run that is not the demo's. Give the demo another folder.");
        foreach (string file in new[] { run.LastPath, run.BestPath, run.MetricsPath }) File.Delete(file);
    }

    private static int Run(RunConfig config, string folder, InvocationConfiguration console, CancellationToken cancellation)
    {
        TextWriter output = console.Output;
        var watch = Stopwatch.StartNew();
        if (new TrainingRun(config, folder, console.Error).Run(cancellation) is not 0 and var code) return code;

        using Predictor predictor = Predictor.Load(new RunFolder(folder).BestPath, Device.Parse(config.Training.Device));
        var scenes = new Scenes(HeldOut, HeldOutSeed);
        string pictures = Path.Combine(folder, "pictures");
        Directory.CreateDirectory(pictures);
        int drawn = 0;
        DetectorResult result = DetectorEvaluation.Run(predictor.Model, scenes, predictor.Device, new EvaluationOptions
        {
            OnPicture = (sample, found) =>
            {
                if (drawn == Drawn) return;
                DetectionDrawing.Draw(Enlarged(sample.Image), found, predictor.Categories, DrawnScore)
                    .SavePng(Path.Combine(pictures, $"scene-{++drawn}.png"));
            },
        }, cancellation);
        output.WriteLine($"What the detector finds in {HeldOut} scenes that it has not seen:");
        output.Write(result.Boxes.Summary);
        output.WriteLine($"Pictures: {pictures}");
        output.WriteLine($"Time: {ProgressLine.Clock(watch.Elapsed)}. Next: fovea predict PICTURE --model {new RunFolder(folder).BestPath}");
        return 0;
    }

    // Names are easier to read on a larger picture.
    private static Image Enlarged(Image image) => image.Resize(new ImageSize(2 * image.Height, 2 * image.Width));
}
