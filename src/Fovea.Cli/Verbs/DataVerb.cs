using System.CommandLine;
using Fovea.Data;
using Fovea.Data.Checking;
using Fovea.Data.Statistics;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea data</c>: looks at data sets, and converts them.</summary>
internal static class DataVerb
{
    public static Command Create() => new("data", "Check, describe and convert data sets.")
    {
        CreateCheck(), CreateInfo(), ConvertVerb.Create(),
    };

    private static Argument<string> PathArgument() => new("PATH")
    {
        Description = "A PASCAL VOC, COCO, YOLO or LabelMe folder, a COCO .json file, pictures with masks, a folder of pictures for " +
            "each class, or MNIST's or CIFAR's files",
    };

    private static Option<AnnotationKind?> Wanted() => new("--annotations")
    {
        Description = "What to look at where a folder has several: boxes, labels (masks) or classes (default: boxes, else what there is)",
    };

    private static Command CreateCheck()
    {
        Argument<string> path = PathArgument();
        Option<bool> json = Verb.Json();
        var fast = new Option<bool>("--no-decode")
        {
            Description = "Read only the pictures' headers: faster, but damage inside a picture and copies go unseen",
        };
        Option<AnnotationKind?> wanted = Wanted();
        Option<int?> most = Options.Count("--most", "Findings of a kind that are listed; all are counted (default: 50)", 1);
        var verb = new Command("check", """
            Find what is wrong with a data set, by file and line. Exit code 1 if anything is.

            Examples:
              fovea data check my-pictures
              fovea data check coco --json > findings.json
            """) { path, wanted, fast, most, json };
        verb.SetAction((parsed, cancellation) =>
        {
            using var line = new ProgressLine("checking", "picture", parsed.InvocationConfiguration.Error);
            DataCheckReport report = DataCheck.Run(DataSource.ExpectPath(parsed.GetValue(path)!), new DataCheckOptions
            {
                DecodePictures = !parsed.GetValue(fast), MostOfAKind = parsed.GetValue(most) ?? 50, Wanted = parsed.GetValue(wanted),
                Progress = new Inline<(int Done, int Total)>(p => line.Show(p.Done, p.Total)),
            }, cancellation);
            line.Clear();
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(JsonText.Of(report));
            else Print(report, output);
            return Task.FromResult(report.IsClean ? 0 : 1);
        });
        return verb;
    }

    private static Command CreateInfo()
    {
        Argument<string> path = PathArgument();
        Option<bool> json = Verb.Json();
        Option<AnnotationKind?> wanted = Wanted();
        Option<NetworkSize?> size = Options.Size("--size",
            "Size of pictures in the network that anchors are advised for (default: 800x1333, for YOLO 416x416)");
        var verb = new Command("info", """
            Describe a data set: classes, pictures, boxes, sizes, and anchors that would fit; or the pixels of each class, and the
            weights that would balance them.

            Examples:
              fovea data info my-pictures
              fovea data info my-pictures --size 240x320     anchors for small pictures
            """) { path, wanted, size, json };
        verb.SetAction(parsed =>
        {
            NetworkSize network = parsed.GetValue(size) ?? NetworkSize.Default;
            DatasetInfo info = DataInfo.Of(DataSource.ExpectPath(parsed.GetValue(path)!), network.Short, network.Long,
                parsed.GetValue(wanted), parsed.GetValue(size)?.Long ?? NetworkSize.Yolo);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(JsonText.Of(info));
            else Print(info, output);
            if (info.Faults == 0 || info.Splits.Any(split => split.Pictures > 0)) return 0;
            parsed.InvocationConfiguration.Error.WriteLine($"fovea: nothing in {info.Path} can be read. What is wrong: fovea data " +
                $"check {info.Path}");
            return 1;
        });
        return verb;
    }

    private static void Print(DataCheckReport report, TextWriter output)
    {
        foreach (Finding finding in report.Findings) output.WriteLine(finding);
        if (report.Total > report.Findings.Count)
            output.WriteLine($"... and {report.Total - report.Findings.Count} more like these (--most lists more)");
        foreach (string note in report.Notes) output.WriteLine($"note: {note}");
        string splits = string.Join(", ", report.Splits.Select(s =>
            $"{s.Name} ({s.Pictures} pictures{(report.Kind == AnnotationKind.Boxes ? $", {s.Boxes} boxes" : "")})"));
        string format = report.Format.ToString().ToUpperInvariant();
        output.WriteLine($"{report.Path}: {format}, {splits}; classes: {string.Join(", ", report.Classes)}" +
            (report.SecondClasses.Count == 0 ? "" : $"; of the second map: {string.Join(", ", report.SecondClasses)}"));
        output.WriteLine(report.IsClean ? "Nothing is wrong." : $"{report.Total} findings: " +
            string.Join(", ", report.Counts.OrderByDescending(c => c.Value).Select(c => $"{c.Value} {Words(c.Key)}")));
    }

