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
        var pictures = new Argument<string[]>("PICTURES") { Description = "Pictures, folders, or patterns such as 'photos/*.jpg'", Arity = ArgumentArity.OneOrMore };
        var model = new Option<string>("--model") { Description = "A checkpoint", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "Folder for the annotated pictures and detections.json", HelpName = "FOLDER", DefaultValueFactory = _ => "predictions" };
        var threshold = new Option<double>("--score-threshold") { Description = "Smallest score of what is drawn and written", HelpName = "X", DefaultValueFactory = _ => 0.5 };
        var most = new Option<int?>("--max-detections") { Description = "Detections of a picture at most", HelpName = "N" };
        var noPictures = new Option<bool>("--no-pictures") { Description = "Write detections.json only" };
        Option<string> device = Verb.DeviceOption();
        Option<string?> libtorch = Verb.LibTorch();
        Option<int?> threads = Verb.Threads();
        Option<bool> json = Verb.Json();
        var verb = new Command("predict", """
            Find objects in pictures: writes annotated pictures, and what was found in COCO's form.

            Examples:
              fovea predict photo.jpg --model runs/cells/best.safetensors
              fovea predict photos/ more/*.png --model best.safetensors --output found --score-threshold 0.7
            """) { pictures, model, output, threshold, most, noPictures, device, libtorch, threads, json };
        verb.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(threshold) is not (>= 0 and <= 1)) throw new UsageException("--score-threshold must lie between 0 and 1.");
            string[] files = [.. PictureFiles.Find(parsed.GetValue(pictures)!)];
            Verb.LoadLibrary(parsed.GetValue(libtorch), parsed.GetValue(threads));
            var settings = new DetectorSettings { ScoreThreshold = parsed.GetValue(threshold), DetectionsPerImage = parsed.GetValue(most) };
            using Predictor predictor = Predictor.Load(parsed.GetValue(model)!, Verb.ParseDevice(parsed.GetValue(device)!), settings);
            var run = new PredictRun(predictor, files, parsed.GetValue(output)!, drawsPictures: !parsed.GetValue(noPictures));
            return Task.FromResult(run.Run(parsed.InvocationConfiguration.Output, parsed.GetValue(json), cancellation));
        });
        return verb;
    }
}

/// <summary>One run over pictures: a damaged one is told of and does not stop the others.</summary>
internal sealed class PredictRun(Predictor predictor, string[] files, string folder, bool drawsPictures)
{
    private readonly List<object> _images = [];
    private readonly List<object> _annotations = [];
    private readonly HashSet<string> _names = [];
    private readonly List<string> _failures = [];

    /// <summary>Exit code 0, or 1 when a picture could not be read.</summary>
    public int Run(TextWriter output, bool json, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        using var line = new ProgressLine("finding", "pictures");
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
            catch (ImageException error)
            {
                line.Clear();
                _failures.Add(error.Message);
                Console.Error.WriteLine($"fovea: {error.Message}");
            }
            line.Show(_images.Count + _failures.Count, files.Length);
        }
        line.Clear();
        string text = JsonText.Of(new { images = _images, categories = predictor.Categories.Select(c => new { c.Id, c.Name }), annotations = _annotations });
        string path = Path.Combine(folder, "detections.json");
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        if (json) output.WriteLine(text);
        else output.WriteLine($"{_annotations.Count} objects in {_images.Count} pictures: {path}" + (_failures.Count > 0 ? $"; {_failures.Count} pictures could not be read" : ""));
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
                bbox = new[] { box.X1, box.Y1, box.Width, box.Height }.Select(v => Math.Round(v, 2)), area = Math.Round(box.Area, 2), iscrowd = 0,
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

    private string Counts(Detections found) => found.Count == 0 ? "nothing" : string.Join(", ",
        found.Categories.GroupBy(c => c).OrderBy(g => g.Key).Select(g => $"{g.Count()} {predictor.Categories[g.Key].Name}"));
}
