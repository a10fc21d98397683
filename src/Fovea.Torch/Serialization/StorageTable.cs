namespace Fovea.Torch.Serialization;

/// <summary>A storage, or a view of one, that a pickle refers to.</summary>
internal sealed class PickleStorage(TensorStorage storage, long first, long count) : PickleValue("storage")
{
    /// <summary>The whole storage.</summary>
    public TensorStorage Storage { get; } = storage;

    /// <summary>The first element of the view.</summary>
    public long First { get; } = first;

    /// <summary>How many elements the view has.</summary>
    public long Count { get; } = count;
}

/// <summary>Turns the persistent ids of a <c>.pth</c> file into storages: one for each key, so tensors that shared memory
/// still do.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="place">Called at the first mention of a key: binds the storage to its bytes if their place is known by
/// then.</param>
internal sealed class StorageTable(string path, Action<string, TensorStorage> place)
{
    private readonly Dictionary<string, TensorStorage> _storages = [];

    /// <summary>All storages that the pickle mentioned.</summary>
    public IReadOnlyDictionary<string, TensorStorage> Storages => _storages;

    /// <summary>Answers a persistent id: <c>('storage', class, key, location, elements[, view])</c>.</summary>
    public PickleStorage Load(PickleValue id)
    {
        if (id is not PickleTuple { Items: [PickleString kind, ..] items })
            throw Bad("refers to something outside the pickle that is not a storage.");
        if (kind.Value == "module")
            throw Bad("holds a whole model, that is, Python code; only its state dictionary can be read: save model.state_dict() instead.");
        if (kind.Value != "storage" || items.Count is not (5 or 6) ||
            items[1] is not PickleName { Meaning: PickleMeaning.Storage } type ||
            items[2] is not PickleString key || items[3] is not PickleString || items[4] is not PickleInteger count)
        {
            throw Bad($"refers to {Printable.Quote(kind.Value)} outside the pickle in a form that torch.save does not write.");
        }
        TensorStorage storage = Find(key.Value, type.DType, count);
        return items.Count == 5 || items[5] is PickleNone
            ? new PickleStorage(storage, 0, storage.ElementCount)
            : View(storage, key.Value, items[5]);
    }

    private TensorStorage Find(string key, DType dtype, PickleInteger count)
    {
        if (count.Value < 0 || count.Value > long.MaxValue / dtype.ElementSize())
            throw Bad($"says that storage {Printable.Quote(key)} has {count.Value} elements.");
        if (_storages.TryGetValue(key, out TensorStorage? known))
        {
            return known.DType == dtype && known.ElementCount == count.Value
                ? known
                : throw Bad($"says that storage {Printable.Quote(key)} is " +
                    $"{known.ElementCount} x {known.DType}, and elsewhere {count.Value} x {dtype}.");
        }
        var storage = new TensorStorage(dtype, (long)count.Value);
        place(key, storage);
        _storages.Add(key, storage);
        return storage;
    }

    /// <summary>The old format's view of a storage: <c>(key, first element, elements)</c>.</summary>
    private PickleStorage View(TensorStorage storage, string key, PickleValue view)
    {
        if (view is not PickleTuple { Items: [PickleString, PickleInteger first, PickleInteger count] } ||
            first.Value < 0 || count.Value < 0 || first.Value + count.Value > storage.ElementCount)
        {
            throw Bad($"describes a view of storage {Printable.Quote(key)} that does not lie in its {storage.ElementCount} elements.");
        }
        return new PickleStorage(storage, (long)first.Value, (long)count.Value);
    }

    private TensorFileException Bad(string problem) => new(path, $"the pickle {problem}");
}
