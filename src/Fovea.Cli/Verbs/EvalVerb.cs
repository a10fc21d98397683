using System.CommandLine;
using Fovea.Cli.Measuring;
using Fovea.Data;
using Fovea.Inference;
using Fovea.Reconstruction;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea eval</c>: measures a model, or a file of detections, on a data set.</summary>
internal static class EvalVerb
{
    public static Command Create()
    {
        Option<string?> model = Options.Text("--model", ModelChoice.Description, "FILE");
        Option<string?> weights = Options.Text("--weights", ModelChoice.WeightsDescription, "NAME");
        Option<string?> classes = Options.Text("--classes", ClassNames.Description, "LIST");
        Option<string?> detections = Options.Text("--detections", "Measure a COCO results file instead of running a model", "FILE");
        Option<string?> data = Options.Text("--data", DataSource.Description, "PATH");
        data.Required = true;
        Option<string?> split = Options.Text("--split", "The split to measure on (default: val, or the only one)", "NAME");
        var selection = new SelectionChoice("Detectors: leave out what the model finds below this score (default: the model's, 0.05)");
        Option<string?> save = Options.Text("--save-detections",
            "Detectors: also write what was found as a COCO results file, of masks or key points where it finds them", "FILE");
        Option<string?> report = Options.Text("--report",
            "Detectors: also write a page with curves, confusions, causes of errors, and the worst pictures", "FILE.html");
        var looking = new LookingOptions();
        Option<string?> csv = Options.Text("--csv", "Segmenters: also write the table of classes as comma-separated values", "FILE");
        Option<string?> device = Verb.DeviceOption();
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("eval", """
            Measure a model on a data set. Detectors: COCO's twelve figures, PASCAL VOC's two, and AP for each class. Classifiers:
            accuracy of the best and the five best classes, of each class, and which classes are mistaken for which. Segmenters: mean IoU,
            accuracies, and a row for each class. Auto-encoders: how near their pictures come.

            Examples:
              fovea eval --model runs/cells --data my-pictures --split test
              fovea eval --model resnet50 --weights imagenet --data imagenet
              fovea eval --model runs/cells --data my-pictures --report cells.html
              fovea eval --detections results.json --data coco --split val2017
            """) { model, weights, classes, detections, data, split, save, report, csv, device, libtorch, threads, json };
        foreach (Option option in selection.All.Concat(looking.All)) verb.Options.Add(option);
        verb.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(model) is null == parsed.GetValue(detections) is null)
                throw new UsageException("give either --model (a checkpoint, or a model's id with --weights) or --detections (a results " +
                    "file).");
            looking.Check(parsed);
            IMeasured measured;
            if (parsed.GetValue(detections) is { } file)
            {
                Verb.ExpectFile("--detections", file);
                if (new Option[] { weights, classes, save, csv }.Concat(selection.All).Concat(looking.All)
                    .FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } useless)
                    throw new UsageException($"{useless.Name} goes with --model: a results file is measured as it is.");
                IDataset dataset = DataSource.OpenForMeasuring(parsed.GetValue(data)!, parsed.GetValue(split));
                measured = DetectorMeasuring.OfFile(file, dataset, parsed.GetValue(report), cancellation);
            }
            else measured = OfModel();
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(JsonText.Of(measured.ToJson()));
            else measured.Print(output);
            return Task.FromResult(0);

            IMeasured OfModel()
            {
                DetectorSettings settings = selection.Read(parsed);
                TextWriter error = parsed.InvocationConfiguration.Error;
                using ModelChoice choice =
                    ModelChoice.Open(parsed.GetValue(model)!, parsed.GetValue(weights), parsed.GetValue(classes), error, cancellation);
                if (choice.Entry is not DetectorEntry) Options.ExpectNone(parsed, [.. selection.All, save, report], "detectors", choice.Entry);
                if (choice.Entry is not SegmenterEntry) Options.ExpectNone(parsed, [csv], "segmenters", choice.Entry);
                looking.ExpectFor(choice.Entry, parsed);
                Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), error);
                Device where = Verb.ParseDevice(parsed.GetValue(device));
                IDataset Data(IReadOnlyList<Category>? categories) =>
                    DataSource.OpenForMeasuring(parsed.GetValue(data)!, parsed.GetValue(split), categories, TaskName.Annotations(choice.Entry));
                if (choice.Entry is AutoEncoderEntry)
                {
                    using AutoEncoder network = choice.CreateAutoEncoder();
                    return ReconstructionMeasuring.Of(network, Data(null), where, cancellation);
                }
                if (choice.Entry is SegmenterEntry)
                {
                    using SegmentationPredictor segmenter = choice.CreateSegmenter(where, looking.ReadSegmentation(parsed));
                    var table = SegmentationMeasuring.Of(segmenter, Data(segmenter.Categories), error, cancellation);
                    if (parsed.GetValue(csv) is { } path)
                        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(table.ToCsv())));
                    return table;
                }
                if (choice.Entry is ClassifierEntry)
                {
                    using ClassifierPredictor classifier = choice.CreateClassifier(where);
                    return ClassifierMeasuring.Of(classifier, Data(classifier.Categories), error, cancellation);
                }
                using Predictor predictor = choice.CreateDetector(where, settings, looking.ReadDetection(parsed));
                return DetectorMeasuring.OfModel(predictor, Data(predictor.Categories), parsed.GetValue(save), parsed.GetValue(report), error, cancellation);
            }
        });
        return verb;
    }
}
