using System.Numerics.Tensors;
using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>Measures a classifier, picture by picture.</summary>
/// <param name="categories">The classes, in the order of the scores.</param>
public sealed class ClassificationEvaluator(IReadOnlyList<Category> categories)
{
    private readonly ConfusionMatrix _confusion = new(categories.Count);
    private long _amongBest;

    /// <summary>How many of the best classes count for <see cref="ClassificationResult.Top5"/>.</summary>
    public const int Best = 5;

    /// <summary>Counts one picture.</summary>
    /// <param name="scores">The score of each class, before or after softmax. Of equal scores the first class is the better one.</param>
    /// <param name="actual">The picture's class.</param>
    /// <exception cref="ArgumentException">There is not one finite score for each class.</exception>
    public void Add(ReadOnlySpan<float> scores, int actual)
    {
        if (scores.Length != categories.Count)
            throw new ArgumentException($"{scores.Length} scores arrived for {categories.Count} classes.", nameof(scores));
        if (!TensorPrimitives.IsFiniteAll(scores))
            throw new ArgumentException("A score is infinite or not a number: the model's weights are damaged, or its training went bad.",
                nameof(scores));
        _confusion.Add(actual, TensorPrimitives.IndexOfMax(scores));
        int better = 0;
        for (int i = 0; i < scores.Length; i++)
            if (scores[i] > scores[actual] || (scores[i] == scores[actual] && i < actual)) better++;
        if (better < Best) _amongBest++;
    }

    /// <summary>The figures of all pictures so far.</summary>
    public ClassificationResult Evaluate()
    {
        var copy = new ConfusionMatrix(categories.Count);
        copy.Add(_confusion);
        return new ClassificationResult(categories, copy, _amongBest);
    }
}

/// <summary>What a classifier reached.</summary>
/// <param name="Categories">The classes.</param>
/// <param name="Confusion">Which class was taken for which; its accuracy is the top-1 accuracy, its recall that of a class.</param>
/// <param name="AmongBest">Pictures whose class was among the five best.</param>
public sealed record ClassificationResult(IReadOnlyList<Category> Categories, ConfusionMatrix Confusion, long AmongBest)
{
    /// <summary>Share of pictures whose class has the best score; NaN without pictures.</summary>
    public double Top1 => Confusion.Accuracy;

    /// <summary>Share of pictures whose class has one of the five best scores; NaN without pictures.</summary>
    public double Top5 => Confusion.Total > 0 ? (double)AmongBest / Confusion.Total : double.NaN;

    /// <summary>Mean of the classes' accuracies: what counts where classes differ in size.</summary>
    public double MeanClassAccuracy => Confusion.MeanRecall;
}
