namespace Fovea.Ops;

/// <summary>Picks the anchors or regions that a training step learns from: a fixed number, with at most a given share of objects.</summary>
/// <remarks>Girshick: "Fast R-CNN" (ICCV 2015), section 2.3; Ren et al.: "Faster R-CNN", section 3.1.3; counts are torchvision's.</remarks>
/// <param name="BatchSize">Candidates to pick from one picture; int.MaxValue takes all.</param>
/// <param name="PositiveFraction">Largest share of objects among them, 0 to 1. Missing objects are replaced by background.</param>
public sealed record BalancedSampler(int BatchSize, double PositiveFraction)
{
    /// <inheritdoc cref="BalancedSampler(int, double)" path="/param[@name='BatchSize']"/>
    public int BatchSize { get; } = BatchSize >= 0 ? BatchSize
        : throw new ArgumentOutOfRangeException(nameof(BatchSize), BatchSize, "A batch holds zero candidates or more.");

    /// <inheritdoc cref="BalancedSampler(int, double)" path="/param[@name='PositiveFraction']"/>
    public double PositiveFraction { get; } = PositiveFraction is >= 0 and <= 1 ? PositiveFraction
        : throw new ArgumentOutOfRangeException(nameof(PositiveFraction), PositiveFraction, "The share of objects is between 0 and 1.");

    /// <summary>Picks from one picture.</summary>
    /// <param name="labels">For each candidate: 1 or more for an object, 0 for background, below 0 to be left out.</param>
    /// <param name="permutation">Given n, a random order of 0 ..&lt; n; called for the objects, then for the background.</param>
    /// <returns>Indices of the chosen objects and of the chosen background, each rising.</returns>
    public (long[] Positive, long[] Negative) Select(ReadOnlySpan<long> labels, Func<int, long[]> permutation)
    {
        List<long> positive = [], negative = [];
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] >= 1) positive.Add(i);
            else if (labels[i] == 0) negative.Add(i);
        }
        int positives = Math.Min(positive.Count, (int)(BatchSize * PositiveFraction));
        int negatives = Math.Min(negative.Count, BatchSize - positives);
        return (Pick(positive, positives, permutation), Pick(negative, negatives, permutation));
    }

    private static long[] Pick(List<long> candidates, int count, Func<int, long[]> permutation)
    {
        long[] order = permutation(candidates.Count), chosen = new long[count];
        for (int i = 0; i < count; i++) chosen[i] = candidates[(int)order[i]];
        Array.Sort(chosen);
        return chosen;
    }
}
