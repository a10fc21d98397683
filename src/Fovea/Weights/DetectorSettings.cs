using System.Reflection;
using System.Text.Json.Serialization;
using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;

namespace Fovea.Weights;

/// <summary>What a user chooses when building a detector, and what a checkpoint keeps of it. What is null is the model's default.</summary>
public sealed record DetectorSettings
{
    // Pictures that are enlarged further than this would take gigabytes.
    private const int LargestSize = 8192;

    /// <summary>Wanted length of the shorter side of a picture, in pixels, at most 8,192.</summary>
    public int? MinSize { get; init => field = InRange(value, nameof(MinSize)); }

    /// <summary>Largest length of the longer side, in pixels, at most 8,192.</summary>
    public int? MaxSize { get; init => field = InRange(value, nameof(MaxSize)); }

    /// <summary>How the scale of resizing is rounded; as torchvision 0.14 does where null.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<ScaleRounding>))]
    public ScaleRounding? Rounding { get; init; }

    /// <summary>Square roots of the anchors' areas, one a pyramid level from fine to coarse, in pixels of the resized picture.</summary>
    public IReadOnlyList<float>? AnchorSizes { get; init; }

    /// <summary>Shapes of the anchors: height over width.</summary>
    public IReadOnlyList<float>? AspectRatios { get; init; }

    /// <summary>Batch norm with fixed statistics, as under torchvision's pre-trained weights; trainable where false or null.</summary>
    public bool? FrozenBatchNorm { get; init; }

    /// <summary>Added to the variance in batch norm; 1e-5 where null. torchvision runs the first weights that it published for a model,
    /// which were trained before it added anything, with 0.</summary>
    public double? BatchNormEpsilon { get; init => field = value is null ? null : Check.NotNegative(value.Value); }

    /// <summary>How regions are cut out of the pyramid.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RoiPooling>))]
    public RoiPooling? Pooling { get; init; }

    /// <summary>Detections below this score are dropped.</summary>
    public double? ScoreThreshold { get; init; }

    /// <summary>Of two detections of a class that overlap by more than this IoU, the better one stays.</summary>
    public double? NmsThreshold { get; init; }

    /// <summary>Detections of a picture at most.</summary>
    public int? DetectionsPerImage { get; init; }

    /// <summary>Channels of every pyramid level: 256 in the paper, fewer for a small and fast detector.</summary>
    public int? PyramidChannels { get; init; }

    /// <summary>Width of the second stage's layers: 1,024 in the paper, fewer for a small and fast detector.</summary>
    public int? HeadWidth { get; init; }

    /// <summary>Channels of the convolutions of the branch for masks (256 in the paper) or key points (512): 1 to 4,096; fewer for a small and
    /// fast detector.</summary>
    public int? BranchWidth { get; init => field = value is null or (>= 1 and <= 4096) ? value
        : throw new ArgumentOutOfRangeException(nameof(BranchWidth), value, "BranchWidth must be 1 to 4096 channels."); }

    /// <summary>Key points of an object: 17 of a person where null; 1 to 1,000.</summary>
    public int? KeypointCount { get; init => field = value is null or (>= 1 and <= 1000) ? value
        : throw new ArgumentOutOfRangeException(nameof(KeypointCount), value, "KeypointCount must be 1 to 1000."); }

    /// <summary>Regions of a picture that a training step learns from: 512 in torchvision, fewer for a quicker step.</summary>
    public int? TrainingRegions { get; init; }

    /// <summary>Learn from every anchor and every region instead of a balanced random choice: losses are then free of chance, to compare
    /// them with another program's.</summary>
    public bool? SampleAll { get; init; }

    /// <summary>What published weights need beside the model's defaults; nothing where there are none.</summary>
    public static DetectorSettings Under(PublishedWeights? weights) => new() { BatchNormEpsilon = weights?.BatchNormEpsilon };

    /// <summary>These settings, with those of <paramref name="other"/> where they are given.</summary>
    public DetectorSettings With(DetectorSettings other)
    {
        DetectorSettings merged = this with { };
        foreach (PropertyInfo property in typeof(DetectorSettings).GetProperties())
            if (property.GetValue(other) is { } value) property.SetValue(merged, value);
        return merged;
    }

    /// <summary>How a backbone is built.</summary>
    internal BackboneOptions ToBackbone() => new() { FrozenBatchNorm = FrozenBatchNorm == true, BatchNormEpsilon = BatchNormEpsilon };

    /// <summary>How pictures become batches, from a model's own way.</summary>
    internal DetectionTransform Change(DetectionTransform transform) => transform with
    {
        MinSize = MinSize ?? transform.MinSize, MaxSize = MaxSize ?? transform.MaxSize, Rounding = Rounding ?? transform.Rounding,
    };

    /// <summary>Which of its finds a model tells, from its own choice.</summary>
    internal SelectionOptions Change(SelectionOptions selection) => selection with
    {
        ScoreThreshold = ScoreThreshold ?? selection.ScoreThreshold, NmsThreshold = NmsThreshold ?? selection.NmsThreshold,
        DetectionsPerImage = DetectionsPerImage ?? selection.DetectionsPerImage,
    };

    /// <summary>Makes sure that nothing is set that a model does not have.</summary>
    /// <param name="model">Its id, for the message.</param>
    /// <param name="names">The properties that it knows.</param>
    /// <exception cref="ArgumentException">Another one is set.</exception>
    public void ExpectOnly(string model, IReadOnlyList<string> names)
    {
        foreach (PropertyInfo property in typeof(DetectorSettings).GetProperties())
            if (!names.Contains(property.Name) && property.GetValue(this) is not null)
                throw new ArgumentException($"{property.Name} is set, but {model} has nothing that it could change.", property.Name);
    }

    private static int? InRange(int? size, string name) => size is null or (>= 1 and <= LargestSize) ? size
        : throw new ArgumentOutOfRangeException(name, size, $"{name} must be 1 to {LargestSize} pixels.");
}
