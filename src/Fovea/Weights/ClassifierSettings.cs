using Fovea.Backbones;
using Fovea.Classification;
using Fovea.Imaging;

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

    /// <summary>How pixels are blended when a picture is resized to <see cref="ResizeSize"/>; <see cref="ResizeFilter.Bilinear"/> where
    /// null.</summary>
    public ResizeFilter? Filter { get; init; }

    /// <summary>Batch norm with fixed statistics, as for fine-tuning with small batches; trainable where false or null.</summary>
    public bool? FrozenBatchNorm { get; init; }

    /// <summary>Chance that the head drops an input while training.</summary>
    public double? Dropout { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Chance that the last residual branch is skipped while training, in networks that have stochastic depth.</summary>
    public double? StochasticDepth { get; init => field = value is null ? null : Check.Fraction(value.Value); }

    /// <summary>Whether every residual block begins as the identity.</summary>
    public bool? ZeroInitResidual { get; init; }

    /// <summary>These settings, with those of <paramref name="other"/> where they are given.</summary>
    public ClassifierSettings With(ClassifierSettings other) => new()
    {
        ImageSize = other.ImageSize ?? ImageSize,
        ResizeSize = other.ResizeSize ?? ResizeSize,
        Filter = other.Filter ?? Filter,
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
            ImageSize = size, ResizeSize = ResizeSize ?? (size <= Small ? size : size * 256 / 224), Filter = Filter ?? ResizeFilter.Bilinear,
        };
    }

    private static int? InRange(int? size, string name) => size is null or (>= 1 and <= LargestSize) ? size
        : throw new ArgumentOutOfRangeException(name, size, $"{name} must be 1 to {LargestSize} pixels.");
}
