namespace Fovea.Torch.Serialization;

/// <summary>How the safetensors format spells the element types that libtorch shares with it.</summary>
internal static class SafetensorsTypes
{
    private static readonly (string Name, DType DType)[] Names =
    [
        ("BOOL", DType.Bool), ("U8", DType.UInt8), ("I8", DType.Int8), ("I16", DType.Int16), ("I32", DType.Int32), ("I64", DType.Int64),
        ("F16", DType.Float16), ("BF16", DType.BFloat16), ("F32", DType.Float32), ("F64", DType.Float64), ("C64", DType.Complex64),
    ];

    /// <summary>The type of a name, or null where the name is unknown or libtorch has no such type.</summary>
    public static DType? Parse(string name)
    {
        foreach ((string known, DType dtype) in Names)
            if (known == name) return dtype;
        return null;
    }

    /// <summary>The name of a type, or null where the format has none.</summary>
    public static string? Name(DType dtype)
    {
        foreach ((string name, DType known) in Names)
            if (known == dtype) return name;
        return null;
    }

    /// <summary>All names, for messages.</summary>
    public static string All => string.Join(", ", Names.Select(entry => entry.Name));
}
