namespace Fovea.Torch.Serialization;

/// <summary>Finds the state dictionary in a checkpoint, which may hold other things beside it.</summary>
internal static class StateDictSearch
{
    private const int MaxLevels = 4;
    private const int MaxNameLength = 200;

    /// <summary>Where training scripts put the weights, the likeliest first.</summary>
    private static readonly string[] UsualNames = ["state_dict", "model_state_dict", "model", "net", "params", "weights"];

    /// <summary>See <see cref="PthFile.FindStateDict"/>.</summary>
    public static IReadOnlyDictionary<string, StoredTensor> Find(PthFile file, string? entry)
    {
        var found = new List<(string Path, Dictionary<string, StoredTensor> Tensors)>();
        Search(file.Root, "", 0, [], found);
        if (entry is not null)
        {
            foreach ((string path, Dictionary<string, StoredTensor> tensors) in found)
                if (path == entry) return tensors;
            throw new TensorFileException(file.Path, $"has no state dictionary at {Printable.Quote(entry)}. {Listing(file, found)}");
        }
        if (found.Count == 1) return found[0].Tensors;
        foreach (string name in UsualNames.Prepend(""))
            foreach ((string path, Dictionary<string, StoredTensor> tensors) in found)
                if (path == name) return tensors;
        throw new TensorFileException(file.Path, found.Count == 0
            ? $"holds no state dictionary, that is, no dictionary of tensors by name. {Listing(file, found)}"
            : $"holds several state dictionaries: name the one to take. {Listing(file, found)}");
    }

    private static void Search(
        PickleValue value, string path, int level, HashSet<PickleValue> seen, List<(string, Dictionary<string, StoredTensor>)> found)
    {
        if (value is not PickleDictionary dictionary || level > MaxLevels || !seen.Add(dictionary)) return;
        if (AsTensors(dictionary) is { } tensors)
        {
            found.Add((path, tensors));
            return;
        }
        foreach ((PickleValue key, PickleValue item) in dictionary.Items)
            if (item is PickleDictionary && key is PickleString { Value: { Length: <= MaxNameLength } name })
                Search(item, path.Length == 0 ? name : $"{path}.{name}", level + 1, seen, found);
    }

    /// <summary>The tensors of a dictionary that holds at least one, under text, and nothing else; otherwise null.</summary>
    private static Dictionary<string, StoredTensor>? AsTensors(PickleDictionary dictionary)
    {
        var tensors = new Dictionary<string, StoredTensor>(dictionary.Items.Count);
        foreach ((PickleValue key, PickleValue item) in dictionary.Items)
        {
            if (key is not PickleString name || item is not PickleTensor tensor) return null;
            tensors.Add(name.Value, tensor.Tensor);
        }
        return tensors.Count > 0 ? tensors : null;
    }

    private static string Listing(PthFile file, List<(string Path, Dictionary<string, StoredTensor> Tensors)> found)
    {
        if (found.Count > 0) return "There are: " + string.Join(", ", found.Take(20).Select(item => Printable.Quote(item.Path))) + ".";
        if (file.Root is not PickleDictionary root) return $"The file holds a {file.Root.Kind}.";
        IEnumerable<string> entries = root.Items.Take(20).Select(item =>
            $"{(item.Key is PickleString name ? Printable.Quote(name.Value) : "a number")} ({item.Value.Kind})");
        return $"Its entries: {string.Join(", ", entries)}{(root.Items.Count > 20 ? ", ..." : "")}.";
    }
}
