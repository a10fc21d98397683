using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Serialization;

namespace Fovea.Inference.Verification;

/// <summary>What another program computed with a segmenter's weights: scores of every pixel, and the loss and gradients of a training
/// step. Read from a safetensors file and checked.</summary>
/// <remarks>
/// The file holds, float32 except for the target, which is int64:
/// <list type="bullet">
/// <item><c>input</c>, N x 3 x H x W, normalised pictures as the network takes them;</item>
/// <item><c>out</c>, N x K x H x W, the scores before softmax in evaluation mode, and <c>aux</c>, those of the auxiliary head; or
/// neither;</item>
/// <item><c>target</c>, N x H x W, classes from 0, 255 for none, with <c>loss</c>, a scalar: the cross entropy of the scores plus that of
/// the auxiliary head's times its weight (0.5 in torchvision's recipe), each the mean over the pixels that have a class, with batch norm and
/// dropout in evaluation mode;</item>
/// <item><c>grad.PARAMETER</c>, the gradient of the loss.</item>
/// </list>
/// </remarks>
public sealed class SegmenterReference
{
    private const string GradientPrefix = "grad.";

    private SegmenterReference(SafetensorsFile file)
    {
        Path = file.Path;
        if (file.Tensors.Keys.FirstOrDefault(key => key is not ("input" or "out" or "aux" or "target" or "loss") && !IsGradient(key)) is { } other)
            throw new TensorFileException(Path, $"'{other}' is not expected: a segmenter's reference holds input (N x 3 x H x W), out and aux " +
                "(N x K x H x W), target (N x H x W), loss (a scalar) and grad.PARAMETER.");
        StoredTensor input = Take(file, "input", DType.Float32, 4) ?? throw new TensorFileException(Path, "'input' is missing.");
        (InputShape, Input) = (input.Shape.ToArray(), input.ToArray<float>());
        if (InputShape[1] != 3 || Input.Length == 0)
            throw new TensorFileException(Path, $"'input' is {input}, but N x 3 x H x W was expected.");
        Outputs = [.. ((string[])["out", "aux"]).Select(name => Output(file, name)).OfType<ReferenceScores>()];
        Target = Labels(file);
        Loss = Take(file, "loss", DType.Float32, 0)?.ToArray<float>()[0];
        Gradients = [.. file.Tensors.Where(tensor => IsGradient(tensor.Key)).Select(tensor => Gradient(tensor.Key, tensor.Value))];
        if (Outputs.Count == 0 && Loss is null)
            throw new TensorFileException(Path, "it holds nothing to compare with: neither 'out' nor 'target' and 'loss'.");
        if (Loss is null != Target is null || (Loss is null && Gradients.Count > 0))
            throw new TensorFileException(Path, "'target' and 'loss' belong together, and gradients need both.");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>N, 3, H, W.</summary>
    public long[] InputShape { get; }

    /// <summary>The pictures, row by row.</summary>
    public float[] Input { get; }

    /// <summary>The scores that the file holds: "out" and "aux", each N x K x H x W.</summary>
    public IReadOnlyList<ReferenceScores> Outputs { get; }

    /// <summary>The class of each pixel, N x H x W, row by row; 255 for none. Null where there is no loss.</summary>
    public long[]? Target { get; }

    /// <summary>The loss, or null.</summary>
    public float? Loss { get; }

    /// <summary>The gradients, in the order of the file.</summary>
    public IReadOnlyList<ReferenceGradient> Gradients { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="TensorFileException">The file is damaged, a tensor is missing, unknown, or of another type, shape or range than it
    /// should be.</exception>
    public static SegmenterReference Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return new SegmenterReference(file);
    }

    private static bool IsGradient(string key) => key.StartsWith(GradientPrefix, StringComparison.Ordinal);

    private ReferenceScores? Output(SafetensorsFile file, string name)
    {
        if (Take(file, name, DType.Float32, 4) is not { } tensor) return null;
        long[] shape = tensor.Shape.ToArray();
        return shape[0] == InputShape[0] && shape[1] > 0 && shape[2] == InputShape[2] && shape[3] == InputShape[3]
            ? new ReferenceScores(name, shape, tensor.ToArray<float>())
            : throw new TensorFileException(Path,
                $"'{name}' is {tensor}, but N x K x H x W with the N, H and W of 'input' ({string.Join(" x ", InputShape)}) was expected.");
    }

    private long[]? Labels(SafetensorsFile file)
    {
        if (Take(file, "target", DType.Int64, 3) is not { } tensor) return null;
        if (!tensor.Shape.SequenceEqual([InputShape[0], InputShape[2], InputShape[3]]))
            throw new TensorFileException(Path,
                $"'target' is {tensor}, but N x H x W with those of 'input' ({string.Join(" x ", InputShape)}) was expected.");
        long[] labels = tensor.ToArray<long>();
        foreach (long label in labels)
            if (label is < 0 or > SegmentationMap.Ignore)
                throw new TensorFileException(Path, $"'target' holds {label}, but classes are 0 to 254, and 255 is no class.");
        return labels;
    }

    private ReferenceGradient Gradient(string key, StoredTensor tensor) => tensor.DType == DType.Float32
        ? new ReferenceGradient(null, key[GradientPrefix.Length..], tensor.Shape.ToArray(), tensor.ToArray<float>())
        : throw new TensorFileException(Path, $"'{key}' is {tensor}, but Float32 was expected.");

    private StoredTensor? Take(SafetensorsFile file, string name, DType dtype, int dimensions) =>
        !file.Tensors.TryGetValue(name, out StoredTensor? tensor) ? null
        : tensor.DType == dtype && tensor.Shape.Length == dimensions ? tensor
        : throw new TensorFileException(Path, $"'{name}' is {tensor}, but {dtype} of {dimensions} dimensions was expected.");
}

/// <summary>Scores of every pixel.</summary>
/// <param name="Name">"out" or "aux".</param>
/// <param name="Shape">N, K, H, W.</param>
/// <param name="Values">Row by row.</param>
public sealed record ReferenceScores(string Name, long[] Shape, float[] Values);
