using System.Globalization;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;

namespace Fovea.Reports.Html;

/// <summary>A page about a detector's finds on a data set: figures, curves of precision and recall, what is taken for what, why finds are
/// wrong, and the pictures with the most errors. It needs nothing beside itself.</summary>
public static class DetectionReport
{
    private const int MostCurves = 16, MostClassesOfMatrix = 30, LongestSide = 1000;

    private static readonly (DetectionError Cause, string Name, string Meaning)[] Causes =
    [
        (DetectionError.Classification, "classification", "on an object, of another class"),
        (DetectionError.Localisation, "localisation", "at an object of its class, with an IoU of 0.1 to 0.5"),
        (DetectionError.Both, "both", "at an object of another class, with an IoU of 0.1 to 0.5"),
        (DetectionError.Duplicate, "duplicate", "on an object that is found already"),
        (DetectionError.Background, "background", "where no object is"),
        (DetectionError.Missed, "missed", "an object that nothing lies on"),
    ];

    /// <summary>The page as HTML.</summary>
    /// <param name="title">Such as the model's and the data set's names.</param>
    /// <param name="result">The figures.</param>
    /// <param name="errors">Why finds of boxes are wrong.</param>
    /// <param name="sure">The smallest score in the confusion matrix.</param>
    /// <param name="worst">Pictures to show, with what was found and what should be.</param>
    public static string Write(string title, DetectorResult result, DetectionErrorResult errors, double sure, IEnumerable<ReportedPicture> worst)
    {
        var page = new HtmlPage(title, FormattableString.Invariant($"{result.Boxes.ImageCount:N0} pictures, ") +
            FormattableString.Invariant($"{result.Boxes.PerCategory().Sum(c => c.Objects):N0} objects, {result.Boxes.Categories.Count:N0} ") +
            (result.Boxes.Categories.Count == 1 ? "class." : "classes."));
        Figures(page, result);
        Curves(page, result);
        Errors(page, errors);
        Confusion(page, errors.Confusion, result.Boxes.Categories, sure);
        Pictures(page, worst);
        return page.ToString();
    }

    private static void Figures(HtmlPage page, DetectorResult result)
    {
        (string Name, CocoResult Result)[] kinds =
            [.. ((string, CocoResult?)[])[("boxes", result.Boxes), ("masks", result.Masks), ("key points", result.Keypoints)] is var all
                ? all.Where(kind => kind.Item2 is not null).Select(kind => (kind.Item1, kind.Item2!)) : []];
        page.Heading("Figures", "COCO's: AP is the mean precision over recalls from 0 to 1, and over IoU thresholds from 0.5 to 0.95 where none is named; " +
            "AR the recall with a limited number of finds.");
        page.Table(["", .. kinds[0].Result.Summary.Figures.Select(figure => figure.Key)],
            kinds.Where(kind => kind.Result.Summary.Figures.Count == kinds[0].Result.Summary.Figures.Count)
                .Select(kind => (IReadOnlyList<string>)[kind.Name, .. kind.Result.Summary.Figures.Select(figure => Figure(figure.Value))]));
        foreach ((string name, CocoResult of) in kinds.Where(kind => kind.Result.Summary.Figures.Count != kinds[0].Result.Summary.Figures.Count))
            page.Table(["", .. of.Summary.Figures.Select(figure => figure.Key)], [[name, .. of.Summary.Figures.Select(figure => Figure(figure.Value))]]);
        page.Table(["class", "objects", .. kinds.SelectMany(kind => (string[])[$"AP, {kind.Name}", "AP50", "AP75"])],
            Enumerable.Range(0, result.Boxes.Categories.Count).Select(c => (IReadOnlyList<string>)
            [
                result.Boxes.Categories[c].Name, result.Boxes.PerCategory()[c].Objects.ToString("N0", CultureInfo.InvariantCulture),
                .. kinds.Select(kind => kind.Result.PerCategory()[c])
                    .SelectMany(figures => (string[])[Figure(figures.Ap), Figure(figures.Ap50), Figure(figures.Ap75)]),
            ]));
    }

    private static void Curves(HtmlPage page, DetectorResult result)
    {
        page.Heading("Precision and recall", "Of the finds down to some score, the share that is right, over the share of all objects that they find.");
        page.Raw("<div class='plots'>");
        foreach ((string name, CocoResult? of) in ((string, CocoResult?)[])[("boxes", result.Boxes), ("masks", result.Masks), ("key points", result.Keypoints)])
        {
            if (of is null) continue;
            int[] shown = [.. Enumerable.Range(0, of.Categories.Count).Where(c => of.Objects(c) > 0).OrderByDescending(c => of.Objects(c)).Take(MostCurves)];
            page.Raw(Plots.Lines(FormattableString.Invariant($"Classes, {name}, IoU {of.Options.IouThresholds[0]:0.00}"), "recall", "precision",
                [.. shown.Select(c => new PlotLine(of.Categories[c].Name, Line(of, c, 0)))]));
            int[] thresholds = [.. Enumerable.Range(0, of.Options.IouThresholds.Count)];
            page.Raw(Plots.Lines($"Mean of all classes, {name}, by IoU", "recall", "precision", [.. thresholds.Select(t => new PlotLine(
                FormattableString.Invariant($"IoU {of.Options.IouThresholds[t]:0.00}"), Mean([.. shown.Select(c => Line(of, c, t))])))]));
        }
        page.Raw("</div>");
    }

