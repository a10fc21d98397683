using System.Numerics;

namespace Fovea.Torch.Serialization;

/// <summary>
/// A value out of a <c>.pth</c> file. The kinds below are all there are. Lists and dictionaries may contain one another in a
/// circle if the file
/// says so: whoever walks them remembers where it has been.
/// </summary>
public abstract class PickleValue
{
    private protected PickleValue(string kind, int depth = 0) => (Kind, Depth) = (kind, depth);

    /// <summary>What it is, in a word for messages: <c>dictionary</c>, <c>tensor</c>.</summary>
    public string Kind { get; }

    /// <summary>How deeply containers nest in it, as far as known when it was last added to.</summary>
    internal int Depth { get; private protected set; }
}

/// <summary>Python's <c>None</c>.</summary>
public sealed class PickleNone : PickleValue
{
    internal static readonly PickleNone Value = new();

    private PickleNone() : base("None") { }
}

/// <summary>A truth value.</summary>
public sealed class PickleBool : PickleValue
{
    internal static readonly PickleBool True = new(true);
    internal static readonly PickleBool False = new(false);

    private PickleBool(bool value) : base("truth value") => Value = value;

    /// <summary>The value.</summary>
    public bool Value { get; }
}

/// <summary>A whole number of any size.</summary>
public sealed class PickleInteger : PickleValue
{
    internal PickleInteger(BigInteger value) : base("whole number") => Value = value;

    /// <summary>The value.</summary>
    public BigInteger Value { get; }
}

/// <summary>A binary64 number.</summary>
public sealed class PickleFloat : PickleValue
{
    internal PickleFloat(double value) : base("number") => Value = value;

    /// <summary>The value; may be infinite or NaN.</summary>
    public double Value { get; }
}

/// <summary>Text.</summary>
public sealed class PickleString : PickleValue
{
    internal PickleString(string value) : base("text") => Value = value;

    /// <summary>The text.</summary>
    public string Value { get; }
}

/// <summary>Bytes.</summary>
public sealed class PickleBytes : PickleValue
{
    internal PickleBytes(byte[] value) : base("bytes") => Value = value;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Value { get; }
}

/// <summary>A list.</summary>
public sealed class PickleList : PickleValue
{
    private List<PickleValue>? _items; // made at the first item: empty lists cost a hostile file one byte each

    internal PickleList() : base("list", 1) { }

    /// <summary>The items, in order.</summary>
    public IReadOnlyList<PickleValue> Items => (IReadOnlyList<PickleValue>?)_items ?? [];

    internal void Add(PickleValue item)
    {
        (_items ??= []).Add(item);
        Depth = Math.Max(Depth, item.Depth + 1);
    }
}

/// <summary>A tuple, or a <c>torch.Size</c>.</summary>
public sealed class PickleTuple : PickleValue
{
    internal static readonly PickleTuple Empty = new([]);

    internal PickleTuple(PickleValue[] items) : base("tuple", 1)
    {
        Items = items;
        foreach (PickleValue item in items) Depth = Math.Max(Depth, item.Depth + 1);
    }

    /// <summary>The items, in order.</summary>
    public IReadOnlyList<PickleValue> Items { get; }
}

/// <summary>A dictionary, ordered or not: in the file's order. Keys are text or whole numbers.</summary>
public sealed class PickleDictionary : PickleValue
{
    private Dictionary<object, int>? _places;
    private List<KeyValuePair<PickleValue, PickleValue>>? _items;

    internal PickleDictionary() : base("dictionary", 1) { }

    /// <summary>The keys, each a <see cref="PickleString"/> or a <see cref="PickleInteger"/>, with their values.</summary>
    public IReadOnlyList<KeyValuePair<PickleValue, PickleValue>> Items =>
        (IReadOnlyList<KeyValuePair<PickleValue, PickleValue>>?)_items ?? [];

    /// <summary>The value under a name.</summary>
    /// <returns>Null where there is none.</returns>
    public PickleValue? this[string key] => Find(key);

    /// <summary>The value under a number.</summary>
    /// <returns>Null where there is none.</returns>
    public PickleValue? this[long key] => Find((BigInteger)key);

    /// <summary>Sets a key as Python does: the last value wins and keeps the first one's place. False where the key is of
    /// another kind.</summary>
    internal bool TrySet(PickleValue key, PickleValue value)
    {
        object? identity = key switch
        {
            PickleString text => text.Value,
            PickleInteger number => number.Value,
            _ => null,
        };
        if (identity is null) return false;
        (_places, _items) = (_places ?? [], _items ?? []);
        if (_places.TryGetValue(identity, out int place))
        {
            _items[place] = new(key, value);
        }
        else
        {
            _places.Add(identity, _items.Count);
            _items.Add(new(key, value));
        }
        Depth = Math.Max(Depth, value.Depth + 1);
        return true;
    }

    private PickleValue? Find(object key) =>
        _places is not null && _places.TryGetValue(key, out int place) ? _items![place].Value : null;
}

/// <summary>A tensor or a parameter.</summary>
public sealed class PickleTensor : PickleValue
{
    internal PickleTensor(StoredTensor tensor, bool requiresGrad) : base("tensor") =>
        (Tensor, RequiresGrad) = (tensor, requiresGrad);

    /// <summary>The tensor, where it lies in the file.</summary>
    public StoredTensor Tensor { get; }

    /// <summary>Whether it was saved as one that gradients are wanted for.</summary>
    public bool RequiresGrad { get; }
}

/// <summary>An element type, such as <c>torch.float16</c>.</summary>
public sealed class PickleType : PickleValue
{
    internal PickleType(DType value) : base("element type") => Value = value;

    /// <summary>The type.</summary>
    public DType Value { get; }
}

/// <summary>A device, such as <c>torch.device("cuda:1")</c>.</summary>
public sealed class PickleDevice : PickleValue
{
    internal PickleDevice(string name) : base("device") => Name = name;

    /// <summary>The device as text: <c>cpu</c>, <c>cuda:1</c>.</summary>
    public string Name { get; }
}
