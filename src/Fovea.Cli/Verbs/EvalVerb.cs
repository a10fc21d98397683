using System.CommandLine;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea eval</c>: measures a detector, or a file of its results, on a data set.</summary>
internal static class EvalVerb
{
    public static Command Create()
    {
        Option<string?> model = Options.Text("--model", ModelFile.Description, "FILE");
        Option<string?> detections = Options.Text("--detections", "Measure a COCO results file instead of running a model", "FILE");
        Option<string?> data = Options.Text("--data", DataSource.Description, "PATH");
        data.Required = true;
        Option<string?> split = Options.Text("--split", "The split to measure on (default: val, or the only one)", "NAME");
        Option<double?> threshold = Options.Real("--score-threshold",
            "Leave out what the model finds below this score (default: the model's, 0.05)", 0, 1);
        Option<int?> most = Options.Count("--max-detections", "Detections of a picture at most (default: the model's, 100)", 1);
        Option<string?> save = Options.Text("--save-detections", "Also write what was found as a COCO results file", "FILE");
        Option<string?> device = Verb.DeviceOption();
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("eval", """
            Measure a detector on a data set: COCO's twelve figures, PASCAL VOC's two, and AP for each class.

            Examples:
              fovea eval --model runs/cells --data my-pictures --split test
              fovea eval --detections results.json --data coco --split val2017
            """) { model, detections, data, split, threshold, most, save, device, libtorch, threads, json };
        verb.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(model) is null == parsed.GetValue(detections) is null)
                throw new UsageException("give either --model (a checkpoint) or --detections (a results file).");
            string path = parsed.GetValue(data)!;
            Measured measured;
            if (parsed.GetValue(detections) is { } file)
            {
                Verb.ExpectFile("--detections", file);
                if (new Option[] { threshold, most, save }.FirstOrDefault(o => parsed.GetResult(o) is not null) is { } useless)
                    throw new UsageException($"{useless.Name} goes with --model: a results file is measured as it is.");
                measured = OfFile(file, DataSource.OpenForMeasuring(path, parsed.GetValue(split)), cancellation);
            }
            else
            {
                string checkpoint = ModelFile.Find(parsed.GetValue(model)!);
                TextWriter error = parsed.InvocationConfiguration.Error;
                Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), error);
                var settings = new DetectorSettings
                {
                    ScoreThreshold = parsed.GetValue(threshold), DetectionsPerImage = parsed.GetValue(most),
                };
                using Predictor predictor = Predictor.Load(checkpoint, Verb.ParseDevice(parsed.GetValue(device)), settings);
                IDataset dataset = DataSource.OpenForMeasuring(path, parsed.GetValue(split), predictor.Categories);
                measured = OfModel(predictor, dataset, parsed.GetValue(save), error, cancellation);
            }
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(ToJson(measured));
            else Print(measured, output);
            return Task.FromResult(0);
        });
        return verb;
    }

    private sealed record Measured(CocoResult Coco, VocResult Voc);

    private static Measured OfModel(Predictor predictor, IDataset dataset, string? save, TextWriter error, CancellationToken cancellation)
    {
        var voc = new VocEvaluator(dataset.Categories);
        var entries = new List<CocoResultEntry>();
        int limit = predictor.Model is Detection.FasterRcnn rcnn ? rcnn.Options.RoiHeads.DetectionsPerImage : 100;
        using var line = new ProgressLine("measuring", "picture", error);
        int done = 0;
        CocoResult coco = DetectorEvaluation.Run(predictor.Model, dataset, predictor.Device, new EvaluationOptions
        {
            Coco = limit > 100 ? CocoOptions.Default with { MaxDetections = [1, 10, limit] } : CocoOptions.Default,
            OnPicture = (sample, found) =>
            {
                voc.Add(sample.Record.Id, sample.Record.Annotations, found);
                if (save is not null) entries.AddRange(CocoResults.Of(sample.Record.Id, found, dataset.Categories));
                line.Show(++done, dataset.Count);
            },
        }, cancellation);
        if (save is not null) Torch.Serialization.AtomicFile.Write(save, stream => CocoResults.Write(stream, entries));
        return new Measured(coco, voc.Evaluate());
    }

    private static Measured OfFile(string file, IDataset dataset, CancellationToken cancellation)
    {
        var coco = new CocoEvaluator(dataset.Categories);
        var voc = new VocEvaluator(dataset.Categories);
        ILookup<long, CocoResultEntry> entries = CocoResults.Read(file).ToLookup(entry => entry.ImageId);
        Dictionary<int, int> indexOf = dataset.Categories.Select((category, index) => (category.Id, index))
            .ToDictionary(c => c.Id, c => c.index);
        foreach (int category in entries.SelectMany(group => group).Select(entry => entry.CategoryId).Distinct()
            .Where(id => !indexOf.ContainsKey(id)))
            throw new DataException($"{file} has detections of category {category}, which {dataset.Name} does not have: it has " +
                $"{string.Join(", ", dataset.Categories.Take(100).Select(c => $"{c.Id} {c.Name}"))}.");
        var known = new HashSet<long>();
        for (int i = 0; i < dataset.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            ImageRecord record = dataset[i];
            known.Add(record.Id);
            coco.Add(record.Id, record.Annotations, Detections.None(record.Size));
            foreach (CocoResultEntry entry in entries[record.Id]) coco.AddDetection(entry);
            Box[] boxes = [.. entries[record.Id].Select(e => e.Box.ToBox())];
            voc.Add(record.Id, record.Annotations, Detections.Sort(record.Size, boxes, [.. entries[record.Id].Select(e => (float)e.Score)],
                [.. entries[record.Id].Select(e => indexOf[e.CategoryId])]));
        }
        foreach (long stranger in entries.Select(group => group.Key).Where(id => !known.Contains(id)))
            throw new DataException($"{file} has detections of picture {stranger}, which is not in {dataset.Name}. Is it of another " +
                "split?");
        return new Measured(coco.Evaluate(), voc.Evaluate());
    }

    private static void Print(Measured measured, TextWriter output)
    {
        output.Write(measured.Coco.Summary);
        output.WriteLine($"PASCAL VOC        AP at IoU 0.50: {measured.Voc.MeanElevenPointAp:0.000} (11-point, 2007), " +
            $"{measured.Voc.MeanAp:0.000} (all points, 2010)");
        IReadOnlyList<CocoCategoryFigures> classes = measured.Coco.PerCategory();
        int width = Math.Max(5, classes.Max(c => c.Category.Name.Length));
        output.WriteLine();
        output.WriteLine($"{"class".PadRight(width)}  {"objects",8}  {"AP",6}  {"AP50",6}  {"AP75",6}  {"AR",6}");
        foreach (CocoCategoryFigures c in classes)
            output.WriteLine($"{c.Category.Name.PadRight(width)}  {c.Objects,8}  {Figure(c.Ap)}  {Figure(c.Ap50)}  {Figure(c.Ap75)}  " +
                $"{Figure(c.Ar)}");
    }

    private static string Figure(double value) => value < 0 ? "   n/a" : $"{value,6:0.000}";

    private static string ToJson(Measured measured) => JsonText.Of(new
    {
        coco = measured.Coco.Summary.ToDictionary(),
        voc = new { ap_11_point = measured.Voc.MeanElevenPointAp, ap_all_point = measured.Voc.MeanAp },
        classes = measured.Coco.PerCategory().Select(c => new { c.Category.Id, c.Category.Name, c.Objects, c.Ap, c.Ap50, c.Ap75, c.Ar }),
    });
}
