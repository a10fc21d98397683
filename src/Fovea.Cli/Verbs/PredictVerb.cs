using System.CommandLine;
using Fovea.Imaging;
using Fovea.Inference;
using Fovea.Metrics;
using Fovea.Structures;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea predict</c>: finds objects in pictures.</summary>
internal static class PredictVerb
{
    public static Command Create()
    {
        var pictures = new Argument<string[]>("PICTURES")
        {
            Description = "Pictures, folders, or patterns such as 'photos/*.jpg'", Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> model = Options.Text("--model", ModelFile.Description, "FILE");
        model.Required = true;
        Option<string?> output = Options.Text("--output",
            "Folder for the annotated pictures and detections.json (default: predictions)", "FOLDER");
        Option<double?> threshold = Options.Real("--score-threshold", "Smallest score of what is drawn and written (default: 0.5)", 0, 1);
        Option<int?> most = Options.Count("--max-detections", "Detections of a picture at most (default: the model's, 100)", 1);
        var noPictures = new Option<bool>("--no-pictures") { Description = "Write detections.json only" };
        Option<string?> device = Verb.DeviceOption();
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("predict", """
            Find objects in pictures: writes annotated pictures, and what was found in COCO's form.

            Examples:
              fovea predict photo.jpg --model runs/cells
              fovea predict photos/ 'more/*.png' --model best.safetensors \
                  --output found --score-threshold 0.7
            """) { pictures, model, output, threshold, most, noPictures, device, libtorch, threads, json };
        verb.SetAction((parsed, cancellation) =>
        {
            IReadOnlyList<string> files = PictureFiles.Find(parsed.GetValue(pictures)!);
            string checkpoint = ModelFile.Find(parsed.GetValue(model)!), folder = parsed.GetValue(output) ?? "predictions";
            if (File.Exists(folder)) throw new UsageException($"--output: '{folder}' is a file, but a folder was expected.");
            bool draws = !parsed.GetValue(noPictures);
            if (draws && files.FirstOrDefault(file => IsInside(file, folder)) is { } original)
                throw new UsageException($"--output: {original} lies in '{folder}', where an annotated picture could overwrite it. " +
                    "Name another folder.");
            TextWriter error = parsed.InvocationConfiguration.Error;
            Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads), error);
            var settings = new DetectorSettings
            {
                ScoreThreshold = parsed.GetValue(threshold) ?? 0.5, DetectionsPerImage = parsed.GetValue(most),
            };
            using Predictor predictor = Predictor.Load(checkpoint, Verb.ParseDevice(parsed.GetValue(device)), settings);
            var run = new PredictRun(predictor, files, folder, draws);
            return Task.FromResult(run.Run(parsed.InvocationConfiguration.Output, error, parsed.GetValue(json), cancellation));
        });
        return verb;
    }

    private static bool IsInside(string file, string folder) =>
        Path.GetDirectoryName(Path.GetFullPath(file)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
}

/// <summary>One run over pictures: a damaged one is told of and does not stop the others.</summary>
internal sealed class PredictRun(Predictor predictor, IReadOnlyList<string> files, string folder, bool drawsPictures)
{
    private readonly List<object> _images = [];
    private readonly List<object> _annotations = [];
    private readonly HashSet<string> _names = [];
    private readonly List<string> _failures = [];

    /// <summary>Exit code 0, or 1 when a picture could not be read.</summary>
    public int Run(TextWriter output, TextWriter error, bool json, CancellationToken cancellation)
    {
        Verb.MakeFolder("--output", folder);
        using var line = new ProgressLine("finding", "picture", error);
        foreach (string file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                Image image = Image.Load(file);
                Detections found = predictor.Predict(image);
                Record(file, found);
                if (drawsPictures) DetectionDrawing.Draw(image, found, predictor.Categories).SaveJpeg(Path.Combine(folder, Name(file)), 92);
                if (!json)
                {
                    line.Clear();
                    output.WriteLine($"{file}: {Counts(found)}");
                }
            }
            catch (ImageException damage)
            {
                line.Clear();
                _failures.Add(damage.Message);
                error.WriteLine($"fovea: {damage.Message}");
            }
            line.Show(_images.Count + _failures.Count, files.Count);
        }
        line.Clear();
        string text = JsonText.Of(new
        {
            images = _images, categories = predictor.Categories.Select(c => new { c.Id, c.Name }), annotations = _annotations,
        });
        string path = Path.Combine(folder, "detections.json");
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        if (json) output.WriteLine(text);
        else
        {
            output.WriteLine($"{Count(_annotations.Count, "object")} in {Count(_images.Count, "picture")}" +
                (_failures.Count > 0 ? $"; {Count(_failures.Count, "picture")} could not be read" : ""));
            output.WriteLine(drawsPictures && _images.Count > 0 ? $"Annotated pictures and detections.json: {folder}"
                : $"Detections: {path}");
        }
        return _failures.Count > 0 ? 1 : 0;
    }

    private void Record(string file, Detections found)
    {
        int id = _images.Count + 1;
        _images.Add(new { id, file_name = file, height = found.Size.Height, width = found.Size.Width });
        for (int i = 0; i < found.Count; i++)
        {
            Box box = found.Boxes[i];
            _annotations.Add(new
            {
                id = _annotations.Count + 1, image_id = id, category_id = predictor.Categories[found.Categories[i]].Id,
                bbox = new[] { box.X1, box.Y1, box.Width, box.Height }.Select(v => Math.Round(v, 2)),
                area = Math.Round(box.Area, 2), iscrowd = 0,
                score = Math.Round(found.Scores[i], 4),
            });
        }
    }

    // Two pictures of one name from different folders must not overwrite each other.
    private string Name(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file), name = stem + ".jpg";
        for (int i = 2; !_names.Add(name); i++) name = $"{stem}-{i}.jpg";
        return name;
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private string Counts(Detections found) => found.Count == 0 ? "nothing" : string.Join(", ",
        found.Categories.GroupBy(c => c).OrderBy(g => g.Key).Select(g => $"{g.Count()} {predictor.Categories[g.Key].Name}"));
}
