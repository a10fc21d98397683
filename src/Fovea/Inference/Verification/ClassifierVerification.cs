using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Torch;
using Fovea.Torch.Serialization;

namespace Fovea.Inference.Verification;

/// <summary>What another program computed with a classifier's weights: a safetensors file with <c>input</c>, N x 3 x H x W, normalised
/// pictures as the network takes them, and <c>out</c>, N x K, the scores before softmax in evaluation mode; both float32.</summary>
/// <param name="Path">The file.</param>
/// <param name="InputShape">N, 3, H, W.</param>
/// <param name="Input">The pictures, row by row.</param>
/// <param name="OutShape">N, K.</param>
/// <param name="Out">The scores, row by row.</param>
public sealed record ClassifierReference(string Path, long[] InputShape, float[] Input, long[] OutShape, float[] Out)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="TensorFileException">The file is damaged, a tensor is missing, unknown, or of another type or shape than it
    /// should be.</exception>
    public static ClassifierReference Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Tensors.Keys.FirstOrDefault(key => key is not ("input" or "out")) is { } other)
            throw new TensorFileException(path,
                $"'{other}' is not expected: a classifier's reference holds input (N x 3 x H x W) and out (N x K).");
        StoredTensor input = Take("input", 4), output = Take("out", 2);
        if (input.Shape[1] != 3 || input.Shape[0] != output.Shape[0] || input.ElementCount == 0 || output.ElementCount == 0)
            throw new TensorFileException(path,
                $"'input' is {input} and 'out' {output}, but N x 3 x H x W and N x K were expected, of the same N.");
        return new ClassifierReference(path, input.Shape.ToArray(), input.ToArray<float>(), output.Shape.ToArray(),
            output.ToArray<float>());

        StoredTensor Take(string name, int dimensions) =>
            file.Tensors.TryGetValue(name, out StoredTensor? tensor) && tensor.DType == DType.Float32 && tensor.Shape.Length == dimensions
                ? tensor
                : throw new TensorFileException(path, tensor is null ? $"'{name}' is missing."
                    : $"'{name}' is {tensor}, but Float32 of {dimensions} dimensions was expected.");
    }
}

/// <summary>Checks that a classifier reproduces what another program computed with the same weights.</summary>
public static class ClassifierVerification
{
    /// <summary>Compares the scores.</summary>
    /// <param name="network">The network with its weights and head. Its mode afterwards is as before.</param>
    /// <param name="reference">The other program's results.</param>
    /// <param name="options">Tolerances; the defaults where null.</param>
    /// <param name="device">Where the network is moved to and runs.</param>
    public static VerificationReport Run(Backbone network, ClassifierReference reference, VerificationOptions? options = null,
        Device device = default)
    {
        options ??= new VerificationOptions();
        bool training = network.Training;
        network.To(device);
        network.Train(false);
        try
        {
            using var scope = new TensorScope();
            using var inference = new InferenceMode();
            Tensor scores = network.Classify(Tensor.From(reference.Input, reference.InputShape).To(device));
            TensorComparison comparison = scores.Shape.SequenceEqual(reference.OutShape)
                ? TensorComparison.Of("out", reference.OutShape, reference.Out, scores.Contiguous().ToArray<float>(),
                    options.RelativeTolerance, options.AbsoluteTolerance)
                : TensorComparison.Missing("out", reference.OutShape, $"the model gives {scores.Describe()}");
            return new VerificationReport([comparison], ScaleRounding.Float32);
        }
        finally
        {
            network.Train(training);
        }
    }
}
