using System.Numerics;
using System.Text;

namespace Fovea.Torch.Serialization;

/// <summary>
/// A reader of Python pickles (protocols 2 to 5) that runs nothing: it has a stack, a memo and the short list of names in
/// <see cref="PickleNames"/>. A pickle that asks for anything else is refused.
/// </summary>
/// <remarks>
/// The opcodes are described in Python's own <c>pickletools</c> module. Time and memory are bounded by the number of opcodes,
/// each of which
/// makes at most one small value; a hostile file of any size stops at <see cref="MaxSteps"/>.
/// </remarks>
internal sealed class Unpickler
{
    /// <summary>The longest pickle read. That of a checkpoint of 10,000 tensors takes about 2 MB.</summary>
    public const int MaxLength = 1 << 26;

    /// <summary>The most opcodes. torch.save writes about 60 for a tensor.</summary>
    public const int MaxSteps = 2_000_000;

    /// <summary>How deeply containers may nest.</summary>
    public const int MaxDepth = 100;

    private static readonly PickleInteger[] SmallIntegers = [.. Enumerable.Range(0, 256).Select(i => new PickleInteger(i))];

    private readonly string _path;
    private readonly StorageTable? _storages;
    private readonly PickleBuilder _builder;
    private readonly List<PickleValue> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, PickleValue> _memo = [];
    private int _position;

    /// <param name="path">The file, for messages.</param>
    /// <param name="storages">Answers references to storages; null where there can be none.</param>
    public Unpickler(string path, StorageTable? storages = null) =>
        (_path, _storages, _builder) = (path, storages, new PickleBuilder(path));

    /// <summary>Whether arrays of numpy are read and Python 2's strings may be bytes, as in <see cref="PickleFile"/>, instead of what
    /// torch.save writes; then the caller bounds the length.</summary>
    public bool ReadsArrays { get; init; }

    /// <summary>Reads one pickle.</summary>
    /// <param name="data">Bytes that begin with it.</param>
    /// <param name="length">How many bytes it took.</param>
    /// <exception cref="TensorFileException">It is damaged, over a limit, or asks for something that is not allowed.</exception>
    public PickleValue Load(ReadOnlySpan<byte> data, out int length)
    {
        var cursor = new PickleCursor(_path, ReadsArrays ? data : data[..Math.Min(data.Length, MaxLength)]);
        for (int step = 0; step < MaxSteps; step++)
        {
            _position = cursor.Position;
            byte opcode = cursor.Byte();
            if (opcode == '.')
            {
                length = cursor.Position;
                PickleValue result = Pop();
                return _stack.Count == 0 && _marks.Count == 0 ? result : throw Bad("ends with more than one value.");
            }
            if (!Scalar(opcode, ref cursor) && !Container(opcode) && !Memo(opcode, ref cursor) && !Object(opcode, ref cursor))
            {
                throw Bad($"uses opcode 0x{opcode:x2}, which this reader does not know; " +
                    "Python's protocols 2 to 5 do not need it for such data.");
            }
        }
        throw Bad($"has more than {MaxSteps} opcodes.");
    }

