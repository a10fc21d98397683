namespace Fovea.Torch.Serialization;

/// <summary>Builds what the few allowed names stand for from the arguments in the file. This is where Python would call a
/// function.</summary>
internal sealed class PickleBuilder(string path)
{
    /// <summary>
    /// Pairs and dimensions that all calls together may copy. Arguments can be recalled from the memo over and over at a byte
    /// each, so this, not
    /// the length of the pickle, is what bounds the memory.
    /// </summary>
    private const int MaxCopied = 2_000_000;

    private int _copied;

    /// <summary>The value that <c>name(*arguments)</c> would have in Python.</summary>
    public PickleValue Build(PickleValue name, PickleValue arguments)
    {
        if (name is not PickleName { Name: var function } allowed) throw Bad($"calls a {name.Kind} as if it were a function.");
        if (arguments is not PickleTuple { Items: var items })
            throw Bad($"calls {function} with a {arguments.Kind} in place of a tuple.");
        return allowed.Meaning switch
        {
            PickleMeaning.Dictionary when items.Count == 0 => new PickleDictionary(),
            PickleMeaning.Dictionary when items is [PickleList pairs] => OrderedDictionary(pairs),
            PickleMeaning.Size when items is [var sizes] => Size(sizes),
            PickleMeaning.Device when items is [PickleString device, ..] => Device(device, items),
            PickleMeaning.Tensor when items.Count is >= 4 and <= 7 => Tensor(items, function),
            PickleMeaning.Parameter when items is [PickleTensor data, PickleBool requiresGrad, _] =>
                new PickleTensor(data.Tensor, requiresGrad.Value),
            PickleMeaning.ParameterClass when items is [PickleTensor data] => new PickleTensor(data.Tensor, requiresGrad: true),
            PickleMeaning.TensorClass when items.Count == 0 => new PickleUnfilledTensor(allowed.DType),
            PickleMeaning.Array when items is [PickleName { Meaning: PickleMeaning.ArrayClass }, ..] => new PickleArray(),
            PickleMeaning.ArrayType when items is [PickleString type, ..] => type.Value == "u1" ? PickleByteType.Value
                : throw Bad($"holds an array of numpy's type {Printable.Quote(type.Value)}; arrays of bytes, 'u1', are read."),
            _ => throw Bad($"calls {function} with {items.Count} arguments of kinds that Python does not write there."),
        };
    }

    /// <summary>What an object becomes when it is given attributes. Those of a dictionary (a state dictionary's <c>_metadata</c>) and
    /// of a parameter (whether it wants gradients, and hooks) do not matter, nor does the order of single bytes; to an unfilled tensor
    /// and to an array they are its contents.</summary>
    public PickleValue WithState(PickleValue target, PickleValue state) => (target, state) switch
    {
        (PickleDictionary, PickleDictionary) => target,
        (PickleTensor, PickleTuple { Items: [PickleBool, PickleBool, PickleDictionary or PickleNone] }) => target,
        (PickleArray array, _) => array.Fill(state) is { } fault ? throw Bad(fault) : array,
        (PickleByteType, PickleTuple) => target,
        (PickleUnfilledTensor unfilled, PickleTuple { Items: { Count: 4 } items }) => Fill(unfilled, items),
        _ => throw Bad($"gives a {target.Kind} attributes by a {state.Kind}, which Python does not."),
    };

    private PickleTensor Fill(PickleUnfilledTensor unfilled, IReadOnlyList<PickleValue> items)
    {
        PickleTensor filled = Tensor(items, "a tensor's __setstate__");
        if (filled.Tensor.DType != unfilled.DType) throw Bad($"fills a tensor of {unfilled.DType} with {filled.Tensor.DType}.");
        return unfilled.Filled = filled;
    }

    private PickleDictionary OrderedDictionary(PickleList pairs)
    {
        Charge(pairs.Items.Count);
        var dictionary = new PickleDictionary();
        foreach (PickleValue pair in pairs.Items)
        {
            (PickleValue key, PickleValue value) = pair switch
            {
                PickleTuple { Items: [var k, var v] } => (k, v),
                PickleList { Items: [var k, var v] } => (k, v),
                _ => throw Bad($"builds an OrderedDict from a {pair.Kind} where a pair was expected."),
            };
            if (!dictionary.TrySet(key, value))
                throw Bad($"uses a {key.Kind} as a dictionary's key; text and whole numbers are read.");
        }
        return dictionary;
    }

    private PickleDevice Device(PickleString type, IReadOnlyList<PickleValue> items) => items.Count switch
    {
        1 => new PickleDevice(type.Value),
        2 when items[1] is PickleInteger index => new PickleDevice($"{type.Value}:{index.Value}"),
        _ => throw Bad("calls torch.device with arguments that it does not take."),
    };

    /// <summary>Arguments: storage, offset, size, stride[, requires_grad, hooks[, metadata]].</summary>
    private PickleTensor Tensor(IReadOnlyList<PickleValue> items, string function)
    {
        if (items[0] is not PickleStorage view) throw Bad($"calls {function} with a {items[0].Kind} in place of a storage.");
        if (items[1] is not PickleInteger offset || offset.Value < 0 || offset.Value > long.MaxValue)
            throw Bad($"calls {function} with an offset that is not a whole number.");
        long[] shape = Numbers(items[2], function), strides = Numbers(items[3], function);
        if (TensorExtent.Fault(shape, strides, (long)offset.Value, view.Count) is { } fault)
            throw Bad($"describes a tensor that {fault}.");
        bool requiresGrad = items.Count > 4 && items[4] is PickleBool { Value: true };
        return new PickleTensor(
            new StoredTensor(view.Storage, view.Storage.DType, view.First + (long)offset.Value, shape, strides), requiresGrad);
    }

    private PickleTuple Size(PickleValue sizes)
    {
        Numbers(sizes, "torch.Size");
        return sizes as PickleTuple ?? new PickleTuple([.. ((PickleList)sizes).Items]);
    }

    private long[] Numbers(PickleValue value, string function)
    {
        IReadOnlyList<PickleValue>? items = (value as PickleTuple)?.Items ?? (value as PickleList)?.Items;
        if (items is null) throw Bad($"calls {function} with a {value.Kind} in place of a tuple of whole numbers.");
        if (items.Count > TensorExtent.MaxRank)
            throw Bad($"calls {function} with {items.Count} dimensions; at most {TensorExtent.MaxRank} are read.");
        Charge(items.Count + 4);
        var numbers = new long[items.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (items[i] is not PickleInteger number || number.Value < long.MinValue || number.Value > long.MaxValue)
                throw Bad($"calls {function} with a {items[i].Kind} in place of a whole number.");
            numbers[i] = (long)number.Value;
        }
        return numbers;
    }

    private void Charge(int count)
    {
        _copied += count;
        if (_copied > MaxCopied) throw Bad($"builds more than {MaxCopied} values by calls.");
    }

    private TensorFileException Bad(string problem) => new(path, $"the pickle {problem}");
}
