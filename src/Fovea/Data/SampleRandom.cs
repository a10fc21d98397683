namespace Fovea.Data;

/// <summary>A small counter-based stream of random numbers: number n of a stream is a pure function of its key and n, so
/// that what happens to a picture depends on (seed, epoch, index) alone and never on threads or on other pictures.</summary>
/// <remarks>SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014). The same on every
/// machine. A mutable value: hand it on by reference, or <see cref="Split"/> it. Not for secrets.</remarks>
public struct SampleRandom
{
    private const ulong Step = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio
    private readonly ulong _key;
    private ulong _count;

    /// <summary>The stream of a seed.</summary>
    public SampleRandom(ulong seed) => _key = Mix(seed + Step);

    /// <summary>The stream that belongs to one picture in one epoch.</summary>
    public static SampleRandom For(ulong seed, long epoch, long index) =>
        new SampleRandom(seed).Split((ulong)epoch).Split((ulong)index);

    /// <summary>A stream of its own for a named purpose. It does not depend on how much of this one is used up.</summary>
    public readonly SampleRandom Split(ulong purpose) => new(_key ^ Mix(purpose * Step + 0x632BE59BD9B4E019));

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64() => Mix(_key + Step * ++_count);

    /// <summary>Uniform in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform between two numbers.</summary>
    public double Uniform(double from, double to) => from + (to - from) * NextDouble();

    /// <summary>A whole number from 0 to <paramref name="count"/> - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return (int)Math.BigMul(NextUInt64(), (ulong)count, out _); // the bias is below 2^-33
    }

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Puts the items into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
