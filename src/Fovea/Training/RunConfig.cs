using Fovea.Reconstruction;
using Fovea.Weights;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Fovea.Training;

/// <summary>Everything that a training run depends on: what run.yaml holds. Training from it again repeats the run.</summary>
public sealed record RunConfig
{
    /// <summary>The model's id in <see cref="ModelZoo"/>.</summary>
    public string Model { get; init; } = "";

    /// <summary>The data set's folder or file, or "scenes" for generated pictures.</summary>
    public string Data { get; init; } = "";

    /// <summary>The split to train on.</summary>
    public string TrainSplit { get; init; } = "train";

    /// <summary>The split to validate on.</summary>
    public string ValSplit { get; init; } = "val";

    /// <summary>Weights to start from: a file, or the name of <see cref="PublishedWeights"/>, which whoever runs it turns into a file. Null
    /// for random ones.</summary>
    public string? Weights { get; init; }

    /// <summary>As <see cref="Weights"/>, of the classification network that is the backbone, for that alone.</summary>
    public string? WeightsBackbone { get; init; }

    /// <summary>Whether the last layers may be made anew where the weights have other classes.</summary>
    public bool NewHead { get; init; }

    /// <summary>The settings of a detector; null for its defaults, and for models of other tasks.</summary>
    public DetectorSettings? Detector { get; init; }

    /// <summary>The settings of a classifier; null for its defaults, and for models of other tasks.</summary>
    public ClassifierSettings? Classifier { get; init; }

    /// <summary>How a classifier is trained; null for models of other tasks.</summary>
    public ClassificationRecipe? Recipe { get; init; }

    /// <summary>The settings of a segmenter; null for its defaults, and for models of other tasks.</summary>
    public SegmenterSettings? Segmenter { get; init; }

    /// <summary>How a segmenter is trained; null for models of other tasks.</summary>
    public SegmentationRecipe? Segmentation { get; init; }

    /// <summary>The numbers of an auto-encoder; null for its defaults, and for models of other tasks.</summary>
    public AutoEncoderOptions? AutoEncoder { get; init; }

    /// <summary>How training goes.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Processes that train together, each with a batch of its own at a time; 1 by default. Part of the run: another number
    /// of them does not repeat it, and cannot go on with it.</summary>
    public int Processes
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Processes), value, "The number of processes must be at least 1.");
    } = 1;

    /// <summary>The configuration as YAML.</summary>
    public string ToYaml() => new SerializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull).Build().Serialize(this);

    /// <summary>Reads YAML.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What it comes from, for messages.</param>
    /// <exception cref="FormatException">It is no YAML, has a key that is unknown, or a value out of range; the message gives the
    /// line.</exception>
    public static RunConfig FromYaml(string yaml, string source)
    {
        try
        {
            return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
                .WithTypeMapping<IReadOnlyList<int>, List<int>>().WithTypeMapping<IReadOnlyList<float>, List<float>>()
                .WithTypeMapping<IReadOnlyList<double>, List<double>>()
                .Build().Deserialize<RunConfig?>(yaml)
                ?? throw new FormatException($"{source} is empty.");
        }
        catch (YamlException error)
        {
            string reason = error.InnerException is { } inner ? (inner.InnerException ?? inner).Message : error.Message;
            throw new FormatException($"{source}, line {error.Start.Line}: {Plain(reason)}", error);
        }
    }

    // The parser speaks of its own classes and ours.
    private static string Plain(string reason)
    {
        if (reason.StartsWith("No node deserializer", StringComparison.Ordinal))
            return "a list or a mapping stands where something else was expected.";
        int type = reason.IndexOf(" not found on type", StringComparison.Ordinal);
        return type > 0 && reason.StartsWith("Property ", StringComparison.Ordinal)
            ? $"there is no key {reason["Property ".Length..type]}." : reason;
    }
}
