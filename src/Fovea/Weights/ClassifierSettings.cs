using System.Text.Json.Serialization;
using Fovea.Backbones;
using Fovea.Classification;
using Fovea.Imaging;
using Fovea.Transforms;

namespace Fovea.Weights;

/// <summary>What a user chooses when building a classifier, and what a checkpoint keeps of it. What is null is the model's default.</summary>
public sealed record ClassifierSettings
{
    // Larger pictures would take gigabytes.
    private const int LargestSize = 4096;

    /// <summary>Sides of the square that the network sees, in pixels, at most 4,096.</summary>
    public int? ImageSize { get; init => field = InRange(value, nameof(ImageSize)); }

    /// <summary>Length of a picture's shorter side before that square is cut out of its middle, at most 4,096; 256/224 of
    /// <see cref="ImageSize"/> where null, and the same for pictures of at most 64 pixels.</summary>
    public int? ResizeSize { get; init => field = InRange(value, nameof(ResizeSize)); }

    /// <summary>The filter of that resizing; bilinear where null.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<Interpolation>))]
    public Interpolation? Interpolation { get; init; }

    /// <summary>Whether colours become -1 to 1, as GoogLeNet's published weights expect them, in place of ImageNet's mean and
    /// deviation.</summary>
    public bool? SymmetricInput { get; init; }

    /// <summary>Batch norm with fixed statistics, as for fine-tuning with small batches; trainable where false or null.</summary>
    public bool? FrozenBatchNorm { get; init; }

    /// <summary>Chance that the head drops an input while training.</summary>
    public double? Dropout { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Chance that the last residual branch is skipped while training, in networks that have stochastic depth.</summary>
    public double? StochasticDepth { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Whether every residual block begins as the identity.</summary>
    public bool? ZeroInitResidual { get; init; }

    /// <summary>What published weights need beside the model's defaults: pictures as they were prepared for them.
    /// Nothing where there are none.</summary>
    public static ClassifierSettings Under(PublishedWeights? weights) => weights is null ? new() : new()
    {
        ImageSize = weights.Preprocessing.Crop, ResizeSize = weights.Preprocessing.Resize,
        Interpolation = Enum.Parse<Interpolation>(weights.Preprocessing.Interpolation, ignoreCase: true),
        SymmetricInput = weights.TransformsInput ? true : null,
    };

    /// <summary>These settings, with those of <paramref name="other"/> where they are given.</summary>
    public ClassifierSettings With(ClassifierSettings other) => new()
    {
        ImageSize = other.ImageSize ?? ImageSize,
        // The one follows from the other where it is not given.
        ResizeSize = other.ResizeSize ?? (other.ImageSize is { } side && side != ImageSize ? null : ResizeSize),
        Interpolation = other.Interpolation ?? Interpolation,
        SymmetricInput = other.SymmetricInput ?? SymmetricInput,
        FrozenBatchNorm = other.FrozenBatchNorm ?? FrozenBatchNorm,
        Dropout = other.Dropout ?? Dropout,
        StochasticDepth = other.StochasticDepth ?? StochasticDepth,
        ZeroInitResidual = other.ZeroInitResidual ?? ZeroInitResidual,
    };

    /// <summary>The options of the network.</summary>
    /// <param name="classCount">K.</param>
    /// <param name="entry">The model.</param>
    public BackboneOptions ToOptions(int classCount, ClassifierEntry entry) => new()
    {
        ClassCount = classCount, ImageSize = ImageSize ?? entry.ImageSize, FrozenBatchNorm = FrozenBatchNorm == true, Dropout = Dropout,
        StochasticDepth = StochasticDepth, ZeroInitResidual = ZeroInitResidual == true,
    };

    /// <summary>How pictures become the network's input.</summary>
    /// <param name="entry">The model.</param>
    public ClassificationTransform ToTransform(ClassifierEntry entry)
    {
        const int Small = 64;
        int size = ImageSize ?? entry.ImageSize;
        return new ClassificationTransform
        {
            ImageSize = size, ResizeSize = ResizeSize ?? (size <= Small ? size : size * 256 / 224),
            Interpolation = Interpolation ?? Imaging.Interpolation.Bilinear,
            Normalization = SymmetricInput == true ? Normalization.Symmetric : entry.Normalization,
        };
    }

    private static int? InRange(int? size, string name) => size is null or (>= 1 and <= LargestSize) ? size
        : throw new ArgumentOutOfRangeException(name, size, $"{name} must be 1 to {LargestSize} pixels.");
}
