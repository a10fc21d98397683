using System.Diagnostics;
using Fovea.Data;
using Fovea.Detection;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Optim;
using Fovea.Training;
using Fovea.Weights;

namespace Fovea.Benchmarks.Proofs;

/// <summary>Shows that a detector can learn: it is trained on eight generated scenes, all in one batch, until it knows them by heart.</summary>
internal static class DetectorOverfit
{
    private const int Pictures = 8, MostSteps = 400, Between = 25, WarmUp = 25;

    private const double LearningRate = 1e-3, Wanted = 0.9;

    // Scenes come at 240 x 320. Networks that take squares of one side keep it.
    private static readonly DetectorSettings Small = new() { MinSize = 240, MaxSize = 320 };

    // Anchors that match a scene's objects, one a level.
    private static readonly float[] AnchorSizes = [8, 16, 32, 64, 128];

    // Branches at a size that learns in minutes on a CPU.
    private const int BranchWidth = 64, BranchRegions = 64;

    /// <summary>Trains detectors, and prints a line for each; 1 where one fails.</summary>
    /// <param name="ids">The detectors; the smallest one of each paper where empty.</param>
    public static int Run(IReadOnlyList<string> ids)
    {
        IEnumerable<DetectorEntry> entries = ids.Count > 0 ? ids.Select(ModelZoo.FindDetector)
            : ModelZoo.Detectors.GroupBy(entry => entry.Paper).Select(group => group.First()).Where(entry => entry.Task == "detect");
        Console.WriteLine($"Over-fitting {Pictures} scenes in one batch: Adam, learning rate rising to {LearningRate} in {WarmUp} steps, then falling to zero; " +
            $"AP50 on the same scenes in evaluation mode every {Between} steps, of masks or key points where the network finds them; at most {MostSteps} steps.");
        bool good = true;
        foreach (DetectorEntry entry in entries)
        {
            var clock = Stopwatch.StartNew();
            (int steps, double ap50, Detector model) = Fit(entry);
            using Detector trained = model;
            bool fits = ap50 > Wanted;
            Console.WriteLine(FormattableString.Invariant(
                $"| {entry.Id} | {trained.ParameterCount():N0} | {steps} | {clock.Elapsed.TotalSeconds:0} s | {ap50:0.000} | {(fits ? "yes" : "no")} |"));
            good &= fits;
        }
        return good ? 0 : 1;
    }

    private static (int Steps, double Ap50, Detector Model) Fit(DetectorEntry entry)
    {
        var scenes = new Scenes(Pictures, 5);
        using var generator = new Generator(1);
        Detector model = entry.Create(scenes.Categories.Count + 1, SettingsOf(entry), generator);
        using DetectionBatch batch = DetectionBatch.From([.. Enumerable.Range(0, Pictures).Select(scenes.Load)], model.Transform);
        var group = new ParameterGroup(model.NamedParameters(), LearningRate, 0);
        using var optimizer = new Adam([group]);
        double ap50 = 0;
        int step = 0;
        Dictionary<string, double> losses = [];
        while (step < MostSteps && ap50 <= Wanted)
        {
            model.Train();
            for (int i = 0; i < Between; i++, step++)
            {
                using var scope = new TensorScope();
                group.LearningRate = LearningRate * Math.Min(1, (step + 1.0) / WarmUp) * (1 - (double)step / MostSteps);
                IReadOnlyDictionary<string, Tensor> parts = model.ComputeLosses(batch.Images, batch.Targets, generator);
                losses = parts.ToDictionary(part => part.Key, part => part.Value.Item());
                parts.Values.Aggregate((sum, loss) => sum + loss).Backward();
                optimizer.Step();
                optimizer.ZeroGrad();
            }
            model.Train(false);
            DetectorResult found = DetectorEvaluation.Run(model, scenes, Device.Cpu, new EvaluationOptions());
            ap50 = (found.Masks ?? found.Keypoints ?? found.Boxes).Summary.Ap50;
            Console.Error.WriteLine(FormattableString.Invariant($"{entry.Id}: step {step}, AP50 {ap50:0.000}; ") +
                string.Join(", ", losses.Select(loss => FormattableString.Invariant($"{loss.Key} {loss.Value:0.0000}"))));
        }
        return (step, ap50, model);
    }

    private static DetectorSettings SettingsOf(DetectorEntry entry)
    {
        using Detector plain = entry.Create(2, new DetectorSettings());
        DetectorSettings settings = plain.Transform.FixedSize is null ? Small : new DetectorSettings();
        if (plain is MaskRcnn or KeypointRcnn) settings = settings with { BranchWidth = BranchWidth, TrainingRegions = BranchRegions };
        return plain is FasterRcnn or RetinaNet && entry.Family.Settings.Contains(nameof(DetectorSettings.AnchorSizes))
            ? settings with { AnchorSizes = AnchorSizes } : settings;
    }
}