    private bool Scalar(byte opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case (byte)'N': Push(PickleNone.Value); break;
            case 0x88: Push(PickleBool.True); break;
            case 0x89: Push(PickleBool.False); break;
            case (byte)'K': Push(SmallIntegers[cursor.Byte()]); break;
            case (byte)'M': Push(Integer(cursor.UInt16())); break;
            case (byte)'J': Push(Integer(cursor.Int32())); break;
            case 0x8a: Push(Integer(cursor.Integer(cursor.Byte()))); break; // LONG1
            case 0x8b: Push(Integer(cursor.Integer(cursor.UInt32()))); break; // LONG4
            case (byte)'G': Push(new PickleFloat(cursor.Double())); break;
            case (byte)'X': Push(new PickleString(cursor.Text(cursor.UInt32()))); break;
            case 0x8c: Push(new PickleString(cursor.Text(cursor.Byte()))); break; // SHORT_BINUNICODE
            case 0x8d: Push(new PickleString(cursor.Text(cursor.Length64()))); break; // BINUNICODE8
            case (byte)'U' when ReadsArrays: Push(new PickleString(Encoding.Latin1.GetString(cursor.Take(cursor.Byte())))); break;
            case (byte)'T' when ReadsArrays: Push(new PickleBytes(cursor.Take(cursor.Int32()).ToArray())); break;
            case (byte)'U': Push(new PickleString(cursor.Text(cursor.Byte()))); break; // Python 2's str: torch reads it as UTF-8 too
            case (byte)'T': Push(new PickleString(cursor.Text(cursor.Int32()))); break;
            case (byte)'C': Push(new PickleBytes(cursor.Take(cursor.Byte()).ToArray())); break;
            case (byte)'B': Push(new PickleBytes(cursor.Take(cursor.UInt32()).ToArray())); break;
            case 0x8e: Push(new PickleBytes(cursor.Take(cursor.Length64()).ToArray())); break; // BINBYTES8
            default: return false;
        }
        return true;
    }

    private bool Container(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(': _marks.Add(_stack.Count); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopMarked(); break;
            case (byte)'2': Push(Top<PickleValue>("value")); break; // DUP
            case (byte)']': Push(new PickleList()); break;
            case (byte)'}': Push(new PickleDictionary()); break;
            case (byte)')': Push(PickleTuple.Empty); break;
            case (byte)'t': Push(new PickleTuple(PopMarked())); break;
            case 0x85: Push(new PickleTuple([Pop()])); break;
            case 0x86: { PickleValue b = Pop(), a = Pop(); Push(new PickleTuple([a, b])); break; }
            case 0x87: { PickleValue c = Pop(), b = Pop(), a = Pop(); Push(new PickleTuple([a, b, c])); break; }
            case (byte)'a': { PickleValue item = Pop(); Append(Top<PickleList>("list"), item); break; }
            case (byte)'e': foreach (PickleValue item in PopMarked()) Append(Top<PickleList>("list"), item); break;
            case (byte)'s': { PickleValue value = Pop(), key = Pop(); Set(Top<PickleDictionary>("dictionary"), key, value); break; }
            case (byte)'u': SetItems(PopMarked()); break;
            default: return false;
        }
        return true;
    }

    private bool Memo(byte opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case (byte)'q': _memo[cursor.Byte()] = Top<PickleValue>("value"); break;
            case (byte)'r': _memo[cursor.UInt32()] = Top<PickleValue>("value"); break;
            case 0x94: _memo[_memo.Count] = Top<PickleValue>("value"); break; // MEMOIZE
            case (byte)'h': Push(Recall(cursor.Byte())); break;
            case (byte)'j': Push(Recall(cursor.UInt32())); break;
            default: return false;
        }
        return true;
    }

    private bool Object(byte opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                if (cursor.Byte() is var protocol and not (>= 2 and <= 5))
                    throw Bad($"is of protocol {protocol}; 2 to 5 are read.");
                break;
            case 0x95: cursor.Length64(); break; // FRAME: a hint for buffering
            case (byte)'c': Push(Name(cursor.Line(), cursor.Line())); break;
            case 0x93: // STACK_GLOBAL
                PickleValue name = Pop(), module = Pop();
                if (name is not PickleString n || module is not PickleString m)
                    throw Bad("names a class or function by something other than text.");
                Push(Name(m.Value, n.Value));
                break;
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                PickleValue arguments = Pop(), function = Pop();
                Push(_builder.Build(function, arguments));
                break;
            case (byte)'b': // BUILD
                PickleValue state = Pop(), target = Pop();
                Push(_builder.WithState(target, state));
                break;
            case (byte)'Q': // BINPERSID
                if (_storages is null) throw Bad("refers to a storage where there can be none.");
                Push(_storages.Load(Pop()));
                break;
            default: return false;
        }
        return true;
    }

    private PickleValue Name(string module, string name) => PickleNames.Find(module, name, ReadsArrays) ?? throw Bad(
        $"asks for {Printable.Quote($"{module}.{name}")}, which is refused: only " + (ReadsArrays
            ? "numbers, text, lists, dictionaries and arrays of bytes are read, and nothing is executed."
            : "tensors, numbers, text, lists and dictionaries are read, and nothing is executed. " +
                "If you trust the file, load it in Python and save its model.state_dict() alone."));

    private void Append(PickleList list, PickleValue item)
    {
        list.Add(item);
        CheckDepth(list);
    }

    private void Set(PickleDictionary dictionary, PickleValue key, PickleValue value)
    {
        if (!dictionary.TrySet(key, value))
            throw Bad($"uses a {key.Kind} as a dictionary's key; text and whole numbers are read.");
        CheckDepth(dictionary);
    }

    private void SetItems(PickleValue[] items)
    {
        if (items.Length % 2 != 0) throw Bad("adds a key without a value to a dictionary.");
        var dictionary = Top<PickleDictionary>("dictionary");
        for (int i = 0; i < items.Length; i += 2) Set(dictionary, items[i], items[i + 1]);
    }

    private void Push(PickleValue value)
    {
        CheckDepth(value);
        _stack.Add(value);
    }

    private void CheckDepth(PickleValue value)
    {
        if (value.Depth > MaxDepth) throw Bad($"nests containers more than {MaxDepth} deep.");
    }

    private PickleValue Recall(long place) =>
        _memo.TryGetValue(place, out PickleValue? value)
            ? (value as PickleUnfilledTensor)?.Filled ?? value
            : throw Bad($"recalls memo entry {place}, which was never stored.");

    private T Top<T>(string expected) where T : PickleValue
    {
        if (_stack.Count <= Fence) throw Bad("takes a value from an empty stack.");
        return _stack[^1] as T ?? throw Bad($"has a {_stack[^1].Kind} where a {expected} was expected.");
    }

    private PickleValue Pop()
    {
        PickleValue value = Top<PickleValue>("value");
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private PickleValue[] PopMarked()
    {
        if (_marks.Count == 0) throw Bad("closes a group that was not opened.");
        int start = Fence;
        _marks.RemoveAt(_marks.Count - 1);
        PickleValue[] items = new PickleValue[_stack.Count - start];
        _stack.CopyTo(start, items, 0, items.Length);
        _stack.RemoveRange(start, items.Length);
        return items;
    }

    private int Fence => _marks.Count == 0 ? 0 : _marks[^1];

    private static PickleInteger Integer(BigInteger value) =>
        value >= 0 && value < SmallIntegers.Length ? SmallIntegers[(int)value] : new PickleInteger(value);

    private TensorFileException Bad(string problem) => new(_path, $"the pickle, at byte {_position}, {problem}");
}
