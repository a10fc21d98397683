using System.Globalization;
using Fovea.Detection;
using Fovea.Inference.Verification;
using Fovea.Torch;
using Fovea.Torch.Serialization;
using Fovea.Weights;

namespace Fovea.Tests.Parity;

/// <summary>One of torchvision's results in tests/goldens/parity, with its model. The files leave the pictures out, which are a formula.</summary>
internal sealed class ParityGolden
{
    private readonly string _name;
    private readonly IReadOnlyDictionary<string, string> _made;

    public ParityGolden(string name)
    {
        _name = name;
        using SafetensorsFile file = SafetensorsFile.Open(Path);
        _made = file.Metadata;
    }

    /// <summary>The folder of the goldens and of the script that makes them.</summary>
    public static string Folder { get; } = System.IO.Path.Combine(FindRoot(), "tests", "goldens", "parity");

    private string Path => System.IO.Path.Combine(Folder, $"{_name}.safetensors");

    /// <summary>The model as the script built it, with the formula's weights.</summary>
    public Detector CreateModel()
    {
        var settings = new DetectorSettings
        {
            MinSize = Int("min_size"), MaxSize = Int("max_size"), ScoreThreshold = double.Parse(_made["score_threshold"], CultureInfo.InvariantCulture),
            FrozenBatchNorm = _made["frozen"] == "True", SampleAll = true,
        };
        string id = _made.GetValueOrDefault("model", "None");
        if (id.StartsWith("keypoint", StringComparison.Ordinal)) settings = settings with { KeypointCount = Int("keypoints") };
        Detector model = ModelZoo.FindDetector(id == "None" ? $"fasterrcnn_{_made["body"]}_fpn" : id).Create(Int("classes"), settings, null);
        FormulaWeights.Fill(model);
        return model;
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
