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
        DetectorSettings settings = config.Detector ?? new DetectorSettings();
        Detector model = entry.Create(classCount, settings, generator);
        try
        {
            if (config.WeightsBackbone is { } backbone)
            {
                (IReadOnlyList<string> loaded, IReadOnlyList<string> leftOut) = BackboneWeights.Load(model, entry, backbone);
                string rest = leftOut.Count == 0 ? "nothing" : string.Join(", ", leftOut);
                tell($"From {backbone}: {string.Join(", ", loaded)}. Not taken: {rest}.");
            }
            if (config.Weights is { } path)
                StartingWeights.Load(model, entry.Id, path, entry.Family.ClassLayers,
                    length => entry.Family.ClassCount(length, settings) - 1, config.NewHead, tell,
                    file => DarknetClasses.Tensors(file, entry, classes => entry.Create(classes + 1, settings, null)));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
