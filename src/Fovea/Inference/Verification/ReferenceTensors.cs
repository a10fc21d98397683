using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;

namespace Fovea.Inference.Verification;

/// <summary>Takes the tensors of a reference file one by one, checks each, and remembers which were taken.</summary>
internal sealed class ReferenceTensors(SafetensorsFile file)
{
    private const string LossPrefix = "loss.", GradientPrefix = "grad.";

    private readonly HashSet<string> _taken = [];

    /// <summary>Names of the losses, without their prefix.</summary>
    public IReadOnlyList<string> LossNames { get; } =
        [.. file.Tensors.Keys.Where(key => key.StartsWith(LossPrefix, StringComparison.Ordinal)).Select(key => key[LossPrefix.Length..])];

    /// <summary>How many of NAME.0, NAME.1, ... there are without a gap.</summary>
    public int Count(string name)
    {
        int count = 0;
        while (file.Tensors.ContainsKey($"{name}.{count}")) count++;
        return count;
    }

    /// <summary>Whether the file holds any of NAME.0.</summary>
    public bool Any(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (Count(name) > 0) return true;
        return false;
    }

    public ReferenceImage Image(int index)
    {
        string name = $"image.{index}";
        StoredTensor tensor = Take(name, DType.Float32, 3, null, null);
        if (tensor.Shape[1] is < 1 or > int.MaxValue || tensor.Shape[2] is < 1 or > int.MaxValue)
            throw Bad(name, $"is {tensor}: an empty picture.");
        float[] pixels = tensor.ToArray<float>();
        foreach (float value in pixels)
            if (!(value is >= 0 and <= 1))
                throw Bad(name, $"holds {value}, but pixels lie in 0..1: save the picture as it is given to the model, before it is " +
                    "normalised (8-bit pixels over 255).");
        return new ReferenceImage(new ImageSize((int)tensor.Shape[1], (int)tensor.Shape[2]), pixels);
    }

    public ExpectedDetections Detections(int index, ImageSize size)
    {
        StoredTensor scores = Take($"scores.{index}", DType.Float32, (long?)null);
        long count = scores.Shape[0];
        float[] boxes = Take($"boxes.{index}", DType.Float32, count, 4).ToArray<float>();
        long[] labels = Labels($"labels.{index}", count);
        float[] values = scores.ToArray<float>();
        for (int i = 0; i < values.Length; i++)
            if (!(values[i] is >= 0 and <= 1) || (i > 0 && values[i] > values[i - 1]))
                throw Bad($"scores.{index}", $"holds {values[i]} at {i}, but scores lie in 0..1 and never rise.");
        return new ExpectedDetections(boxes, values, labels)
        {
            Masks = Optional($"masks.{index}", count, 1, size.Height, size.Width)?.ToArray<float>(),
            Keypoints = Optional($"keypoints.{index}", count, null, 3)?.ToArray<float>(),
            KeypointScores = Optional($"keypoints_scores.{index}", count, null)?.ToArray<float>(),
        };
    }

    public ReferenceTarget Target(int index, ImageSize size)
    {
        string name = $"target.boxes.{index}";
        StoredTensor tensor = Take(name, DType.Float32, null, 4);
        long[] labels = Labels($"target.labels.{index}", tensor.Shape[0]);
        float[] boxes = tensor.ToArray<float>();
        for (int i = 0; i < boxes.Length; i += 4)
        {
            if (boxes[i] >= 0 && boxes[i + 1] >= 0 && boxes[i + 2] > boxes[i] && boxes[i + 3] > boxes[i + 1] &&
                boxes[i + 2] <= size.Width && boxes[i + 3] <= size.Height) continue;
            throw Bad(name, $"holds the box {string.Join(' ', boxes[i..(i + 4)])}, but boxes are x1 y1 x2 y2 with an area, inside the " +
                $"picture of {size}.");
        }
        return new ReferenceTarget(boxes, labels)
        {
            Masks = Masks($"target.masks.{index}", labels.Length, size),
            Keypoints = Optional($"target.keypoints.{index}", labels.Length, null, 3)?.ToArray<float>(),
        };
    }

