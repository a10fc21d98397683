using System.CommandLine;
using System.Globalization;
using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Imaging;
using Fovea.Reconstruction;
using Fovea.Reports.Description;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea describe</c>: a network, layer by layer.</summary>
internal static class DescribeVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A model's id; 'fovea models' lists them" };
        Option<ImageSize?> input = Options.Picture("--input", "Size of the picture (default: what the model is made for)");
        Option<int?> classes = Options.Count("--classes",
            "Classes that it tells apart (default: 1000; 10 for small pictures, 90 for detectors, 21 for segmenters)", 1);
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("describe", """
            Describe a model, layer by layer: sizes, memory, parameters, multiply-adds, receptive field and stride.

            Examples:
              fovea describe resnet50
              fovea describe resnet50 --input 320x480 --classes 20
              fovea describe fasterrcnn_resnet50_fpn --input 480x640
              fovea describe swin_t --json
            """) { model, input, classes, libtorch, threads, json };
        verb.SetAction(parsed =>
        {
            ModelEntry entry = ModelName.Find(parsed.GetValue(model)!);
            Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), parsed.InvocationConfiguration.Error);
            ModelDescription description = Describe(entry, parsed.GetValue(input), parsed.GetValue(classes));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(ToJson(entry, description));
            else Print(entry, description, output);
            return 0;
        });
        return verb;
    }

    private static ModelDescription Describe(ModelEntry entry, ImageSize? input, int? classes)
    {
        using var generator = new Generator(1);
        switch (entry)
        {
            case ClassifierEntry classifier:
                ImageSize size = input ?? new ImageSize(classifier.ImageSize, classifier.ImageSize);
                int usual = classifier.ImageSize <= 32 ? 10 : 1000;
                var options = new BackboneOptions { ClassCount = classes ?? usual, ImageSize = size.Height };
                using (Backbone network = classifier.Create(options, generator))
                    return ModelDescriber.Describe(network, size.Height, size.Width);
            case DetectorEntry detector:
                using (Detector network = detector.Create((classes ?? 90) + 1, new DetectorSettings(), generator))
                    return ModelDescriber.Describe(network, input?.Height ?? network.Transform.MinSize,
                        input?.Width ?? network.Transform.MaxSize);
            case SegmenterEntry segmenter:
                using (Segmenter network = segmenter.Create(classes ?? 21, new SegmenterSettings(), generator))
                    return ModelDescriber.Describe(network, [1, 3, input?.Height ?? 360, input?.Width ?? 480], images => network.Forward(images));
            case AutoEncoderEntry autoEncoder:
                using (AutoEncoder network = autoEncoder.Create(new AutoEncoderOptions(), generator))
                {
                    ImageSize pixels = input ?? new ImageSize(network.Options.ImageSize, network.Options.ImageSize);
                    return ModelDescriber.Describe(network, [1, 3, pixels.Height, pixels.Width],
                        pictures => network.Decode(network.Encode(pictures)));
                }
            default:
                throw new UsageException($"{entry.Id} cannot be described yet: its task is '{entry.Task}'.");
        }
    }

    private static void Print(ModelEntry entry, ModelDescription description, TextWriter output)
    {
        output.WriteLine($"{entry.Id}: {entry.Paper}");
        string[][] rows =
        [
            ["layer", "what it does", "output", "memory", "parameters", "mult-adds", "sees", "stride"],
            .. description.Layers.Select(layer => (string[])
            [
                layer.Name, layer.Kind, string.Join('x', layer.Output),
                Short(layer.Activations), Count(layer.Parameters), Short(layer.MultiplyAdds),
                Pair(layer.Vertical.Size, layer.Horizontal.Size), Pair(layer.Vertical.Stride, layer.Horizontal.Stride),
            ]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
            output.WriteLine(
                string.Join("  ", row.Select((cell, i) => i < 3 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
        output.WriteLine($"Memory: {Short(description.Activations)} numbers, {Short(description.Bytes)}B for a picture of " +
            $"{description.Height} x {description.Width}; training takes about twice as much.");
        output.WriteLine($"Parameters: {Count(description.Parameters)}" +
            (description.UnusedParameters > 0 ? $", {Count(description.UnusedParameters)} of them only for training." : "."));
        output.WriteLine($"Multiply-adds: {Short(description.MultiplyAdds)}.");
    }

    private static string ToJson(ModelEntry entry, ModelDescription description) => JsonText.Of(new
    {
        entry.Id, entry.Task, description.Height, description.Width, description.Parameters, description.UnusedParameters,
        description.Activations, description.Bytes, description.MultiplyAdds,
        layers = description.Layers.Select(layer => new
        {
            layer.Name, layer.Kind, layer.Output, layer.Activations, layer.Bytes, layer.Parameters, layer.MultiplyAdds,
            receptive_field = new { height = Finite(layer.Vertical), width = Finite(layer.Horizontal) },
            stride = new { height = layer.Vertical.Stride, width = layer.Horizontal.Stride },
        }),
    });

    private static double? Finite(ReceptiveField field) => field.IsWhole ? null : field.Size;

    private static string Count(long number) => number == 0 ? "" : number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>As 3.2M: three digits are enough to compare.</summary>
    private static string Short(long number)
    {
        (double value, string unit) = number switch
        {
            >= 1_000_000_000 => (number / 1e9, "G"), >= 1_000_000 => (number / 1e6, "M"), >= 1000 => (number / 1e3, "K"), _ => (number, ""),
        };
        string format = value >= 100 || unit.Length == 0 ? "0" : value >= 10 ? "0.0" : "0.00";
        return number == 0 ? "" : value.ToString(format, CultureInfo.InvariantCulture) + unit;
    }

    private static string Pair(double height, double width) => Side(height) == Side(width) ? Side(height) : $"{Side(height)}x{Side(width)}";

    private static string Side(double length) => double.IsInfinity(length) ? "all" : length.ToString("0.#", CultureInfo.InvariantCulture);
}
