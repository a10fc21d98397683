using Fovea.Torch.Nn;

namespace Fovea.Torch.Serialization;

/// <summary>A module's state from a file and to a file.</summary>
public static class ModuleState
{
    /// <summary>
    /// Copies a file's tensors into a module's parameters and buffers, converted to their type and device. Strict: either
    /// every key fits or nothing
    /// is changed.
    /// </summary>
    /// <remarks>
    /// One exception: batch norm's <c>num_batches_tracked</c> may be absent (weights saved before PyTorch 0.4.1) or
    /// superfluous (loaded into frozen batch
    /// norm). It counts batches and takes no part in any result.
    /// </remarks>
    /// <param name="module">The module.</param>
    /// <param name="tensors">The tensors by name; see <see cref="WeightFile"/>.</param>
    /// <param name="source">What the tensors come from, for the message: usually the path.</param>
    /// <param name="leave">Names to leave alone, in the module and in the file: for a head that is to be trained anew. Null
    /// for none.</param>
    /// <exception cref="StateMismatchException">Keys are missing, unexpected, or of another shape or kind of number; all are
    /// listed.</exception>
    public static void LoadState(
        this Module module, IReadOnlyDictionary<string, StoredTensor> tensors, string source, Func<string, bool>? leave = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        (string Name, Tensor Value)[] state = [.. module.StateDict().Where(entry => leave is null || !leave(entry.Name))];
        HashSet<string> known = [.. state.Select(entry => entry.Name)];
        string[] missing = [.. state.Select(entry => entry.Name).Where(name => !tensors.ContainsKey(name) && !IsCount(name))];
        string[] unexpected = [.. tensors.Keys
            .Where(name => !known.Contains(name) && !IsCount(name) && (leave is null || !leave(name)))
            .Select(name => Printable.Quote(name)[1..^1])];
        string[] mismatched = [.. state
            .Where(entry => tensors.TryGetValue(entry.Name, out StoredTensor? stored) && !Fits(stored, entry.Value))
            .Select(entry => $"{entry.Name}: the file has {tensors[entry.Name]}, " +
                $"the model {entry.Value.DType} {TensorExtent.Text(entry.Value.Shape)}")];
        if (missing.Length + unexpected.Length + mismatched.Length > 0)
            throw new StateMismatchException(source, missing, unexpected, mismatched);

        using var noGrad = new NoGrad();
        foreach ((string name, Tensor value) in state)
        {
            using var scope = new TensorScope();
            if (tensors.TryGetValue(name, out StoredTensor? stored)) value.CopyInPlace(stored.ToTensor());
        }
    }

    /// <summary>Writes a module's state as safetensors. The same state gives the same bytes.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file to make or to replace, all at once.</param>
    /// <param name="metadata">Text to carry along; null for none.</param>
    /// <exception cref="TensorFileException">The file cannot be written.</exception>
    public static void SaveState(this Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, module.StateDict().Select(entry => SafetensorsEntry.FromTensor(entry.Name, entry.Value)), metadata);

    private static bool IsCount(string name) =>
        name == "num_batches_tracked" || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    private static bool Fits(StoredTensor stored, Tensor value)
    {
        DType dtype = value.DType;
        return stored.Shape.SequenceEqual(value.Shape) &&
            (stored.DType == dtype || (stored.DType.IsFloatingPoint() && dtype.IsFloatingPoint()));
    }
}
