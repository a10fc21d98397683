using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Builds the detector that a run starts with.</summary>
public static class DetectorBuilder
{
    /// <summary>The model of a configuration, with its weights or random ones from the run's seed.</summary>
    /// <param name="config">The run.</param>
    /// <param name="classCount">K + 1.</param>
    /// <param name="tell">Receives a line about what is made anew.</param>
    /// <exception cref="ArgumentException">The weights are for other classes, and no new head was asked for.</exception>
    /// <exception cref="StateMismatchException">The weights do not fit; where only the head does not, the message says so.</exception>
    public static Detector Create(RunConfig config, int classCount, Action<string> tell)
    {
        using var generator = new Generator(config.Training.Seed);
        DetectorEntry entry = ModelZoo.FindDetector(config.Model);
        string head = entry.Family.ClassLayers;
        Detector model = entry.Create(classCount, config.Detector ?? new DetectorSettings(), generator);
        if (config.Weights is null) return model;
        try
        {
            using WeightFile weights = WeightFile.Open(config.Weights);
            bool otherClasses = weights.Tensors.TryGetValue(entry.Family.ClassBias, out StoredTensor? bias)
                && bias.ElementCount != classCount;
            if (otherClasses && !config.NewHead)
                throw new ArgumentException($"{config.Weights} tells {bias!.ElementCount - 1} classes apart, but the data has " +
                    $"{classCount - 1}. With --new-head the last layers start anew and everything else is kept.");
            model.LoadState(weights.Tensors, config.Weights, config.NewHead ? OfHead : null);
            if (config.NewHead) tell($"Started anew: {string.Join(", ", model.StateDict().Select(entry => entry.Name).Where(OfHead))}.");
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }

        bool OfHead(string name) => name.StartsWith(head, StringComparison.Ordinal);
    }
}
