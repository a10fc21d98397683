using Fovea.Imaging;
using Fovea.Torch.Serialization;

namespace Fovea.Cli.Prediction;

/// <summary>One run of a model over pictures: a damaged one is told of and does not stop the others, and what was seen before a run was
/// stopped is written.</summary>
/// <param name="files">The pictures.</param>
/// <param name="folder">Where drawn pictures and the file of answers are written.</param>
/// <param name="drawsPictures">Whether pictures are drawn.</param>
internal abstract class PredictRun(IReadOnlyList<string> files, string folder, bool drawsPictures)
{
    private readonly HashSet<string> _names = [];
    private int _done;

    /// <summary>Where files are written.</summary>
    protected string Folder => folder;

    /// <summary>Name of the file of answers, such as detections.json.</summary>
    protected abstract string AnswersName { get; }

    /// <summary>What the drawn pictures are, for messages: "Annotated pictures".</summary>
    protected abstract string PicturesName { get; }

    /// <summary>Looks at one picture, remembers the answer, and gives it in words; draws it where a name is given.</summary>
    /// <param name="file">The picture's path.</param>
    /// <param name="image">Its pixels.</param>
    /// <param name="drawing">Where the drawn picture is to be saved, or null.</param>
    protected abstract string Predict(string file, Image image, string? drawing);

    /// <summary>All answers, to be written as JSON.</summary>
    protected abstract object Answers { get; }

    /// <summary>All answers in a line: "12 objects in 3 pictures".</summary>
    protected abstract string Summary(int pictures);

    /// <summary>Exit code 0, or 1 when a picture could not be read or the run was stopped.</summary>
    /// <exception cref="OperationCanceledException">It was stopped before the first picture.</exception>
    public int Run(TextWriter output, TextWriter error, bool json, CancellationToken cancellation)
    {
        Verb.MakeFolder("--output", folder);
        using var line = new ProgressLine("looking", "picture", error);
        int failures = 0;
        foreach (string file in files)
        {
            if (cancellation.IsCancellationRequested) break;
            try
            {
                string words = Predict(file, Image.Load(file), drawsPictures ? Path.Combine(folder, Name(file)) : null);
                _done++;
                if (!json)
                {
                    line.Clear();
                    output.WriteLine($"{file}: {words}");
                }
            }
            catch (ImageException damage)
            {
                line.Clear();
                failures++;
                error.WriteLine($"fovea: {damage.Message}");
            }
            line.Show(_done + failures, files.Count);
        }
        line.Clear();
        int left = files.Count - _done - failures;
        if (left == files.Count) cancellation.ThrowIfCancellationRequested();
        string text = JsonText.Of(Answers), path = Path.Combine(folder, AnswersName);
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        if (json) output.WriteLine(text);
        else
        {
            output.WriteLine(Summary(_done) + (failures > 0 ? $"; {Count(failures, "picture")} could not be read" : ""));
            output.WriteLine(drawsPictures && _done > 0 ? $"{PicturesName} and {AnswersName}: {folder}" : $"Answers: {path}");
        }
        if (left > 0) error.WriteLine($"fovea: stopped; {Count(left, "picture")} left.");
        return failures + left > 0 ? 1 : 0;
    }

    /// <summary>"1 picture", "2 pictures".</summary>
    protected static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    // Two pictures of one name from different folders must not overwrite each other.
    private string Name(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file), name = stem + ".jpg";
        for (int i = 2; !_names.Add(name); i++) name = $"{stem}-{i}.jpg";
        return name;
    }
}
