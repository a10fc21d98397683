using Fovea.Torch;
using Fovea.Torch.Serialization;

namespace Fovea.Benchmarks;

/// <summary>The tensors that both sides start from: ours writes them, the peer reads them.</summary>
internal static class InputFile
{
    /// <summary>Writes tensors into a folder under the name that the peers know.</summary>
    public static void Write(string folder, params IEnumerable<(string Name, Tensor Value)> tensors) =>
        SafetensorsWriter.Write(Path.Combine(folder, "inputs.safetensors"),
            tensors.Select(tensor => SafetensorsEntry.FromTensor(tensor.Name, tensor.Value)).ToArray());
}