    private static void Print(DatasetInfo info, TextWriter output)
    {
        output.WriteLine($"{info.Path}: {info.Format.ToString().ToUpperInvariant()}" +
            (info.Faults > 0 ? $"; {info.Faults} entries could not be accepted: see 'fovea data check {info.Path}'" : ""));
        foreach (SplitInfo split in info.Splits)
        {
            output.WriteLine();
            if (info.Kind != AnnotationKind.Boxes)
            {
                if (split.Labels is { } labels)
                {
                    PrintLabels(split.Name, split, labels, output);
                    if (split.SecondLabels is { } second) PrintLabels($"{split.Name}, second map", split, second, output);
                }
                else PrintClasses(split, output);
                PrintSizes(split, output);
                continue;
            }
            output.WriteLine($"{split.Name}: {split.Pictures} pictures ({split.EmptyPictures} without boxes), {split.Boxes} boxes" +
                $" ({split.Small} small, {split.Medium} medium, {split.Large} large; {split.Crowds} crowds, {split.Difficult} " +
                $"difficult, {split.Degenerate} degenerate)");
            if (split.Masks > 0 || split.WithKeypoints > 0)
                output.WriteLine($"  {split.Masks} with masks, {split.WithKeypoints} with labelled key points");
            int width = split.Classes.Count == 0 ? 0 : split.Classes.Max(c => c.Name.Length);
            foreach (ClassCount c in split.Classes)
                output.WriteLine($"  {c.Name.PadRight(width)}  {c.Boxes,7} boxes in {c.Pictures,6} pictures");
            output.WriteLine($"  {"",-18}{"min",9}{"5 %",9}{"median",9}{"95 %",9}{"max",9}");
            foreach ((string name, Distribution? d) in new[] { ("box width", split.Width), ("box height", split.Height),
                ("height / width", split.AspectRatio), ("boxes a picture", split.BoxesPerPicture) })
                if (d is not null)
                    output.WriteLine($"  {name,-18}{d.Min,9:0.##}{d.P5,9:0.##}{d.Median,9:0.##}{d.P95,9:0.##}{d.Max,9:0.##}");
            PrintSizes(split, output);
            if (split.Anchors is { } a)
            {
                output.WriteLine($"  anchors at --size {a.ShortSide}x{a.LongSide}: the default ones cover {a.DefaultCoverage:P0} of " +
                    "the boxes at IoU 0.5;");
                output.WriteLine($"    --anchors {string.Join(",", a.Sizes)} --ratios {string.Join(",", a.Ratios)} would cover " +
                    $"{a.Coverage:P0}");
            }
            foreach (ShapeClusters c in split.Shapes)
                output.WriteLine($"  {c.Shapes.Count / 2} anchors of YOLOv3 at --size {c.Side}x{c.Side}, mean IoU {c.MeanIou:P0}:\n" +
                    $"    --anchor-shapes {string.Join(",", c.Shapes)}");
        }
    }

    private static void PrintClasses(SplitInfo split, TextWriter output)
    {
        output.WriteLine($"{split.Name}: {split.Pictures} pictures of {split.Classes.Count(c => c.Pictures > 0)} classes");
        int width = split.Classes.Count == 0 ? 0 : split.Classes.Max(c => c.Name.Length);
        foreach (ClassCount c in split.Classes)
            output.WriteLine($"  {c.Name.PadRight(width)}  {c.Pictures,7} pictures" +
                (split.Pictures == 0 ? "" : $"  {(double)c.Pictures / split.Pictures,6:P1}"));
    }

    private static void PrintLabels(string title, SplitInfo split, LabelInfo labels, TextWriter output)
    {
        long all = Math.Max(1, labels.Labelled + labels.Ignored);
        output.WriteLine($"{title}: {split.Pictures} pictures, {labels.Labelled + labels.Ignored:N0} pixels, " +
            $"{(double)labels.Ignored / all:P1} of them ignored");
        int width = Math.Max(8, labels.Classes.Count == 0 ? 0 : labels.Classes.Max(c => c.Name.Length));
        output.WriteLine($"  {"",5}{"class".PadRight(width)}  {"pixels",15}{"share",10}{"pictures",10}   weights:{"median",8}{"ENet",8}" +
            $"{"inverse",10}");
        foreach (LabelCount c in labels.Classes)
            output.WriteLine($"  {c.Id,3}  {c.Name.PadRight(width)}  {c.Pixels,15:N0}{c.Share,10:P2}{c.Pictures,10}" +
                $"   {"",8}{c.MedianFrequency,8:0.###}{c.Enet,8:0.##}{c.Inverse,10:0.###}");
    }

    private static void PrintSizes(SplitInfo split, TextWriter output) => output.WriteLine("  picture sizes: " +
        $"{string.Join(", ", split.PictureSizes.Take(5).Select(s => $"{s.Height} x {s.Width} ({s.Pictures})"))}" +
        (split.DistinctSizes > 5 ? $" and {split.DistinctSizes - 5} more" : ""));

    /// <summary>"MissingPicture" as "missing picture".</summary>
    private static string Words(FindingKind kind) =>
        string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));
}

/// <summary>Reports progress on the thread that makes it.</summary>
internal sealed class Inline<T>(Action<T> report) : IProgress<T>
{
    private readonly Lock _gate = new();

    public void Report(T value)
    {
        lock (_gate) report(value);
    }
}
