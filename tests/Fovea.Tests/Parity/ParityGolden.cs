using System.Globalization;
using Fovea.Detection;
using Fovea.Inference.Verification;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Parity;

/// <summary>One of torchvision's results in tests/goldens/parity or another folder beside it, with its model. The files leave the pictures out, which are a formula.</summary>
internal sealed class ParityGolden
{
    private readonly string _name, _folder;
    private readonly IReadOnlyDictionary<string, string> _made;

    public ParityGolden(string name, string folder = "parity")
    {
        (_name, _folder) = (name, System.IO.Path.Combine(Folder, "..", folder));
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        _made = file.Metadata;
    }

    /// <summary>The folder of the goldens and of the script that makes them.</summary>
    public static string Folder { get; } = System.IO.Path.Combine(FindRoot(), "tests", "goldens", "parity");

    private string Path => System.IO.Path.Combine(_folder, $"{_name}.safetensors");

    /// <summary>The model as the script built it, with the formula's weights.</summary>
    public Detector CreateModel()
    {
        string model = _made.GetValueOrDefault("model", "None"), id = model == "None" ? $"fasterrcnn_{_made["body"]}_fpn" : model;
        bool hasOneSize = id.StartsWith("ssd", StringComparison.Ordinal);
        var settings = new DetectorSettings
        {
            MinSize = hasOneSize ? null : Int("min_size"), MaxSize = hasOneSize ? null : Int("max_size"),
            ScoreThreshold = double.Parse(_made["score_threshold"], CultureInfo.InvariantCulture),
            FrozenBatchNorm = _made.TryGetValue("frozen", out string? frozen) ? frozen == "True" : null, SampleAll = true,
        };
        if (id.StartsWith("keypoint", StringComparison.Ordinal)) settings = settings with { KeypointCount = Int("keypoints") };
        Detector detector = ModelZoo.FindDetector(id).Create(Int("classes"), settings, null);
        FormulaWeights.Fill(detector);
        return detector;
    }

    /// <summary>The file with its pictures put back, as a reference.</summary>
    public DetectorReference Load()
    {
        string complete = System.IO.Path.GetTempFileName();
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(Path);
            IEnumerable<SafetensorsEntry> images = _made["sizes"].Split(',').Select((size, i) =>
            {
                int[] sides = [.. size.Split('x').Select(side => int.Parse(side, CultureInfo.InvariantCulture))];
                float[] pixels = FormulaPictures.Pixels(Int("first") + i, sides[0], sides[1]);
                return SafetensorsEntry.FromValues<float>($"image.{i}", DType.Float32, [3, sides[0], sides[1]], pixels);
            });
            SafetensorsWriter.Write(complete, [.. images, .. file.Tensors.Select(entry => SafetensorsEntry.FromStored(entry.Key, entry.Value))], null);
            return DetectorReference.Load(complete);
        }
        finally
        {
            File.Delete(complete);
        }
    }

    private int Int(string key) => int.Parse(_made[key], CultureInfo.InvariantCulture);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Fovea.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No Fovea.slnx above {AppContext.BaseDirectory}.");
    }
}
