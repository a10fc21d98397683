using System.Text.Json.Serialization;
using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation;

namespace Fovea.Weights;

/// <summary>What a user chooses when building a segmenter, and what a checkpoint keeps of it. What is null is the model's default.</summary>
public sealed record SegmenterSettings
{
    /// <summary>Classes at most: a label is a byte, and one value of it is no class.</summary>
    internal const int MostClasses = Structures.SegmentationMap.Ignore;

    // Larger pictures, wider networks and finer grids would take gigabytes.
    private const int LargestSize = 8192, LargestWidth = 256, LargestHead = 4096, MostBins = 64, MostLevels = 16;

    /// <summary>Length of a picture's shorter side in the network, in pixels, at most 8,192; pictures stay as they are where null.</summary>
    public int? ShorterSide { get; init => field = value is null or (>= 1 and <= LargestSize) ? value
        : throw new ArgumentOutOfRangeException(nameof(ShorterSide), value, $"ShorterSide must be 1 to {LargestSize} pixels."); }

    /// <summary>Whether the network has its auxiliary heads; true where null.</summary>
    public bool? Auxiliary { get; init; }

    /// <summary>Number of classes of the second map, 1 to 255, in networks with two heads; the data tell it.</summary>
    public int? SecondClassCount { get; init => field = value is null or (>= 1 and <= MostClasses) ? value
        : throw new ArgumentOutOfRangeException(nameof(SecondClassCount), value, $"SecondClassCount must be 1 to {MostClasses}."); }

    /// <summary>Chance that a number before the last layer is dropped while training.</summary>
    public double? Dropout { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Pixels of the picture to a pixel of the backbone's last map, in networks that dilate: 8, 16 or 32.</summary>
    public int? OutputStride { get; init => field = value is null or 8 or 16 or 32 ? value
        : throw new ArgumentOutOfRangeException(nameof(OutputStride), value, "OutputStride must be 8, 16 or 32."); }

    /// <summary>Channels of fully connected layers turned into convolutions, at most 4,096, as in the papers; fewer for a small and fast
    /// network, into which a classifier's fully connected layers do not fit.</summary>
    public int? HeadWidth { get; init => field = value is null or (>= 1 and <= LargestHead) ? value
        : throw new ArgumentOutOfRangeException(nameof(HeadWidth), value, $"HeadWidth must be 1 to {LargestHead} channels."); }

    /// <summary>Batch norm of the backbone with fixed statistics, as for fine-tuning with small batches; trainable where false or
    /// null.</summary>
    public bool? FrozenBatchNorm { get; init; }

    /// <summary>What published weights need beside the model's defaults: pictures of the size that they were prepared in. Nothing where
    /// there are none.</summary>
    public static SegmenterSettings Under(PublishedWeights? weights) => new() { ShorterSide = weights?.Preprocessing.Resize };

    /// <summary>Channels of the first stage, from which those of all others follow, in networks that can be narrower than in their papers:
    /// 1 to 256. The cost falls with its square.</summary>
    public int? Width { get; init => field = value is null or (>= 1 and <= LargestWidth) ? value
        : throw new ArgumentOutOfRangeException(nameof(Width), value, $"Width must be 1 to {LargestWidth} channels."); }

    /// <summary>Windows in each direction of the levels of a pyramid: up to 16 numbers of 1 to 64, such as 1, 2, 3, 6.</summary>
    public IReadOnlyList<int>? Bins { get; init => field = value is null || (value.Count is >= 1 and <= MostLevels
        && value.All(count => count is >= 1 and <= MostBins)) ? value
        : throw new ArgumentOutOfRangeException(nameof(Bins), $"[{string.Join(", ", value)}]",
            $"Bins must be 1 to {MostLevels} numbers of 1 to {MostBins}."); }

    /// <summary>What a pyramid takes from each window.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<PyramidPoolingKind>))]
    public PyramidPoolingKind? Pooling { get; init; }

    /// <summary>Whether the levels of a pyramid are reduced to as many channels together as the map has; true where null.</summary>
    public bool? DimensionReduction { get; init; }

    /// <summary>What follows the front end of a network with a context module.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<ContextForm>))]
    public ContextForm? Context { get; init; }

    /// <summary>These settings, with those of <paramref name="other"/> where they are given.</summary>
    public SegmenterSettings With(SegmenterSettings other) => new()
    {
        ShorterSide = other.ShorterSide ?? ShorterSide,
        Auxiliary = other.Auxiliary ?? Auxiliary,
        SecondClassCount = other.SecondClassCount ?? SecondClassCount,
        Dropout = other.Dropout ?? Dropout,
        OutputStride = other.OutputStride ?? OutputStride,
        HeadWidth = other.HeadWidth ?? HeadWidth,
        FrozenBatchNorm = other.FrozenBatchNorm ?? FrozenBatchNorm,
        Width = other.Width ?? Width,
        Bins = other.Bins ?? Bins,
        Pooling = other.Pooling ?? Pooling,
        DimensionReduction = other.DimensionReduction ?? DimensionReduction,
        Context = other.Context ?? Context,
    };

    /// <summary>The options that all segmenters have.</summary>
    /// <param name="classCount">K.</param>
    /// <param name="secondClassCount">L, where the settings name none.</param>
    public SegmenterOptions ToOptions(int classCount, int secondClassCount = 0) => new(classCount)
    {
        SecondClassCount = SecondClassCount ?? secondClassCount, Auxiliary = Auxiliary ?? true, Dropout = Dropout,
    };

    /// <summary>The options of a segmenter's backbone.</summary>
    /// <param name="outputStride">Where the settings name none.</param>
    public BackboneOptions ToBackbone(int outputStride = 32) => new()
    {
        OutputStride = OutputStride ?? outputStride, FrozenBatchNorm = FrozenBatchNorm == true,
    };

    /// <summary>The pyramid of a network that pools one.</summary>
    public PyramidOptions ToPyramid()
    {
        var defaults = new PyramidOptions();
        return new()
        {
            Bins = Bins ?? defaults.Bins, Kind = Pooling ?? defaults.Kind, Reduce = DimensionReduction ?? defaults.Reduce,
        };
    }

    /// <summary>How pictures become the network's input.</summary>
    public SegmentationTransform ToTransform() => new() { ShorterSide = ShorterSide };

    /// <summary>Makes sure that nothing is set that a model does not have.</summary>
    /// <param name="model">Its id, for the message.</param>
    /// <param name="names">The properties that it knows, beside <see cref="ShorterSide"/>, which all know.</param>
    /// <exception cref="ArgumentException">Another one is set.</exception>
    public void ExpectOnly(string model, IReadOnlyList<string> names)
    {
        foreach (System.Reflection.PropertyInfo property in typeof(SegmenterSettings).GetProperties())
            if (property.Name != nameof(ShorterSide) && !names.Contains(property.Name) && property.GetValue(this) is not null)
                throw new ArgumentException($"{property.Name} is set, but {model} has nothing that it could change.", property.Name);
    }
}
