using Fovea.Data;

namespace Fovea.Transforms;

/// <summary>Exchanges left and right with some probability.</summary>
public sealed record RandomHorizontalFlip : Transform
{
    /// <summary>A random flip.</summary>
    /// <param name="probability">0 to 1.</param>
    /// <param name="mirrorPairs">Key points that change places in a mirror image (zero-based): a person's left wrist becomes the
    /// right one. Give the pairs of the data set's skeleton (<see cref="Structures.Skeleton.MirrorPairs"/>); none where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability or an index is out of range.</exception>
    public RandomHorizontalFlip(double probability = 0.5, IReadOnlyList<(int Left, int Right)>? mirrorPairs = null)
    {
        if (!(probability is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability is 0 to 1.");
        foreach ((int left, int right) in mirrorPairs ?? [])
            if (left < 0 || right < 0)
                throw new ArgumentOutOfRangeException(nameof(mirrorPairs), (left, right), "Key points are counted from 0.");
        (Probability, MirrorPairs) = (probability, mirrorPairs ?? []);
    }

    /// <summary>How often pictures are flipped, 0 to 1.</summary>
    public double Probability { get; }

    /// <summary>Key points that change places.</summary>
    public IReadOnlyList<(int Left, int Right)> MirrorPairs { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A mirror pair names a key point that an object does not have.</exception>
    public override Sample Apply(Sample sample, ref SampleRandom random) =>
        random.Chance(Probability) ? Motion.Flip(sample, MirrorPairs) : sample;
}
