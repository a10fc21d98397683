using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Builds the detector that a run starts with.</summary>
public static class DetectorBuilder
{
    // What depends on the number of classes, in torchvision's names.
    private const string Head = "roi_heads.box_predictor.";

    /// <summary>The model of a configuration, with its weights or random ones from the run's seed.</summary>
    /// <param name="config">The run.</param>
    /// <param name="classCount">K + 1.</param>
    /// <param name="tell">Receives a line about what is made anew.</param>
    /// <exception cref="StateMismatchException">The weights do not fit; where only the head does not, the message says so.</exception>
    public static Detector Create(RunConfig config, int classCount, Action<string> tell)
    {
        using var generator = new Generator(config.Training.Seed);
        Detector model = ModelZoo.FindDetector(config.Model).Create(classCount, config.Settings, generator);
        if (config.Weights is null) return model;
        try
        {
            using WeightFile weights = WeightFile.Open(config.Weights);
            bool otherClasses = weights.Tensors.TryGetValue(Head + "cls_score.bias", out StoredTensor? bias) && bias.ElementCount != classCount;
            if (otherClasses && !config.NewHead)
                throw new ArgumentException($"{config.Weights} tells {bias!.ElementCount - 1} classes apart, but the data has {classCount - 1}. " +
                    "With --new-head the last layers start anew and everything else is kept.");
            model.LoadState(weights.Tensors, config.Weights, config.NewHead ? name => name.StartsWith(Head, StringComparison.Ordinal) : null);
            if (config.NewHead) tell($"Started anew: {string.Join(", ", model.StateDict().Select(s => s.Name).Where(n => n.StartsWith(Head, StringComparison.Ordinal)))}.");
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
