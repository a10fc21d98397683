using System.CommandLine;
using Fovea.Cli.Prediction;
using Fovea.Inference;
using Fovea.Reconstruction;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea predict</c>: what a model says of pictures.</summary>
internal static class PredictVerb
{
    public static Command Create()
    {
        var pictures = new Argument<string[]>("PICTURES")
        {
            Description = "Pictures, folders, or patterns such as 'photos/*.jpg'", Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> model = Options.Text("--model", ModelChoice.Description, "FILE");
        model.Required = true;
        Option<string?> weights = Options.Text("--weights", ModelChoice.WeightsDescription, "NAME");
        Option<string?> classes = Options.Text("--classes", ClassNames.Description, "LIST");
        Option<string?> output = Options.Text("--output", "Folder for the drawn pictures and the answers (default: predictions)", "FOLDER");
        Option<double?> threshold = Options.Real("--score-threshold",
            "Detectors: smallest score of what is drawn and written (default: 0.5)", 0, 1);
        Option<int?> most = Options.Count("--max-detections", "Detectors: detections of a picture at most (default: the model's, 100)", 1);
        var looking = new LookingOptions();
        var confidence = new Option<bool>("--confidence") { Description = "Segmenters: also write how sure the model is of each pixel, as grey PNG files" };
        var noPictures = new Option<bool>("--no-pictures") { Description = "Write the answers only" };
        Option<string?> device = Verb.DeviceOption();
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("predict", """
            Look at pictures with a trained model. It writes drawn pictures and the answers as JSON: what a detector found, in COCO's
            form (detections.json); the classes of a classifier (classes.json); the class of every pixel as a palette PNG file of indices, and
            the share of each class, of a segmenter (segmentations.json); what came back from an auto-encoder (reconstructions.json).

            Examples:
              fovea predict photo.jpg --model runs/cells
              fovea predict photos/ 'more/*.png' --model best.safetensors \
                  --output found --score-threshold 0.7
              fovea predict photo.jpg --model fasterrcnn_resnet50_fpn --weights coco
              fovea predict photo.jpg --model resnet50 --weights imagenet
              fovea predict street.jpg --model runs/streets --scales 0.75,1,1.25 --flip
            """) { pictures, model, weights, classes, output, threshold, most, confidence, noPictures, device, libtorch, threads, json };
        foreach (Option option in looking.All) verb.Options.Add(option);
        verb.SetAction((parsed, cancellation) =>
        {
            IReadOnlyList<string> files = PictureFiles.Find(parsed.GetValue(pictures)!);
            string folder = parsed.GetValue(output) ?? "predictions";
            if (File.Exists(folder)) throw new UsageException($"--output: '{folder}' is a file, but a folder was expected.");
            bool draws = !parsed.GetValue(noPictures);
            if (draws && files.FirstOrDefault(file => IsInside(file, folder)) is { } original)
                throw new UsageException($"--output: {original} lies in '{folder}', where a drawn picture could overwrite it. " +
                    "Name another folder.");
            looking.Check(parsed);
            TextWriter error = parsed.InvocationConfiguration.Error;
            using ModelChoice choice =
                ModelChoice.Open(parsed.GetValue(model)!, parsed.GetValue(weights), parsed.GetValue(classes), error, cancellation);
            if (choice.Entry is not DetectorEntry) Options.ExpectNone(parsed, [threshold, most], "detectors", choice.Entry);
            if (choice.Entry is not SegmenterEntry) Options.ExpectNone(parsed, [confidence], "segmenters", choice.Entry);
            looking.ExpectFor(choice.Entry, parsed);
            Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), error);
            Device where = Verb.ParseDevice(parsed.GetValue(device));
            var settings = new DetectorSettings
            {
                ScoreThreshold = parsed.GetValue(threshold) ?? 0.5, DetectionsPerImage = parsed.GetValue(most),
            };
            int Run(PredictRun run) => run.Run(parsed.InvocationConfiguration.Output, error, parsed.GetValue(json), cancellation);
            switch (choice.Entry)
            {
                case AutoEncoderEntry:
                    using (AutoEncoder network = choice.CreateAutoEncoder())
                    {
                        network.Train(false);
                        network.To(where);
                        return Task.FromResult(Run(new ReconstructionRun(network, where, files, folder, draws)));
                    }
                case SegmenterEntry:
                    using (SegmentationPredictor segmenter = choice.CreateSegmenter(where, looking.ReadSegmentation(parsed)))
                        return Task.FromResult(Run(new SegmentationRun(segmenter, files, folder, draws, parsed.GetValue(confidence))));
                case ClassifierEntry:
                    using (ClassifierPredictor classifier = choice.CreateClassifier(where))
                        return Task.FromResult(Run(new ClassificationRun(classifier, files, folder, draws)));
                default:
                    using (Predictor predictor = choice.CreateDetector(where, settings, looking.ReadDetection(parsed)))
                        return Task.FromResult(Run(new DetectionRun(predictor, files, folder, draws)));
            }
        });
        return verb;
    }

    private static bool IsInside(string file, string folder) =>
        Path.GetDirectoryName(Path.GetFullPath(file)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
}
