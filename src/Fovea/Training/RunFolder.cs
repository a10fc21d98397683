using System.Text;
using System.Text.Json;
using Fovea.Torch.Serialization;

namespace Fovea.Training;

/// <summary>The files of one training run: run.yaml, metrics.jsonl, TensorBoard's event files, best.safetensors,
/// last.safetensors and pictures/.</summary>
public sealed class RunFolder
{
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Opens the folder, and makes it where it does not exist.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public RunFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>run.yaml: every choice of the run, resolved; training from it again repeats the run.</summary>
    public string ConfigPath => System.IO.Path.Combine(Path, "run.yaml");

    /// <summary>metrics.jsonl: a line for each logged step and each validation.</summary>
    public string MetricsPath => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>best.safetensors: the weights of the best validation.</summary>
    public string BestPath => System.IO.Path.Combine(Path, "best.safetensors");

    /// <summary>last.safetensors: the newest weights with all that is needed to go on.</summary>
    public string LastPath => System.IO.Path.Combine(Path, "last.safetensors");

    /// <summary>pictures/: predictions on some validation pictures.</summary>
    public string PicturesPath => System.IO.Path.Combine(Path, "pictures");

    /// <summary>True when there is a run to go on with.</summary>
    public bool CanResume => File.Exists(LastPath);

    /// <summary>Whether a folder holds a run to go on with; the folder is not made where it does not exist.</summary>
    public static bool HoldsCheckpoint(string path) => File.Exists(System.IO.Path.Combine(path, "last.safetensors"));

    /// <summary>Writes run.yaml.</summary>
    public void WriteConfig(string yaml) => AtomicFile.Write(ConfigPath, stream => stream.Write(Encoding.UTF8.GetBytes(yaml)));

    /// <summary>Adds a line to metrics.jsonl.</summary>
    /// <param name="step">Steps taken so far; the first entry of the line.</param>
    /// <param name="values">The rest of the line.</param>
    public void AppendMetrics(long step, IEnumerable<KeyValuePair<string, object>> values)
    {
        var line = new Dictionary<string, object> { ["step"] = step };
        foreach ((string key, object value) in values) line[key] = value;
        File.AppendAllText(MetricsPath, JsonSerializer.Serialize(line, Json) + "\n");
    }

    /// <summary>Length of metrics.jsonl in bytes: what a checkpoint remembers, to go on from.</summary>
    public long MetricsLength => new FileInfo(MetricsPath) is { Exists: true } file ? file.Length : 0;

    /// <summary>Drops what an interrupted run wrote to metrics.jsonl after its last checkpoint, since it will be written again, and
    /// a line that was cut off while it was written.</summary>
    /// <param name="length">The file's length at that checkpoint; 0 starts it anew.</param>
    public void TruncateMetrics(long length)
    {
        if (!File.Exists(MetricsPath)) return;
        using var file = new FileStream(MetricsPath, FileMode.Open, FileAccess.ReadWrite);
        long end = Math.Clamp(length, 0, file.Length);
        while (end > 0)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') break;
            end--;
        }
        file.SetLength(end);
    }
}
