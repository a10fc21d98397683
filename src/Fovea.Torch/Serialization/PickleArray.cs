namespace Fovea.Torch.Serialization;

/// <summary>An array of numpy whose elements are single bytes, such as the pictures of a data set.</summary>
public sealed class PickleArray : PickleValue
{
    private const int MaxRank = 8;

    private PickleValue? _data; // bytes, or a short text with a character for each byte
    private bool _columnsFirst;

    internal PickleArray() : base("array") { }

    /// <summary>The lengths of its dimensions.</summary>
    public IReadOnlyList<int> Shape { get; private set; } = [0];

    /// <summary>All values, row by row. Copied only where the file holds them in another order.</summary>
    public ReadOnlyMemory<byte> ToRows()
    {
        ReadOnlyMemory<byte> data = _data switch
        {
            PickleBytes bytes => bytes.Value,
            PickleString text => text.Value.Select(c => (byte)c).ToArray(),
            _ => ReadOnlyMemory<byte>.Empty,
        };
        return _columnsFirst && Shape.Count > 1 ? FromColumns(data.Span, [.. Shape]) : data;
    }

    /// <summary>Takes what the file says of it: (version, shape, element type, whether columns come first, values).</summary>
    /// <returns>What is wrong, or null.</returns>
    internal string? Fill(PickleValue state)
    {
        if (state is not PickleTuple { Items: [PickleInteger, PickleTuple shape, PickleByteType, var order, var data] })
            return "fills an array by something other than a version, a shape, an element type, an order and values.";
        if (shape.Items.Count > MaxRank) return $"fills an array of {shape.Items.Count} dimensions; at most {MaxRank} are read.";
        var sizes = new int[shape.Items.Count];
        long count = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (shape.Items[i] is not PickleInteger size || size.Value < 0 || size.Value > int.MaxValue
                || (count *= (int)size.Value) > int.MaxValue)
                return "fills an array whose shape is not of whole numbers with at most 2,147,483,647 values.";
            sizes[i] = (int)size.Value;
        }
        long length = data switch { PickleBytes bytes => bytes.Value.Length, PickleString text => text.Value.Length, _ => -1 };
        if (length != count)
            return $"fills an array of {string.Join(" x ", sizes)} with {(length < 0 ? $"a {data.Kind}" : $"{length} bytes")}.";
        if (data is PickleString latin && latin.Value.AsSpan().ContainsAnyExceptInRange('\0', 'ÿ'))
            return "fills an array with text that is no bytes.";
        (Shape, _data) = (sizes, data);
        _columnsFirst = order is PickleBool { Value: true } || (order is PickleInteger number && !number.Value.IsZero);
        return null;
    }

    private static byte[] FromColumns(ReadOnlySpan<byte> data, int[] shape)
    {
        var rows = new byte[data.Length];
        Span<int> place = stackalloc int[shape.Length];
        place.Clear();
        var strides = new int[shape.Length]; // in rows: what one step of each dimension moves
        for (int i = shape.Length - 1, stride = 1; i >= 0; stride *= Math.Max(1, shape[i]), i--) strides[i] = stride;
        int to = 0;
        foreach (byte value in data)
        {
            rows[to] = value;
            for (int i = 0; i < place.Length; i++)
            {
                to += strides[i];
                if (++place[i] < shape[i]) break;
                to -= strides[i] * shape[i];
                place[i] = 0;
            }
        }
        return rows;
    }
}

/// <summary>The element type of numpy that is read: unsigned bytes.</summary>
internal sealed class PickleByteType : PickleValue
{
    public static readonly PickleByteType Value = new();

    private PickleByteType() : base("element type of numpy") { }
}
