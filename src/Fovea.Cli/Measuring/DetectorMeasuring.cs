using Fovea.Data;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Reports.Html;
using Fovea.Structures;
using Fovea.Torch.Serialization;

namespace Fovea.Cli.Measuring;

/// <summary>What <c>fovea eval</c> tells of a detector, or of a file of detections: COCO's figures and PASCAL VOC's.</summary>
internal sealed record DetectorMeasuring(DetectorResult Coco, VocResult Voc) : IMeasured
{
    /// <summary>What was found but not measured.</summary>
    private IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Runs a detector over a data set.</summary>
    /// <param name="predictor">The detector.</param>
    /// <param name="dataset">The pictures.</param>
    /// <param name="save">A file for what was found, or null.</param>
    /// <param name="report">A file for a page about it, or null.</param>
    /// <param name="error">Where progress is shown.</param>
    /// <param name="cancellation">Ends it.</param>
    public static DetectorMeasuring OfModel(Predictor predictor, IDataset dataset, string? save, string? report, TextWriter error,
        CancellationToken cancellation)
    {
        int limit = predictor.Model.DetectionsPerImage;
        DetectionReportCollector? collector = report is null ? null : new DetectionReportCollector(dataset, Math.Max(100, limit), predictor.Skeleton);
        var voc = new VocEvaluator(dataset.Categories);
        var entries = new List<CocoResultEntry>();
        using var line = new ProgressLine("measuring", "picture", error);
        int done = 0;
        DetectorResult coco = DetectorEvaluation.Run(predictor.Model, dataset, predictor.Device, new EvaluationOptions
        {
            Coco = CocoOptions.WithLimit(limit), Inference = predictor.Inference,
            OnPicture = (sample, found) =>
            {
                voc.Add(sample.Record.Id, sample.Record.Annotations, found);
                if (save is not null) entries.AddRange(CocoResults.Of(sample.Record.Id, found, dataset.Categories));
                collector?.Add(sample.Record, found);
                line.Show(++done, dataset.Count);
            },
        }, cancellation);
        if (save is not null) AtomicFile.Write(save, stream => CocoResults.Write(stream, entries));
        if (report is not null) Write(report, collector!.Write(dataset.Name, coco, cancellation));
        return new DetectorMeasuring(coco, voc.Evaluate())
        {
            Notes = NotesOn(dataset, coco, predictor.Model.FindsMasks, predictor.Model.FindsKeypoints),
        };
    }

    /// <summary>Measures a COCO results file.</summary>
    /// <exception cref="DataException">It has detections of a picture or a category that the data set does not have.</exception>
    public static DetectorMeasuring OfFile(string file, IDataset dataset, string? report, CancellationToken cancellation)
    {
        var coco = new CocoEvaluator(dataset.Categories);
        var voc = new VocEvaluator(dataset.Categories);
        ILookup<long, CocoResultEntry> entries = CocoResults.Read(file).ToLookup(entry => entry.ImageId);
        bool findsMasks = All(entry => entry.Mask is not null);
        CocoMaskEvaluator? masks = findsMasks && dataset.HasMasks() ? new CocoMaskEvaluator(dataset.Categories) : null;
        DetectionReportCollector? collector = report is null ? null : new DetectionReportCollector(dataset, maxDetections: 100);
        Dictionary<int, int> indexOf = dataset.Categories.Select((category, index) => (category.Id, index))
            .ToDictionary(c => c.Id, c => c.index);
        foreach (int category in entries.SelectMany(group => group).Select(entry => entry.CategoryId).Distinct()
            .Where(id => !indexOf.ContainsKey(id)))
            throw new DataException($"{file} has detections of category {category}, which {dataset.Name} does not have: it has " +
                $"{string.Join(", ", dataset.Categories.Take(100).Select(c => $"{c.Id} {c.Name}"))}.");
        bool findsKeypoints = entries.Any(group => group.Any(entry => entry.Keypoints is not null))
            && All(entry => entry.Keypoints is not null || !IsPosed(entry.CategoryId));
        CocoKeypointEvaluator? keypoints = findsKeypoints && dataset.HasKeypoints()
            ? new CocoKeypointEvaluator(dataset.Categories, dataset.SkeletonOf) : null;
        var known = new HashSet<long>();
        int withoutMasks = 0;
        for (int i = 0; i < dataset.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            ImageRecord record = dataset[i];
            known.Add(record.Id);
            coco.Add(record.Id, record.Annotations, Detections.None(record.Size));
            foreach (CocoResultEntry entry in entries[record.Id]) coco.AddDetection(entry);
            Box[] boxes = [.. entries[record.Id].Select(e => e.Box.ToBox())];
            Detections found = Detections.Sort(record.Size, boxes, [.. entries[record.Id].Select(e => (float)e.Score)],
                [.. entries[record.Id].Select(e => indexOf[e.CategoryId])]);
            voc.Add(record.Id, record.Annotations, found);
            if (record.HasMasks) masks?.Add(record.Id, [.. record.Annotations.Select(CocoMaskEvaluator.TruthOf)], []);
            else withoutMasks++;
            keypoints?.Add(record.Id, record.Annotations, Detections.None(record.Size));
            foreach (CocoResultEntry entry in entries[record.Id])
            {
                if (record.HasMasks) masks?.AddDetection(entry);
                keypoints?.AddDetection(entry);
            }
            collector?.Add(record, found);
        }
        foreach (long stranger in entries.Select(group => group.Key).Where(id => !known.Contains(id)))
            throw new DataException($"{file} has detections of picture {stranger}, which is not in {dataset.Name}. Is it of another " +
                "split?");
        var result = new DetectorResult(coco.Evaluate(), masks?.Evaluate(), keypoints?.Evaluate())
        {
            PicturesWithoutMasks = masks is null ? 0 : withoutMasks,
        };
        if (report is not null) Write(report, collector!.Write($"{Path.GetFileName(file)}, {dataset.Name}", result, cancellation));
        return new DetectorMeasuring(result, voc.Evaluate()) { Notes = NotesOn(dataset, result, findsMasks, findsKeypoints) };

        bool IsPosed(int id) => dataset.SkeletonOf(indexOf[id]) is not null;

        // No entry at all tells nothing of masks.
        bool All(Func<CocoResultEntry, bool> has) => entries.Count > 0 && entries.All(group => group.All(has));
    }

