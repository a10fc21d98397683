using Fovea.Backbones;
using Fovea.Classification;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Training;

/// <summary>Builds the classifier that a run starts with.</summary>
public static class ClassifierBuilder
{
    /// <summary>The model of a configuration, with its weights or random ones from the run's seed.</summary>
    /// <param name="config">The run.</param>
    /// <param name="classCount">K.</param>
    /// <param name="tell">Receives a line about what is made anew.</param>
    /// <exception cref="StateMismatchException">The weights do not fit.</exception>
    /// <exception cref="ArgumentException">The weights are of another number of classes, and <see cref="RunConfig.NewHead"/> is not
    /// set.</exception>
    public static Classifier Create(RunConfig config, int classCount, Action<string> tell)
    {
        using var generator = new Generator(config.Training.Seed);
        ClassifierEntry entry = ModelZoo.FindClassifier(config.Model);
        ClassifierSettings settings = config.Classifier ?? new ClassifierSettings();
        Backbone network = entry.Create(settings.ToOptions(classCount, entry), generator);
        try
        {
            if (config.Weights is { } path)
                StartingWeights.Load(network, entry.Id, path, network.ClassLayers, length => length, config.NewHead, tell,
                    file => DarknetClasses.Tensors(file, entry, classes => entry.Create(settings.ToOptions(classes, entry), null)));
            return new Classifier(network, settings.ToTransform(entry));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
