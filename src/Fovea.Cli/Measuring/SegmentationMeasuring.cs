using System.Globalization;
using System.Text;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Metrics;

namespace Fovea.Cli.Measuring;

/// <summary>What <c>fovea eval</c> tells of a segmenter: how well the classes of pixels are told, all together and each by itself.</summary>
internal sealed record SegmentationMeasuring(SegmentationResult Result, int Pictures) : IMeasured
{
    private const int MostConfusions = 10;

    public static SegmentationMeasuring Of(SegmentationPredictor predictor, IDataset dataset, TextWriter error, CancellationToken cancellation)
    {
        using var line = new ProgressLine("measuring", "picture", error);
        int done = 0;
        return new SegmentationMeasuring(SegmenterEvaluation.Run(predictor, dataset, Math.Max(1, Environment.ProcessorCount / 2),
            (_, _) => line.Show(++done, dataset.Count), cancellation), dataset.Count);
    }

    // The same of the second map, where there is one.
    private SegmentationMeasuring? Second => Result.Second is { } second ? new SegmentationMeasuring(second, Pictures) : null;

    public object ToJson() => new
    {
        pictures = Pictures, pixels = Result.Confusion.Total, pixel_accuracy = Figure(Result.PixelAccuracy),
        mean_accuracy = Figure(Result.MeanAccuracy), mean_iou = Figure(Result.MeanIoU),
        frequency_weighted_iou = Figure(Result.FrequencyWeightedIoU),
        classes = Result.Categories.Select((c, i) => new
        {
            c.Id, c.Name, pixels = Result.Confusion.Actual(i), iou = Figure(Result.Confusion.IoU(i)),
            accuracy = Figure(Result.Confusion.Recall(i)), precision = Figure(Result.Confusion.Precision(i)), dice = Figure(Result.Confusion.F1(i)),
        }),
        confusion = Enumerable.Range(0, Result.Categories.Count)
            .Select(actual => Enumerable.Range(0, Result.Categories.Count).Select(predicted => Result.Confusion[actual, predicted])),
        second = Second?.ToJson(),
    };

    /// <summary>The table of classes as comma-separated values; the classes of a second map come last, as "second/NAME".</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("class,pixels,iou,accuracy,precision,dice\n");
        AppendTo(text, "");
        Second?.AppendTo(text, "second/");
        return text.ToString();
    }

    private void AppendTo(StringBuilder text, string before)
    {
        ConfusionMatrix matrix = Result.Confusion;
        for (int i = 0; i < Result.Categories.Count; i++)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{Quoted(before + Result.Categories[i].Name)},{matrix.Actual(i)},{Exact(matrix.IoU(i))},{Exact(matrix.Recall(i))},{Exact(matrix.Precision(i))},{Exact(matrix.F1(i))}");
    }

    public void Print(TextWriter output)
    {
        ConfusionMatrix matrix = Result.Confusion;
        output.WriteLine(FormattableString.Invariant($"{Pictures} pictures, {matrix.Total:N0} pixels"));
        output.WriteLine($"Mean IoU                {Text(Result.MeanIoU)}");
        output.WriteLine($"Frequency-weighted IoU  {Text(Result.FrequencyWeightedIoU)}");
        output.WriteLine($"Pixel accuracy          {Text(Result.PixelAccuracy)}");
        output.WriteLine($"Mean accuracy           {Text(Result.MeanAccuracy)}");
        output.WriteLine();
        string[] names = [.. Result.Categories.Select(c => c.Name)];
        int width = Math.Max(5, names.Max(name => name.Length));
        output.WriteLine($"{"class".PadRight(width)}  {"pixels",13}  {"IoU",6}  {"accuracy",8}  {"precision",9}  {"Dice",6}");
        for (int i = 0; i < names.Length; i++)
            output.WriteLine($"{names[i].PadRight(width)}  {matrix.Actual(i).ToString("N0", CultureInfo.InvariantCulture),13}  " +
                $"{Text(matrix.IoU(i)),6}  {Text(matrix.Recall(i)),8}  {Text(matrix.Precision(i)),9}  {Text(matrix.F1(i)),6}");
        if (matrix.WorstConfusions(MostConfusions) is { Count: > 0 } worst)
        {
            output.WriteLine();
            output.WriteLine("Most often mistaken, in per cent of all pixels:");
            foreach ((int actual, int predicted, long count) in worst)
                output.WriteLine(FormattableString.Invariant($"{100.0 * count / matrix.Total,6:0.00}  {names[actual]} taken for {names[predicted]}"));
        }
        if (Second is not { } second) return;
        output.WriteLine();
        output.WriteLine("Second map:");
        second.Print(output);
    }

    // What is not defined is null in JSON, and empty in CSV.
    private static double? Figure(double value) => double.IsNaN(value) ? null : value;

    private static string Exact(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Quoted(string name) => name.AsSpan().IndexOfAny(",\"\n\r") < 0 ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(double value) => double.IsNaN(value) ? "n/a" : FormattableString.Invariant($"{value:0.0000}");
}