    private static string[] NotesOn(IDataset dataset, DetectorResult result, bool findsMasks, bool findsKeypoints) =>
    [
        .. findsMasks && result.Masks is null
            ? (string[])[$"Masks were not measured: {dataset.Name} has no picture in which every object has one."] : [],
        .. findsKeypoints && result.Keypoints is null ? (string[])[$"Key points were not measured: {dataset.Name} has none."] : [],
    ];

    private static void Write(string path, string page) => AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(page)));

    public object ToJson()
    {
        return new
        {
            coco = Coco.Boxes.Summary.ToDictionary(), masks = Coco.Masks?.Summary.ToDictionary(), keypoints = Coco.Keypoints?.Summary.ToDictionary(),
            pictures_without_masks = Coco.PicturesWithoutMasks,
            mask_accuracy = Coco.MaskAccuracy?.Select(f => new { f.Threshold, f.Accuracy, f.PerPicture, f.Found, f.Wrong, f.Missed }),
            voc = new { ap_11_point = Voc.MeanElevenPointAp, ap_all_point = Voc.MeanAp },
            classes = Classes(Coco.Boxes), classes_masks = Classes(Coco.Masks), classes_keypoints = Classes(Coco.Keypoints),
        };

        static object? Classes(CocoResult? result) =>
            result?.PerCategory().Select(c => new { c.Category.Id, c.Category.Name, c.Objects, c.Ap, c.Ap50, c.Ap75, c.Ar });
    }

    public void Print(TextWriter output)
    {
        bool several = Coco.Masks is not null || Coco.Keypoints is not null;
        Print(output, several ? "Boxes" : null, Coco.Boxes);
        output.WriteLine($"PASCAL VOC        AP at IoU 0.50: {Voc.MeanElevenPointAp:0.000} (11-point, 2007), " +
            $"{Voc.MeanAp:0.000} (all points, 2010)");
        PrintClasses(output, Coco.Boxes);
        string masks = Coco.PicturesWithoutMasks == 0 ? "Masks" : $"Masks, without {Coco.PicturesWithoutMasks:N0} pictures in which objects have none";
        foreach ((string name, CocoResult? result) in ((string, CocoResult?)[])[(masks, Coco.Masks), ("Key points", Coco.Keypoints)])
        {
            if (result is null) continue;
            output.WriteLine();
            Print(output, name, result);
            PrintClasses(output, result);
        }
        if (Notes.Count > 0) output.WriteLine();
        foreach (string note in Notes) output.WriteLine(note);
        if (Coco.MaskAccuracy is not { } accuracy) return;
        output.WriteLine();
        output.WriteLine("Masks with a score of 0.5 and more, TP / (TP + FP + FN):");
        output.WriteLine("IoU          " + string.Join("  ", accuracy.Select(f => FormattableString.Invariant($"{f.Threshold,5:0.00}"))));
        output.WriteLine("all objects  " + string.Join("  ", accuracy.Select(f => FormattableString.Invariant($"{f.Accuracy,5:0.000}"))));
        output.WriteLine("per picture  " + string.Join("  ", accuracy.Select(f => FormattableString.Invariant($"{f.PerPicture,5:0.000}"))));
    }

    private static void Print(TextWriter output, string? title, CocoResult result)
    {
        if (title is not null) output.WriteLine($"{title}:");
        output.Write(result.Summary);
    }

    private static void PrintClasses(TextWriter output, CocoResult result)
    {
        IReadOnlyList<CocoCategoryFigures> classes = result.PerCategory();
        int width = Math.Max(5, classes.Max(c => c.Category.Name.Length));
        output.WriteLine();
        output.WriteLine($"{"class".PadRight(width)}  {"objects",8}  {"AP",6}  {"AP50",6}  {"AP75",6}  {"AR",6}");
        foreach (CocoCategoryFigures c in classes)
            output.WriteLine($"{c.Category.Name.PadRight(width)}  {c.Objects,8}  {Figure(c.Ap)}  {Figure(c.Ap50)}  {Figure(c.Ap75)}  " +
                $"{Figure(c.Ar)}");
    }

    private static string Figure(double value) => value < 0 ? "   n/a" : $"{value,6:0.000}";
}