    public float Loss(string name) => Take(LossPrefix + name, DType.Float32).ToArray<float>()[0];

    public IEnumerable<ReferenceGradient> Gradients(IReadOnlyDictionary<string, float> losses)
    {
        foreach ((string key, StoredTensor tensor) in file.Tensors)
        {
            if (!key.StartsWith(GradientPrefix, StringComparison.Ordinal)) continue;
            if (tensor.DType != DType.Float32) throw Bad(key, $"is {tensor}, but gradients are Float32.");
            _taken.Add(key);
            string parameter = key[GradientPrefix.Length..];
            int dot = parameter.IndexOf('.', StringComparison.Ordinal);
            string? loss = dot > 0 && losses.ContainsKey(parameter[..dot]) ? parameter[..dot] : null;
            yield return new ReferenceGradient(loss, loss is null ? parameter : parameter[(dot + 1)..], tensor.Shape.ToArray(),
                tensor.ToArray<float>());
        }
    }

    /// <summary>Refuses what was not asked for: a misspelt name would otherwise be passed over in silence.</summary>
    public void RejectOthers()
    {
        string? other = file.Tensors.Keys.FirstOrDefault(key => !_taken.Contains(key));
        if (other is null) return;
        string hint = other switch
        {
            "input" or "out" or "aux" => "That belongs to a classifier's or segmenter's reference.",
            _ => "Known are, counted from 0 without gaps: image.i, boxes.i, scores.i, labels.i, masks.i, keypoints.i, " +
                "keypoints_scores.i, target.boxes.i, target.labels.i, target.masks.i, target.keypoints.i (for each image.i), loss.NAME, grad.PARAMETER, grad.NAME.PARAMETER.",
        };
        throw Bad(other, $"is not expected. {hint}");
    }

    private StoredTensor? Optional(string name, params ReadOnlySpan<long?> shape) =>
        file.Tensors.ContainsKey(name) ? Take(name, DType.Float32, shape) : null;

    private RunLengthMask[]? Masks(string name, int count, ImageSize size)
    {
        if (!file.Tensors.ContainsKey(name)) return null;
        byte[] values = Take(name, DType.UInt8, count, size.Height, size.Width).ToArray<byte>();
        if (values.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)1)) throw Bad(name, "holds other values than 0 and 1.");
        int pixels = checked((int)size.Pixels);
        return [.. Enumerable.Range(0, count).Select(i => RunLengthMask.FromBitmap(new Mask(size, values[(i * pixels)..((i + 1) * pixels)])))];
    }

    private long[] Labels(string name, long count)
    {
        long[] labels = Take(name, DType.Int64, count).ToArray<long>();
        foreach (long label in labels)
            if (label is < 1 or > int.MaxValue) throw Bad(name, $"holds the label {label}, but labels count from 1: 0 is the background.");
        return labels;
    }

    // A null stands for any size.
    private StoredTensor Take(string name, DType dtype, params ReadOnlySpan<long?> shape)
    {
        if (!file.Tensors.TryGetValue(name, out StoredTensor? tensor)) throw Bad(name, $"is missing: it should be {Text(dtype, shape)}.");
        bool fits = tensor.DType == dtype && tensor.Shape.Length == shape.Length;
        for (int i = 0; fits && i < shape.Length; i++) fits = shape[i] is null || shape[i] == tensor.Shape[i];
        if (!fits) throw Bad(name, $"is {tensor}, but should be {Text(dtype, shape)}.");
        _taken.Add(name);
        return tensor;
    }

    private static string Text(DType dtype, ReadOnlySpan<long?> shape)
    {
        var sizes = new List<string>();
        foreach (long? size in shape) sizes.Add(size?.ToString() ?? "any");
        return $"{dtype} [{string.Join(", ", sizes)}]";
    }

    private TensorFileException Bad(string name, string problem) => new(file.Path, $"'{name}' {problem}");
}
