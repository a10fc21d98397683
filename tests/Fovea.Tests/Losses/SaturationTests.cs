using System.Globalization;
using System.Text.RegularExpressions;
using Fovea.Losses;
using Fovea.Torch;

namespace Fovea.Tests.Losses;

/// <summary>Why classifiers are not trained with squared distances: one weight w, one input x, z = w x, p = sigmoid(z). The gradient
/// of the squared distance, (p - y) p (1 - p) x, vanishes where the logit is large and wrong; that of cross entropy, (p - y) x, does
/// not.</summary>
public partial class SaturationTests
{
    private const double X = 2;

    [Theory]
    [InlineData(-20, 1), InlineData(-5, 1), InlineData(0, 1), InlineData(5, 1), InlineData(20, 0), InlineData(-20, 0), InlineData(3, 0)]
    public void Gradients_are_those_of_the_formulas(double z, double y)
    {
        using var scope = new TensorScope();
        double p = 1 / (1 + Math.Exp(-z));
        Close((p - y) * p * (1 - p) * X, OfSquares(z, y));
        Close((p - y) * X, OfCrossEntropy(z, y));

        static void Close(double expected, double actual) => Assert.Equal(1, (actual + 1e-300) / (expected + 1e-300), 1e-6);
    }

    [Theory, InlineData(-20, 1), InlineData(20, 0)]
    public void A_saturated_wrong_logit_is_still_corrected_by_cross_entropy_but_not_by_squares(double z, double y)
    {
        using var scope = new TensorScope();
        Assert.InRange(Math.Abs(OfSquares(z, y)), 0, 1e-8);
        Assert.InRange(Math.Abs(OfCrossEntropy(z, y)), 0.999 * X, X);
    }

    [Fact]
    public void The_wronger_the_logit_the_weaker_squares_pull_and_the_stronger_cross_entropy()
    {
        using var scope = new TensorScope();
        double[] squares = [.. Enumerable.Range(1, 20).Select(z => Math.Abs(OfSquares(-z, 1)))];
        double[] entropy = [.. Enumerable.Range(1, 20).Select(z => Math.Abs(OfCrossEntropy(-z, 1)))];
        Assert.All(Enumerable.Range(1, 19), i => Assert.True(squares[i] < squares[i - 1] && entropy[i] > entropy[i - 1]));
    }

    [Fact]
    public void A_hundred_steps_from_a_bad_start_learn_with_cross_entropy_only()
    {
        using var scope = new TensorScope();
        double squares = -8 / X, entropy = -8 / X;
        for (int step = 0; step < 100; step++)
        {
            squares -= 0.1 * OfSquares(squares * X, 1);
            entropy -= 0.1 * OfCrossEntropy(entropy * X, 1);
        }
        Assert.InRange(squares * X, -8, -7.9);
        Assert.InRange(entropy * X, 2, 10);
    }

    [Fact]
    public void The_table_in_the_documentation_holds_these_gradients()
    {
        using var scope = new TensorScope();
        string[][] rows = [.. Row().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "losses.md")))
            .Select(match => match.Groups.Values.Skip(1).Select(group => group.Value.Trim()).ToArray())];
        Assert.Equal([-20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20], rows.Select(row => Number(row[0])));
        foreach (string[] row in rows)
        {
            double z = Number(row[0]), p = 1 / (1 + Math.Exp(-z));
            Same(p, row[1]);
            Same(OfSquares(z, 1) / X, row[2]);
            Same(OfCrossEntropy(z, 1) / X, row[3]);
        }

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        static void Same(double expected, string cell) =>
            Assert.True(Math.Abs(expected - Number(cell)) <= 0.006 * Math.Abs(expected), $"{expected}, not {cell}");
    }

    private static double OfSquares(double z, double y) => Slope(z, y, (logit, truth) => SigmoidMeanSquaredError.Compute(logit, truth));

    private static double OfCrossEntropy(double z, double y) => Slope(z, y, (logit, truth) => BinaryCrossEntropy.Compute(logit, truth));

    // The derivative with respect to the weight.
    private static double Slope(double z, double y, Func<Tensor, Tensor, Tensor> loss)
    {
        Tensor w = Tensor.From([z / X], 1);
        w.RequiresGrad = true;
        loss(w * X, Tensor.From([y], 1)).Backward();
        return w.Grad!.Item();
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Fovea.slnx"))) folder = Path.GetDirectoryName(folder);
        return folder!;
    }

    [GeneratedRegex(@"^\| (-?\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
