namespace Fovea.Metrics;

/// <summary>How often each class was taken for each other one, counted exactly; and the figures that follow from it.</summary>
/// <remarks>Rows are the true classes, columns those that were predicted. Figures of a class that they are not defined for (it never
/// occurs, or was never predicted) are NaN, and means leave them out.</remarks>
public sealed partial class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>An empty matrix.</summary>
    /// <param name="classCount">K.</param>
    public ConfusionMatrix(int classCount)
    {
        ClassCount = Check.Positive(classCount);
        _counts = new long[checked((long)classCount * classCount)];
    }

    /// <summary>K.</summary>
    public int ClassCount { get; }

    /// <summary>How often the class <paramref name="actual"/> was taken for <paramref name="predicted"/>.</summary>
    public long this[int actual, int predicted] => _counts[Index(actual, predicted)];

    /// <summary>Number of all things that were counted.</summary>
    public long Total => _counts.Sum();

    /// <summary>Share of things whose class was predicted rightly.</summary>
    public double Accuracy => Share(Enumerable.Range(0, ClassCount).Sum(Right), Total);

    /// <summary>Mean of <see cref="Recall"/>.</summary>
    public double MeanRecall => Mean(Recall);

    /// <summary>Mean of <see cref="Precision"/>.</summary>
    public double MeanPrecision => Mean(Precision);

    /// <summary>Mean of <see cref="F1"/>.</summary>
    public double MeanF1 => Mean(F1);

    /// <summary>Mean of <see cref="IoU"/>.</summary>
    public double MeanIoU => Mean(IoU);

    /// <summary>Mean of <see cref="IoU"/>, each class by how often it occurs: Long et al., CVPR 2015, section 5.</summary>
    public double FrequencyWeightedIoU => Total == 0 ? double.NaN
        : Enumerable.Range(0, ClassCount).Where(k => Actual(k) > 0).Sum(k => Actual(k) * IoU(k)) / Total;

    /// <summary>Counts one thing.</summary>
    /// <param name="actual">Its class, from 0.</param>
    /// <param name="predicted">What it was taken for, from 0.</param>
    public void Add(int actual, int predicted) => _counts[Index(actual, predicted)]++;

    /// <summary>Adds the counts of another matrix.</summary>
    /// <exception cref="ArgumentException">It has another number of classes.</exception>
    public void Add(ConfusionMatrix other)
    {
        if (other.ClassCount != ClassCount)
            throw new ArgumentException($"A matrix of {other.ClassCount} classes cannot be added to one of {ClassCount}.", nameof(other));
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
    }

    /// <summary>How often a class was predicted rightly: true positives.</summary>
    public long Right(int category) => this[category, category];

    /// <summary>How often a class occurs.</summary>
    public long Actual(int category)
    {
        long sum = 0;
        for (int predicted = 0; predicted < ClassCount; predicted++) sum += this[category, predicted];
        return sum;
    }

    /// <summary>How often a class was predicted.</summary>
    public long Predicted(int category)
    {
        long sum = 0;
        for (int actual = 0; actual < ClassCount; actual++) sum += this[actual, category];
        return sum;
    }

    /// <summary>Share of a class's things that were found: its accuracy.</summary>
    public double Recall(int category) => Share(Right(category), Actual(category));

    /// <summary>Share of the things taken for a class that are of it.</summary>
    public double Precision(int category) => Share(Right(category), Predicted(category));

    /// <summary>Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).</summary>
    public double F1(int category) => Share(2 * Right(category), Actual(category) + Predicted(category));

    /// <summary>Intersection over union, TP / (TP + FP + FN).</summary>
    public double IoU(int category) => Share(Right(category), Actual(category) + Predicted(category) - Right(category));

    /// <summary>Pairs of classes by how often the first was taken for the second; those never mistaken are left out.</summary>
    /// <param name="most">Pairs at most.</param>
    public IReadOnlyList<(int Actual, int Predicted, long Count)> WorstConfusions(int most) =>
        [.. Enumerable.Range(0, _counts.Length).Select(i => (Actual: i / ClassCount, Predicted: i % ClassCount, Count: _counts[i]))
            .Where(c => c.Actual != c.Predicted && c.Count > 0).OrderByDescending(c => c.Count).Take(most)];

    /// <summary>The mean of a figure over the classes that it is defined for; NaN where there are none.</summary>
    public double Mean(Func<int, double> figure)
    {
        double[] defined = [.. Enumerable.Range(0, ClassCount).Select(figure).Where(value => !double.IsNaN(value))];
        return defined.Length > 0 ? defined.Average() : double.NaN;
    }

    private static double Share(long part, long whole) => whole > 0 ? (double)part / whole : double.NaN;

    private int Index(int actual, int predicted) => (uint)actual < (uint)ClassCount && (uint)predicted < (uint)ClassCount
        ? actual * ClassCount + predicted
        : throw new ArgumentOutOfRangeException(nameof(actual),
            $"({actual}, {predicted}) is outside a matrix of {ClassCount} classes, counted from 0.");
}
