using Fovea.Data;
using Fovea.Inference;
using Fovea.Metrics;

namespace Fovea.Cli.Measuring;

/// <summary>What <c>fovea eval</c> tells of a classifier: accuracies, and which classes are mistaken for which.</summary>
internal sealed record ClassifierMeasuring(ClassificationResult Result) : IMeasured
{
    private const int MostConfusions = 10, MostColumns = 20;

    public static ClassifierMeasuring Of(ClassifierPredictor predictor, IDataset dataset, TextWriter error, CancellationToken cancellation)
    {
        using var line = new ProgressLine("measuring", "picture", error);
        int done = 0;
        return new ClassifierMeasuring(ClassifierEvaluation.Run(predictor.Model, dataset, predictor.Device,
            new LoaderOptions { BatchSize = 16, Workers = Math.Max(1, Environment.ProcessorCount / 2) },
            (_, _) => line.Show(++done, dataset.Count), cancellation));
    }

    public object ToJson() => new
    {
        pictures = Result.Confusion.Total, top1 = Figure(Result.Top1), top5 = Figure(Result.Top5),
        mean_class_accuracy = Figure(Result.MeanClassAccuracy),
        classes = Result.Categories.Select((c, i) => new
        {
            c.Id, c.Name, pictures = Result.Confusion.Actual(i), accuracy = Figure(Result.Confusion.Recall(i)),
            precision = Figure(Result.Confusion.Precision(i)), f1 = Figure(Result.Confusion.F1(i)),
        }),
        confusion = Enumerable.Range(0, Result.Categories.Count)
            .Select(actual => Enumerable.Range(0, Result.Categories.Count).Select(predicted => Result.Confusion[actual, predicted])),
    };

    public void Print(TextWriter output)
    {
        ConfusionMatrix matrix = Result.Confusion;
        output.WriteLine(FormattableString.Invariant($"{matrix.Total} pictures"));
        output.WriteLine(FormattableString.Invariant($"Accuracy            top 1 {Result.Top1:0.0000}   top 5 {Result.Top5:0.0000}"));
        output.WriteLine(FormattableString.Invariant($"Mean of the classes       {Result.MeanClassAccuracy:0.0000}"));
        output.WriteLine();
        string[] names = [.. Result.Categories.Select(c => c.Name)];
        int width = Math.Max(5, names.Max(name => name.Length));
        output.WriteLine($"{"class".PadRight(width)}  {"pictures",8}  {"accuracy",8}  {"precision",9}  {"F1",6}");
        for (int i = 0; i < names.Length; i++)
            output.WriteLine($"{names[i].PadRight(width)}  {matrix.Actual(i),8}  {Text(matrix.Recall(i)),8}  {Text(matrix.Precision(i)),9}  " +
                $"{Text(matrix.F1(i)),6}");
        if (names.Length is > 1 and <= MostColumns) PrintMatrix(names, width, output);
        if (matrix.WorstConfusions(MostConfusions) is { Count: > 0 } worst)
        {
            output.WriteLine();
            output.WriteLine("Most often mistaken:");
            foreach ((int actual, int predicted, long count) in worst)
                output.WriteLine($"{count,8}  {names[actual]} taken for {names[predicted]}");
        }
    }

    private void PrintMatrix(string[] names, int width, TextWriter output)
    {
        ConfusionMatrix matrix = Result.Confusion;
        int cell = Math.Max(3, Enumerable.Range(0, names.Length).Max(i => matrix.Actual(i)).ToString().Length);
        output.WriteLine();
        output.WriteLine("Confusion: a row for each true class, a column for each class that it was taken for, in the same order.");
        for (int i = 0; i < names.Length; i++)
            output.WriteLine(names[i].PadRight(width) + string.Concat(Enumerable.Range(0, names.Length).Select(j => "  " + $"{matrix[i, j]}".PadLeft(cell))));
    }

    // What is not defined is null in JSON.
    private static double? Figure(double value) => double.IsNaN(value) ? null : value;

    private static string Text(double value) => double.IsNaN(value) ? "n/a" : FormattableString.Invariant($"{value:0.000}");
}
