using System.Text.Json;

namespace Fovea.Torch.Serialization;

/// <summary>What a safetensors header says of one tensor; offsets count from the end of the header.</summary>
internal readonly record struct SafetensorsRecord(string Name, DType DType, long[] Shape, long Begin, long End);

/// <summary>Reads the JSON header of a safetensors file and believes nothing in it.</summary>
/// <remarks>
/// The format: https://github.com/huggingface/safetensors, section "Format". One pass over the bytes with a fixed nesting
/// depth, so a header of a million brackets costs nothing.
/// </remarks>
internal ref struct SafetensorsHeader
{
    /// <summary>A million tensors, many times what any published model has, keep the memory for a hostile header
    /// bounded.</summary>
    public const int MaxTensors = 1_000_000;

    private readonly string _path;
    private Utf8JsonReader _json;
    private readonly List<SafetensorsRecord> _records = [];
    private readonly HashSet<string> _names = [];
    private Dictionary<string, string>? _metadata;

    private SafetensorsHeader(string path, ReadOnlySpan<byte> json)
    {
        _path = path;
        _json = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
    }

    /// <summary>The tensors, each checked on its own (not yet against the others), and the metadata.</summary>
    /// <exception cref="TensorFileException">The header is not what the format asks for.</exception>
    public static (List<SafetensorsRecord> Records, Dictionary<string, string> Metadata) Parse(string path, ReadOnlySpan<byte> json)
    {
        var header = new SafetensorsHeader(path, json);
        try
        {
            header.ReadAll();
        }
        catch (JsonException e)
        {
            throw new TensorFileException(path, $"the header is not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e) // what the reader throws for strings that are not valid Unicode
        {
            throw new TensorFileException(path, "the header holds text that is not valid Unicode.", e);
        }
        return (header._records, header._metadata ?? []);
    }

    private void ReadAll()
    {
        Expect(JsonTokenType.StartObject, "the header");
        while (NextProperty() is { } name)
        {
            if (name == "__metadata__") ReadMetadata();
            else ReadTensor(name);
        }
        if (_json.Read()) throw Bad("the header goes on after its closing brace.");
    }

    private void ReadMetadata()
    {
        if (_metadata is not null) throw Bad("'__metadata__' appears twice in the header.");
        _metadata = [];
        Expect(JsonTokenType.StartObject, "'__metadata__'");
        while (NextProperty() is { } key)
        {
            Expect(JsonTokenType.String, $"metadata entry {Printable.Quote(key)}");
            if (!_metadata.TryAdd(key, _json.GetString()!)) throw Bad($"metadata entry {Printable.Quote(key)} appears twice.");
        }
    }

    private void ReadTensor(string name)
    {
        string quoted = $"tensor {Printable.Quote(name)}";
        if (name.Length == 0) throw Bad("a tensor has an empty name.");
        if (!_names.Add(name)) throw Bad($"{quoted} appears twice in the header.");
        if (_records.Count == MaxTensors) throw Bad($"the header lists more than {MaxTensors} tensors.");
        DType? dtype = null;
        long[]? shape = null, offsets = null;
        Expect(JsonTokenType.StartObject, quoted);
        while (NextProperty() is { } property)
        {
            bool repeated = property switch
            {
                "dtype" => dtype is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw Bad($"{quoted} has an unknown property {Printable.Quote(property)}; expected dtype, shape, data_offsets."),
            };
            if (repeated) throw Bad($"{quoted} states its {property} twice.");
            if (property == "dtype") dtype = ReadType(quoted);
            else if (property == "shape") shape = ReadNumbers(quoted, "shape", TensorExtent.MaxRank);
            else offsets = ReadNumbers(quoted, "data_offsets", 2);
        }
        if (dtype is null || shape is null || offsets is null)
            throw Bad($"{quoted} lacks its {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")}.");
        if (offsets.Length != 2) throw Bad($"{quoted} has {offsets.Length} data_offsets; expected a begin and an end.");
        if (TensorExtent.ByteLength(dtype.Value, shape) is not { } bytes)
            throw Bad($"{quoted} has the impossible shape {TensorExtent.Text(shape)}.");
        if (offsets[1] < offsets[0] || offsets[1] - offsets[0] != bytes)
        {
            throw Bad($"{quoted}, {dtype} {TensorExtent.Text(shape)}, takes {bytes} bytes, " +
                $"but its data_offsets are {TensorExtent.Text(offsets)}.");
        }
        _records.Add(new SafetensorsRecord(name, dtype.Value, shape, offsets[0], offsets[1]));
    }

    private DType ReadType(string quoted)
    {
        Expect(JsonTokenType.String, $"the dtype of {quoted}");
        string name = _json.GetString()!;
        return SafetensorsTypes.Parse(name) ??
            throw Bad($"{quoted} has the element type {Printable.Quote(name)}; this program reads {SafetensorsTypes.All}.");
    }

    private long[] ReadNumbers(string quoted, string property, int maxCount)
    {
        Expect(JsonTokenType.StartArray, $"the {property} of {quoted}");
        var numbers = new List<long>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long number) || number < 0)
                throw Bad($"the {property} of {quoted} holds something other than whole numbers from 0 to 2^63-1.");
            if (numbers.Count == maxCount) throw Bad($"the {property} of {quoted} has more than {maxCount} numbers.");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>The name of the next property, or null at the closing brace.</summary>
    private string? NextProperty() => _json.Read() && _json.TokenType == JsonTokenType.PropertyName ? _json.GetString() : null;

    private void Expect(JsonTokenType type, string what)
    {
        if (!_json.Read() || _json.TokenType != type)
            throw Bad($"{what} should be {Words(type)}, but is {Words(_json.TokenType)}.");
    }

    private static string Words(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.None => "missing",
        _ => type.ToString().ToLowerInvariant(),
    };

    private readonly TensorFileException Bad(string problem) => new(_path, problem);
}
