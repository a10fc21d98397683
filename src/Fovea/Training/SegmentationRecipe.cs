using Fovea.Losses;

namespace Fovea.Training;

/// <summary>How much the classes of pixels count against each other.</summary>
public enum PixelBalance
{
    /// <summary>Every pixel counts the same.</summary>
    None,
    /// <summary>Median frequency balancing, as SegNet: <see cref="ClassWeights.MedianFrequency(ReadOnlySpan{long}, ReadOnlySpan{long})"/>.</summary>
    Median,
    /// <summary>ENet's bounded weights: <see cref="ClassWeights.Enet"/>.</summary>
    Enet,
    /// <summary>Inverse frequency: <see cref="ClassWeights.InverseFrequency"/>.</summary>
    Inverse,
}

/// <summary>How a segmenter is trained, beside what <see cref="TrainingOptions"/> says for all tasks.</summary>
public sealed record SegmentationRecipe
{
    /// <summary>The loss.</summary>
    public SegmentationLoss Loss { get; init; } = new();

    /// <summary>Weights of classes, from how often each occurs in up to 1,000 training pictures, evenly chosen.</summary>
    public PixelBalance Balance { get; init; }

    /// <summary>U-Net's weights of pixels between objects; null for none.</summary>
    public BoundaryWeights? Boundary { get; init; }

    /// <summary>Height of the part of a picture that is learnt from, in pixels of the network's input; the first training picture's where
    /// null.</summary>
    public int? CropHeight { get; init => field = value is null ? null : Check.Positive(value.Value); }

    /// <summary>As <see cref="CropHeight"/>, the width.</summary>
    public int? CropWidth { get; init => field = value is null ? null : Check.Positive(value.Value); }

    /// <summary>Largest angle by which training pictures are turned to either side, in degrees.</summary>
    public double Rotation { get; init => field = value is >= 0 and <= 180 ? value
        : throw new ArgumentOutOfRangeException(nameof(Rotation), value, "The largest angle is 0 to 180 degrees."); }

    /// <summary>How far training pictures are bent: standard deviation of the displacements of a 3 x 3 grid, in pixels; 0 for none.</summary>
    public double Elastic { get; init => field = Check.NotNegative(value); }
}