    private static (double X, double Y)[] Line(CocoResult result, int category, int threshold)
    {
        double[] precision = result.Precision(category, 0, threshold).ToArray();
        return [.. precision.Select((p, i) => (result.Options.RecallThresholds[i], Math.Max(0, p)))];
    }

    private static (double X, double Y)[] Mean(IReadOnlyList<(double X, double Y)[]> lines) => lines.Count == 0 ? []
        : [.. Enumerable.Range(0, lines[0].Length).Select(i => (lines[0][i].X, lines.Average(line => line[i].Y)))];

    private static void Errors(HtmlPage page, DetectionErrorResult errors)
    {
        page.Heading("Why finds are wrong", FormattableString.Invariant($"Boxes at IoU 0.5, where AP is {errors.Ap50:0.000}. The effect is by how much ") +
            "AP would rise if this alone were mended (Bolya et al.: TIDE, ECCV 2020).");
        page.Raw("<div class='plots'>");
        page.Raw(Plots.Bars("Effect on AP50", [.. errors.Causes.Select(of => (Causes[(int)of.Cause].Name, of.Effect,
            FormattableString.Invariant($"+{of.Effect:0.000}")))]));
        page.Raw("</div>");
        page.Table(["cause", "what it is", "how many", "effect on AP50"], errors.Causes.Select(of => (IReadOnlyList<string>)
            [Causes[(int)of.Cause].Name, Causes[(int)of.Cause].Meaning, of.Count.ToString("N0", CultureInfo.InvariantCulture), Figure(of.Effect)]), texts: 2);
    }

    private static void Confusion(HtmlPage page, int[,] matrix, IReadOnlyList<Category> categories, double sure)
    {
        int count = categories.Count;
        page.Heading("What is taken for what", FormattableString.Invariant($"Finds with a score of {sure:0.00} or more, each on the object that it overlaps most ") +
            "(IoU 0.5 or more), whatever its class. Rows are true classes.");
        if (count > MostClassesOfMatrix)
        {
            var pairs = Enumerable.Range(0, count).SelectMany(row => Enumerable.Range(0, count).Where(column => column != row && matrix[row, column] > 0)
                .Select(column => (row, column, Number: matrix[row, column]))).OrderByDescending(pair => pair.Number).Take(MostClassesOfMatrix);
            page.Table(["true class", "told", "how often"], pairs.Select(pair => (IReadOnlyList<string>)
                [categories[pair.row].Name, categories[pair.column].Name, pair.Number.ToString("N0", CultureInfo.InvariantCulture)]), texts: 2);
            return;
        }
        string Name(int i, string rest) => HtmlPage.Encode(i < count ? categories[i].Name : rest);
        page.Raw("<table class='matrix'><tr><th></th>" + string.Concat(Enumerable.Range(0, count + 1).Select(i => $"<th>{Name(i, "not found")}</th>")) + "</tr>");
        for (int row = 0; row <= count; row++)
        {
            int sum = Math.Max(1, Enumerable.Range(0, count + 1).Sum(column => matrix[row, column]));
            page.Raw($"<tr><th>{Name(row, "no object")}</th>" + string.Concat(Enumerable.Range(0, count + 1).Select(column =>
            {
                double share = (double)matrix[row, column] / sum;
                string colour = row == column ? "0,114,178" : "213,94,0";
                return row == count && column == count ? "<td></td>" : FormattableString.Invariant(
                    $"<td style='background:rgba({colour},{share * 0.8:0.00})'>{matrix[row, column]:N0}</td>");
            })) + "</tr>");
        }
        page.Raw("</table>");
    }

    private static void Pictures(HtmlPage page, IEnumerable<ReportedPicture> worst)
    {
        page.Heading("Pictures with the most errors", "Left what was found, right what is annotated.");
        page.Raw("<div class='pictures'>");
        foreach (ReportedPicture picture in worst)
        {
            page.Raw($"<figure>{Element(picture.Found)}<figcaption>{HtmlPage.Encode(picture.Name)}: {HtmlPage.Encode(Words(picture.Errors))}</figcaption></figure>");
            page.Raw($"<figure>{Element(picture.Annotated)}<figcaption>annotated</figcaption></figure>");
        }
        page.Raw("</div>");
    }

    private static string Words(PictureErrors errors) => string.Join(", ", errors.Counts.Select((number, i) => (number, i)).Where(c => c.number > 0)
        .Select(c => $"{c.number} {Causes[c.i].Name}").Prepend($"{errors.Found} found"));

    private static string Element(Image image)
    {
        double scale = Math.Min(1, (double)LongestSide / Math.Max(image.Height, image.Width));
        Image small = scale == 1 ? image
            : image.Resize(new ImageSize(Math.Max(1, (int)(image.Height * scale)), Math.Max(1, (int)(image.Width * scale))));
        return $"<img alt='' width='{small.Width}' height='{small.Height}' src='data:image/jpeg;base64,{Convert.ToBase64String(small.EncodeJpeg(85))}'>";
    }

    private static string Figure(double value) => value < 0 ? "n/a" : value.ToString("0.000", CultureInfo.InvariantCulture);
}

/// <summary>A picture of a report.</summary>
/// <param name="Name">Its file.</param>
/// <param name="Errors">What is wrong in it.</param>
/// <param name="Found">With what was found drawn on it.</param>
/// <param name="Annotated">With what is annotated drawn on it.</param>
public sealed record ReportedPicture(string Name, PictureErrors Errors, Image Found, Image Annotated);
