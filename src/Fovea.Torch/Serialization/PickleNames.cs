namespace Fovea.Torch.Serialization;

/// <summary>What an allowed name stands for.</summary>
internal enum PickleMeaning
{
    /// <summary><c>collections.OrderedDict</c>.</summary>
    Dictionary,
    /// <summary><c>torch.Size</c>.</summary>
    Size,
    /// <summary><c>torch.device</c>.</summary>
    Device,
    /// <summary>A storage class: persistent ids name it to tell the element type.</summary>
    Storage,
    /// <summary>torch's function that puts a tensor together from a storage, an offset, sizes and strides.</summary>
    Tensor,
    /// <summary>torch's function that makes a parameter of a tensor.</summary>
    Parameter,
    /// <summary>The class of parameters, called with a tensor: before torch 0.4 parameters were saved so.</summary>
    ParameterClass,
    /// <summary>A class of tensors of one element type, called with nothing: the first versions of torch saved tensors so, and put
    /// the contents in afterwards.</summary>
    TensorClass,
    /// <summary>numpy's function that makes an array, to be filled.</summary>
    Array,
    /// <summary><c>numpy.ndarray</c>, which that function is given.</summary>
    ArrayClass,
    /// <summary><c>numpy.dtype</c>.</summary>
    ArrayType,
}

/// <summary>A class or function that a pickle may name. Naming is all it can do: the reader knows what is meant and builds it
/// itself.</summary>
internal sealed class PickleName(string name, PickleMeaning meaning, DType dtype = default) : PickleValue("name of a class or function")
{
    /// <summary>The full name, as in <c>torch._utils._rebuild_parameter</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What it stands for.</summary>
    public PickleMeaning Meaning { get; } = meaning;

    /// <summary>For a class of storages or tensors, the type of their elements.</summary>
    public DType DType { get; } = dtype;
}

/// <summary>A tensor of the first versions of torch before its contents are known.</summary>
internal sealed class PickleUnfilledTensor(DType dtype) : PickleValue("tensor without contents")
{
    /// <summary>The type of its elements.</summary>
    public DType DType { get; } = dtype;

    /// <summary>What it became.</summary>
    public PickleTensor? Filled { get; set; }
}

/// <summary>The complete lists of names that a <c>.pth</c> file and a pickle of arrays may use. Everything else is refused by
/// name.</summary>
internal static class PickleNames
{
    private static readonly (string, DType)[] Storages =
    [
        ("Byte", DType.UInt8), ("Char", DType.Int8), ("Short", DType.Int16), ("Int", DType.Int32), ("Long", DType.Int64),
        ("Half", DType.Float16),
        ("Float", DType.Float32), ("Double", DType.Float64), ("Bool", DType.Bool), ("BFloat16", DType.BFloat16),
        ("ComplexFloat", DType.Complex64), ("ComplexDouble", DType.Complex128),
    ];

    private static readonly (string, DType)[] Types =
    [
        ("uint8", DType.UInt8), ("int8", DType.Int8), ("int16", DType.Int16), ("int32", DType.Int32), ("int64", DType.Int64),
        ("float16", DType.Float16), ("float32", DType.Float32), ("float64", DType.Float64), ("bool", DType.Bool),
        ("bfloat16", DType.BFloat16),
        ("complex32", DType.Complex32), ("complex64", DType.Complex64), ("complex128", DType.Complex128),
    ];

    private static readonly Dictionary<string, PickleValue> Allowed = Build();

    // numpy 2 writes numpy._core.
    private static readonly Dictionary<string, PickleValue> AllowedOfArrays = new PickleName[]
    {
        new("collections.OrderedDict", PickleMeaning.Dictionary), new("numpy.ndarray", PickleMeaning.ArrayClass),
        new("numpy.dtype", PickleMeaning.ArrayType), new("numpy.core.multiarray._reconstruct", PickleMeaning.Array),
        new("numpy._core.multiarray._reconstruct", PickleMeaning.Array),
    }.ToDictionary(name => name.Name, PickleValue (name) => name);

    /// <summary>The value for a name, or null where it is not allowed.</summary>
    public static PickleValue? Find(string module, string name, bool ofArrays) =>
        (ofArrays ? AllowedOfArrays : Allowed).GetValueOrDefault($"{module}.{name}");

    private static Dictionary<string, PickleValue> Build()
    {
        var allowed = new Dictionary<string, PickleValue>();
        void Name(string name, PickleMeaning meaning, DType dtype = default) => allowed.Add(name, new PickleName(name, meaning, dtype));

        Name("collections.OrderedDict", PickleMeaning.Dictionary);
        Name("torch.Size", PickleMeaning.Size);
        Name("torch.device", PickleMeaning.Device);
        Name("torch._utils._rebuild_tensor", PickleMeaning.Tensor);
        Name("torch._utils._rebuild_tensor_v2", PickleMeaning.Tensor);
        Name("torch._utils._rebuild_parameter", PickleMeaning.Parameter);
        Name("torch.nn.parameter.Parameter", PickleMeaning.ParameterClass);
        foreach ((string type, DType dtype) in Storages)
        {
            foreach (string module in (string[])["torch", "torch.cuda"])
            {
                Name($"{module}.{type}Storage", PickleMeaning.Storage, dtype);
                Name($"{module}.{type}Tensor", PickleMeaning.TensorClass, dtype);
            }
        }
        foreach ((string type, DType dtype) in Types) allowed.Add($"torch.{type}", new PickleType(dtype));
        return allowed;
    }
}
