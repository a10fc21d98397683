namespace Fovea.Segmentation;

/// <summary>What is common to all segmenters.</summary>
/// <param name="ClassCount">K.</param>
public sealed record SegmenterOptions(int ClassCount)
{
    /// <summary>K.</summary>
    public int ClassCount { get; init => field = Check.Positive(value); } = ClassCount;

    /// <summary>Number of classes of the second map that networks with two heads tell, by another list of classes; 0 for none.</summary>
    public int SecondClassCount { get; init => field = Check.NotNegative(value); }

    /// <summary>Whether networks that have auxiliary heads get them: they help training, and prediction does without them.</summary>
    public bool Auxiliary { get; init; } = true;

    /// <summary>Chance that a number before the last layer is dropped while training; the network's own where null.</summary>
    public double? Dropout { get; init => field = value is null ? null : Check.Fraction(value.Value); }
}
