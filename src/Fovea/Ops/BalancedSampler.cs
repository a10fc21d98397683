using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>Picks the anchors or regions that a training step learns from: a fixed number, with at most a given share of
/// objects.</summary>
/// <remarks>Girshick: "Fast R-CNN" (ICCV 2015), section 2.3; Ren et al.: "Faster R-CNN", section 3.1.3. Counts, and which ones a
/// given state of the random generator picks, are torchvision's.</remarks>
public sealed record BalancedSampler
{
    /// <summary>A sampler with its numbers.</summary>
    /// <param name="batchSize">Candidates to pick from one picture; int.MaxValue takes all.</param>
    /// <param name="positiveFraction">Largest share of objects among them, 0 to 1. Missing objects are replaced by
    /// background.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BalancedSampler(int batchSize, double positiveFraction)
    {
        BatchSize = Check.NotNegative(batchSize, nameof(batchSize));
        PositiveFraction = Check.Fraction(positiveFraction, nameof(positiveFraction));
    }

    /// <summary>Candidates to pick from one picture.</summary>
    public int BatchSize { get; }

    /// <summary>Largest share of objects among them.</summary>
    public double PositiveFraction { get; }

    /// <summary>Picks from one picture.</summary>
    /// <param name="labels">A, int64, for each candidate: 1 or more for an object, 0 for background, below 0 to be left
    /// out.</param>
    /// <param name="generator">The source of chance, on the CPU; null for libtorch's default one.</param>
    /// <returns>Indices (int64) of the chosen objects and of the chosen background, each rising.</returns>
    public (Tensor Positive, Tensor Negative) Select(Tensor labels, Generator? generator = null)
    {
        using var scope = new TensorScope();
        Tensor positive = (labels >= 1).NonZero().Flatten(), negative = labels.Eq(0).NonZero().Flatten();
        long positives = Math.Min(positive.Numel, (int)(BatchSize * PositiveFraction));
        long negatives = Math.Min(negative.Numel, BatchSize - positives);
        return (scope.Keep(Pick(positive, positives, generator)), scope.Keep(Pick(negative, negatives, generator)));
    }

    private static Tensor Pick(Tensor candidates, long count, Generator? generator)
    {
        Tensor order = Tensor.RandPerm(candidates.Numel, generator).Slice(0, 0, count).To(candidates.Device);
        return candidates.IndexSelect(0, order).Sort().Values;
    }
}
