using System.CommandLine;
using System.Globalization;
using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Inference.Verification;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea verify</c>: whether a model reproduces numbers that were computed elsewhere with the same weights.</summary>
internal static class VerifyVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A model's id; 'fovea models' lists them" };
        Option<string?> weights = Options.Text("--weights", "Its weights: published ones by name (imagenet, coco, voc or as 'fovea " +
            "models' lists them), a checkpoint, or a state dictionary as .safetensors or .pth", "NAME");
        Option<string?> reference = Options.Text("--reference", "Pictures and what was computed from them, as .safetensors", "FILE");
        weights.Required = reference.Required = true;
        var defaults = new VerificationOptions();
        Option<double?> rtol = Options.Real("--rtol", "Allowed difference of boxes, scores and losses, as a share of the tensor's largest " +
            FormattableString.Invariant($"magnitude (default: {defaults.RelativeTolerance})"), 0);
        Option<double?> atol = Options.Real("--atol", FormattableString.Invariant($"Allowed difference on top of that (default: {defaults.AbsoluteTolerance})"), 0);
        var gradients = new Option<bool>("--gradients") { Description = "Also compare the gradients that the reference holds" };
        Option<double?> gradientRtol = Options.Real("--gradient-rtol",
            FormattableString.Invariant($"As --rtol, for gradients (default: {defaults.GradientTolerance})"), 0);
        Option<int?> minSize = Options.Count("--min-size", "The reference model's shorter side of a resized picture (default: the model's)", 1, NetworkSize.Most);
        Option<int?> maxSize = Options.Count("--max-size", "The same of the longer side", 1, NetworkSize.Most);
        Option<double?> threshold = Options.Real("--score-threshold", "The reference model's smallest score (default: the model's)", 0, 1);
        Option<double?> epsilon = Options.Real("--batch-norm-epsilon",
            "The reference model's (default: the published weights', else 1e-5)", 0, 1);
        Option<string?> device = Verb.DeviceOption();
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("verify", """
            Check that a model with given weights reproduces what another program computed: boxes, scores, labels, losses, gradients.

            The reference holds, counted from 0, image.0 (3 x H x W, 0..1), ... and
            boxes.0, scores.0, labels.0, ... or target.boxes.0, target.labels.0, ...
            with loss.NAME and grad.PARAMETER. For a classifier it holds input
            (N x 3 x H x W, normalised) and out (N x K, before softmax); for a
            segmenter input, out and aux (N x K x H x W), or target (N x H x W) with
            loss and grad.PARAMETER. A line is printed for each tensor; the exit code
            is 1 if any differs by more than the tolerances.

            Examples:
              fovea verify fasterrcnn_resnet50_fpn --weights weights.pth \
                  --reference reference.safetensors
              fovea verify fasterrcnn_resnet50_fpn --weights weights.pth \
                  --reference losses.safetensors --gradients --rtol 1e-5
            """) { model, weights, reference, rtol, atol, gradients, gradientRtol, minSize, maxSize, threshold, epsilon, device, libtorch, threads, json };
        verb.SetAction((parsed, cancellation) =>
        {
            ModelEntry entry = ModelName.Find(parsed.GetValue(model)!);
            if (entry is not DetectorEntry) Options.ExpectNone(parsed, [minSize, maxSize, threshold, epsilon], "detectors", entry);
            if (entry is not (DetectorEntry or SegmenterEntry))
                Options.ExpectNone(parsed, [gradients, gradientRtol], "detectors and segmenters", entry);
            var options = new VerificationOptions
            {
                RelativeTolerance = parsed.GetValue(rtol) ?? defaults.RelativeTolerance,
                AbsoluteTolerance = parsed.GetValue(atol) ?? defaults.AbsoluteTolerance,
                GradientTolerance = parsed.GetValue(gradientRtol) ?? defaults.GradientTolerance,
                Gradients = parsed.GetValue(gradients),
            };
            var settings = new DetectorSettings
            {
                MinSize = parsed.GetValue(minSize), MaxSize = parsed.GetValue(maxSize), ScoreThreshold = parsed.GetValue(threshold),
                BatchNormEpsilon = parsed.GetValue(epsilon), SampleAll = true,
            };
            string path = parsed.GetValue(reference)!;
            DetectorReference? expected = entry is DetectorEntry ? DetectorReference.Load(path) : null;
            ClassifierReference? scores = entry is ClassifierEntry ? ClassifierReference.Load(path) : null;
            SegmenterReference? maps = entry is SegmenterEntry ? SegmenterReference.Load(path) : null;
            WeightsArgument argument = WeightsArgument.Of(entry, parsed.GetValue(weights)!);
            string file = argument.Fetch(parsed.InvocationConfiguration.Error, cancellation);
            Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), parsed.InvocationConfiguration.Error);
            Device where = Verb.ParseDevice(parsed.GetValue(device));
            Library.SetCudaArithmetic(tensorFloat32: false, search: false);   // to compare, not to be fast
            VerificationReport report;
            switch (entry)
            {
                case DetectorEntry detector:
                    using (Detector built = DetectorWeights.Load(detector, file, DetectorSettings.Under(argument.Published).With(settings)))
                        report = DetectorVerification.Run(built, expected!, options, where);
                    break;
                case ClassifierEntry classifier:
                    using (Backbone built = ClassifierWeights.Load(classifier, file, ClassifierSettings.Under(argument.Published)))
                        report = ClassifierVerification.Run(built, scores!, options, where);
                    break;
                case SegmenterEntry segmenter:
                    using (Segmenter built = SegmenterWeights.Load(segmenter, file, SegmenterSettings.Under(argument.Published)))
                        report = SegmenterVerification.Run(built, maps!, options, where);
                    break;
                default:
                    throw new UsageException($"{entry.Id} has no counterpart elsewhere to be compared with.");
            }
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(JsonText.Of(new { report.Passed, report.Rounding, tensors = report.Comparisons }));
            else Print(report, options.Gradients ? 0 : (expected?.Gradients ?? maps?.Gradients)?.Count ?? 0, output);
            return Task.FromResult(report.Passed ? 0 : 1);
        });
        return verb;
    }

    private static void Print(VerificationReport report, int gradientsLeft, TextWriter output)
    {
        int names = report.Comparisons.Max(c => c.Name.Length), shapes = report.Comparisons.Max(c => Shape(c).Length);
        output.WriteLine($"{"tensor".PadRight(names)}  {"shape".PadRight(shapes)}  {"absolute",-9}  {"relative",-9}");
        foreach (TensorComparison c in report.Comparisons)
            output.WriteLine($"{c.Name.PadRight(names)}  {Shape(c).PadRight(shapes)}  {Number(c.Absolute),-9}  {Number(c.Relative),-9}  {(c.Passed ? "OK" : "FAIL")}" +
                (c.Note is null ? "" : $": {c.Note}"));
        if (gradientsLeft > 0)
            output.WriteLine($"{gradientsLeft} gradients of the reference were not compared: --gradients does.");
        if (report.Rounding == ScaleRounding.Float64)
            output.WriteLine("Picture sizes were rounded from a float64 scale, as torchvision does after 0.14.");
        output.WriteLine(report.Passed ? $"All {report.Comparisons.Count} tensors agree." : $"{report.Failures} of {report.Comparisons.Count} tensors differ.");
    }

    private static string Shape(TensorComparison comparison) => comparison.Shape.Count == 0 ? "scalar" : string.Join(" x ", comparison.Shape);

    private static string Number(double value) => double.IsInfinity(value) ? "-" : value.ToString("0.0e+00", CultureInfo.InvariantCulture);
}
