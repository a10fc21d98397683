using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Tests.Metrics;

public class ConfusionMatrixTests
{
    // Rows are true: 3 cats (2 right, 1 taken for a dog), 2 dogs (1 right, 1 a cat), no cow, and nothing was ever called a cow.
    private static ConfusionMatrix Pets()
    {
        var matrix = new ConfusionMatrix(3);
        foreach ((int actual, int predicted) in ((int, int)[])[(0, 0), (0, 0), (0, 1), (1, 1), (1, 0)]) matrix.Add(actual, predicted);
        return matrix;
    }

    [Fact]
    public void FiguresWorkedByHand()
    {
        ConfusionMatrix matrix = Pets();
        Assert.Equal((5, 2, 1), (matrix.Total, matrix[0, 0], matrix[0, 1]));
        Assert.Equal(0.6, matrix.Accuracy);
        Assert.Equal((2.0 / 3, 0.5, double.NaN), (matrix.Recall(0), matrix.Recall(1), matrix.Recall(2)));
        Assert.Equal((2.0 / 3, 0.5, double.NaN), (matrix.Precision(0), matrix.Precision(1), matrix.Precision(2)));
        Assert.Equal((4.0 / 6, 2.0 / 4), (matrix.F1(0), matrix.F1(1)));
        Assert.Equal((2.0 / 3 + 0.5) / 2, matrix.MeanRecall, 1e-15);
        Assert.Equal([(0, 1, 1L), (1, 0, 1L)], matrix.WorstConfusions(10));
        Assert.Single(matrix.WorstConfusions(1));
    }

    [Fact]
    public void AClassThatIsOnlyPredictedHasPrecisionZeroAndNoRecall()
    {
        var matrix = new ConfusionMatrix(2);
        matrix.Add(0, 1);
        Assert.Equal((0, double.NaN, 0), (matrix.Precision(1), matrix.Recall(1), matrix.F1(1)));
        Assert.Equal((double.NaN, 0), (matrix.Precision(0), matrix.Recall(0)));
    }

    [Fact]
    public void EmptyIsUndefined() => Assert.True(double.IsNaN(new ConfusionMatrix(4).Accuracy) && double.IsNaN(new ConfusionMatrix(4).MeanRecall));

    [Fact]
    public void SumsAddUp()
    {
        ConfusionMatrix sum = Pets();
        sum.Add(Pets());
        Assert.Equal((10, 4), (sum.Total, sum.Right(0)));
        Assert.Throws<ArgumentException>(() => sum.Add(new ConfusionMatrix(2)));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 3)]
    public void ClassesOutsideAreRefused(int actual, int predicted) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConfusionMatrix(3).Add(actual, predicted));
}

public class ClassificationEvaluatorTests
{
    private static readonly Category[] Seven = [.. Enumerable.Range(1, 7).Select(i => new Category(i, $"c{i}"))];

    [Fact]
    public void TopOneAndTopFiveByHand()
    {
        var evaluator = new ClassificationEvaluator(Seven);
        evaluator.Add([7, 6, 5, 4, 3, 2, 1], 0);      // best
        evaluator.Add([7, 6, 5, 4, 3, 2, 1], 4);      // fifth
        evaluator.Add([7, 6, 5, 4, 3, 2, 1], 5);      // sixth
        evaluator.Add([1, 1, 1, 1, 1, 1, 1], 4);      // of equals the first is best: fifth
        evaluator.Add([1, 1, 1, 1, 1, 1, 1], 5);
        ClassificationResult result = evaluator.Evaluate();
        Assert.Equal((0.2, 0.6), (result.Top1, result.Top5));
        Assert.Equal((1.0 + 0 + 0) / 3, result.MeanClassAccuracy, 1e-15);
    }

    [Fact]
    public void ScoresThatAreNoNumbersAreRefused()
    {
        var evaluator = new ClassificationEvaluator(Seven);
        Assert.Contains("not a number", Assert.Throws<ArgumentException>(() => evaluator.Add([1, 2, float.NaN, 0, 0, 0, 0], 1)).Message);
        Assert.Contains("3 scores arrived for 7", Assert.Throws<ArgumentException>(() => evaluator.Add([1, 2, 3], 1)).Message);
        Assert.True(double.IsNaN(evaluator.Evaluate().Top1));
    }
}
