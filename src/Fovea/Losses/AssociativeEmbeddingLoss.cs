using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Associative embedding of pairs: pulls the two numbers of an object together and pushes those of different objects
/// apart.</summary>
/// <remarks>Newell, Huang, Deng: "Associative Embedding" (NIPS 2017), as in Law and Deng: "CornerNet" (ECCV 2018), equations 4 and 5.
/// Letters: N objects of one picture.</remarks>
public static class AssociativeEmbeddingLoss
{
    /// <summary>Both losses of one picture.</summary>
    /// <param name="first">N: the number at each object's first key point.</param>
    /// <param name="second">N: the number at its second.</param>
    /// <param name="margin">From which distance of their means on objects leave each other alone.</param>
    /// <returns>Pull: the squared distances to the object's mean, summed and divided by N; 0 without an object. Push: how much each
    /// two objects lie nearer than the margin, divided by N (N - 1); 0 with fewer than two.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static (Tensor Pull, Tensor Push) Compute(Tensor first, Tensor second, double margin = 1)
    {
        if (first.Dim != 1 || !second.Shape.AsSpan().SequenceEqual(first.Shape))
            throw new ArgumentException($"The numbers are {first.Describe()} and {second.Describe()}, but two of each object, N and N, " +
                "are needed.", nameof(second));
        using var scope = new TensorScope();
        double count = first.Numel;
        Tensor mean = (first + second) * 0.5;                                                        // N
        Tensor pull = ((first - mean).Pow(2) + (second - mean).Pow(2)).Sum() / Math.Max(1, count);
        Tensor nearness = (margin - (mean.Unsqueeze(0) - mean.Unsqueeze(1)).Abs()).Relu();           // N,N; the margin on the diagonal
        Tensor push = (nearness.Sum() - margin * count) / Math.Max(1, count * (count - 1));
        return (scope.Keep(pull), scope.Keep(push));
    }
}
