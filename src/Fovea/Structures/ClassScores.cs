using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>What a classifier says of one picture: every class with its probability, surest first.</summary>
public sealed class ClassScores
{
    /// <summary>Sorts the probabilities; equal ones keep the order of the classes.</summary>
    /// <param name="size">Size of the picture.</param>
    /// <param name="probabilities">One for each class, in the order of the categories.</param>
    public ClassScores(ImageSize size, ReadOnlySpan<float> probabilities)
    {
        Size = size;
        float[] values = probabilities.ToArray();
        Categories = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])];
        Probabilities = [.. Categories.Select(i => values[i])];
    }

    /// <summary>Size of the picture.</summary>
    public ImageSize Size { get; }

    /// <summary>Zero-based indices of the categories, surest first.</summary>
    public int[] Categories { get; }

    /// <summary>The probability of each of <see cref="Categories"/>, falling; they add up to 1.</summary>
    public float[] Probabilities { get; }

    /// <summary>The surest category.</summary>
    public int Best => Categories[0];
}
