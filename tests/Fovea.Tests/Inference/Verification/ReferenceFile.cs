using Fovea.Inference.Verification;
using Fovea.Torch;
using Fovea.Torch.Serialization;

namespace Fovea.Tests.Inference.Verification;

/// <summary>Builds small reference files.</summary>
internal sealed class ReferenceFile
{
    private readonly Dictionary<string, SafetensorsEntry> _entries = [];

    /// <summary>A valid one: a picture of 4 x 6, two detections, one target, one loss and one gradient.</summary>
    public static ReferenceFile Valid() => new ReferenceFile()
        .Set("image.0", [3, 4, 6], new float[72])
        .Set("boxes.0", [2, 4], [0, 0, 2, 2, 1, 1, 5, 3]).Set("scores.0", [2], [0.9f, 0.5f]).SetLabels("labels.0", [2], 1, 2)
        .Set("target.boxes.0", [1, 4], [1, 1, 5, 3]).SetLabels("target.labels.0", [1], 2)
        .Set("loss.loss_classifier", [], [0.5f]).Set("grad.head.bias", [2], [1, -1]);

    public ReferenceFile Set(string name, long[] shape, float[] values)
    {
        _entries[name] = SafetensorsEntry.FromValues<float>(name, DType.Float32, shape, values);
        return this;
    }

    public ReferenceFile SetLabels(string name, long[] shape, params long[] labels)
    {
        _entries[name] = SafetensorsEntry.FromValues<long>(name, DType.Int64, shape, labels);
        return this;
    }

    public ReferenceFile Without(params string[] names)
    {
        foreach (string name in names) Assert.True(_entries.Remove(name));
        return this;
    }

    public void Save(string path) => SafetensorsWriter.Write(path, _entries.Values.ToArray(), null);

    public DetectorReference Load()
    {
        string path = Path.GetTempFileName();
        try
        {
            Save(path);
            return DetectorReference.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
