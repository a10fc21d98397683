namespace Fovea.Losses;

/// <summary>How <see cref="SoftIouLoss"/> and <see cref="DiceLoss"/> get probabilities from logits.</summary>
public enum OverlapProbability
{
    /// <summary>Classes exclude each other.</summary>
    Softmax,
    /// <summary>Every class by itself: for one class against nothing (K = 1), or for masks that may overlap.</summary>
    Sigmoid,
}

/// <summary>The numbers of <see cref="SoftIouLoss"/> and <see cref="DiceLoss"/>.</summary>
public sealed record OverlapOptions
{
    /// <summary>Softmax, no smoothing, absent classes left out: the formulas as they stand.</summary>
    public static OverlapOptions Default { get; } = new();

    /// <summary>How probabilities come from logits. Default: softmax.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None of the named values.</exception>
    public OverlapProbability Probability
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Probability), value, "Softmax or Sigmoid is needed.");
    }

    /// <summary>Added to numerator and denominator of the score, in pixels, 0 or more. Default: 0, as in the papers. Where absent classes
    /// count it must be above 0 for them to teach anything: without, their loss is 1 whatever the prediction.</summary>
    public double Smoothing { get; init => field = Check.NotNegative(value); }

    /// <summary>Whether classes that no target of the batch has count in the mean: with smoothing this punishes finding them. Default:
    /// no, since small batches lack most classes.</summary>
    public bool CountAbsentClasses { get; init; }

    /// <summary>Targets of this value do not count: 255 where a data set marks pixels as void. Default: -100, as in torch.</summary>
    public long IgnoreIndex { get; init; } = -100;
}
