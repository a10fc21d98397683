using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Builds the segmenter that a run starts with.</summary>
public static class SegmenterBuilder
{
    /// <summary>The model of a configuration, with its weights or random ones from the run's seed.</summary>
    /// <param name="config">The run.</param>
    /// <param name="classCount">K.</param>
    /// <param name="tell">Receives a line about what is taken and what is made anew.</param>
    /// <exception cref="ArgumentException">The weights are for other classes, and no new head was asked for.</exception>
    /// <exception cref="StateMismatchException">The weights do not fit.</exception>
    public static SegmentationModel Create(RunConfig config, int classCount, Action<string> tell)
    {
        using var generator = new Generator(config.Training.Seed);
        SegmenterEntry entry = ModelZoo.FindSegmenter(config.Model);
        SegmenterSettings settings = config.Segmenter ?? new SegmenterSettings();
        Segmenter network = entry.Create(classCount, settings, generator);
        try
        {
            if (config.WeightsBackbone is { } backbone)
            {
                (IReadOnlyList<string> loaded, IReadOnlyList<string> leftOut) = BackboneWeights.Load(network, entry, backbone);
                string rest = leftOut.Count == 0 ? "nothing" : string.Join(", ", leftOut);
                tell($"From {backbone}: {string.Join(", ", loaded)}. Not taken: {rest}.");
            }
            if (config.Weights is { } path)
                StartingWeights.Load(network, entry.Id, path, network.ClassLayers, length => length, config.NewHead, tell);
            return new SegmentationModel(network, settings.ToTransform());
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
