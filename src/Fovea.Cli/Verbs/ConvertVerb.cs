using System.CommandLine;
using Fovea.Data;
using Fovea.Data.Writing;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea data convert</c>: a data set in another format.</summary>
internal static class ConvertVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("SOURCE") { Description = "A COCO, PASCAL VOC, YOLO or LabelMe folder, or a COCO .json file" };
        Option<DatasetFormat?> to = Options.Choice("--to", "The format to write: coco, voc, yolo or labelme",
            [.. DataConversion.Formats.Select(format => (format.ToString().ToLowerInvariant(), format))]);
        Option<string?> target = Options.Text("--output", "The folder to write; it must not exist yet, or be empty", "FOLDER");
        to.Required = target.Required = true;
        var splits = new Option<string[]?>("--split")
        {
            Description = "The splits to write (default: all)", HelpName = "NAME", AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        var link = new Option<bool>("--link")
        {
            Description = "Hard-link the pictures instead of copying them: fast and without room, on one file system",
        };
        Option<bool> json = Verb.Json();
        var verb = new Command("convert", """
            Write a data set of boxes, masks and key points in another format. What that cannot hold is counted and told, a line each.

            Examples:
              fovea data convert bccd --to coco --output bccd-coco
              fovea data convert coco --to yolo --split train val --output coco-yolo --link
            """) { source, to, target, splits, link, json };
        verb.SetAction((parsed, cancellation) =>
        {
            string path = DataSource.ExpectPath(parsed.GetValue(source)!), output = parsed.GetValue(target)!;
            string[]? named = Options.List(parsed, splits);
            ExpectSplits(path, named);
            using var line = new ProgressLine("converting", "picture", parsed.InvocationConfiguration.Error);
            ConversionReport report = DataConversion.Run(path, parsed.GetValue(to)!.Value, output, new ConversionOptions
            {
                Splits = named, LinkPictures = parsed.GetValue(link),
                Progress = new Inline<(int Done, int Total)>(p => line.Show(p.Done, p.Total)),
            }, cancellation);
            line.Clear();
            if (parsed.GetValue(json)) parsed.InvocationConfiguration.Output.WriteLine(JsonText.Of(report));
            else Print(report, parsed.InvocationConfiguration.Output);
            return Task.FromResult(0);
        });
        return verb;
    }

    private static void ExpectSplits(string path, string[]? named)
    {
        if (named is null) return;
        DatasetLayout layout = Dataset.Recognise(path, AnnotationKind.Boxes);
        foreach (string split in named)
            if (!layout.HasSplit(split))
                throw new UsageException($"--split: {path} has no split '{split}'.{Mistakes.Suggest(split, layout.Splits)} It has: " +
                    $"{string.Join(", ", layout.Splits)}.");
    }

    private static void Print(ConversionReport report, TextWriter output)
    {
        string splits = string.Join(", ", report.Splits.Select(s => $"{s.Name} ({s.Pictures} pictures, {s.Objects} objects)"));
        output.WriteLine($"{report.Output}: {report.Format.ToString().ToUpperInvariant()}, {splits}");
        output.WriteLine(report.Lines.Count == 0 ? "All boxes, classes, masks and key points are as they were." : "Not as it was:");
        foreach (string loss in report.Lines) output.WriteLine($"  {loss}");
        foreach (string note in report.Notes) output.WriteLine($"note: {note}");
    }
}
