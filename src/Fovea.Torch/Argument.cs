using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>One argument of an <see cref="Operator"/> call; converts by itself from what C# holds.</summary>
/// <remarks>Integers serve for int, SymInt, float and Scalar arguments, element types for ScalarType. Null is "none".</remarks>
public readonly struct Argument
{
    internal readonly SlotKind Kind;
    internal readonly long Bits;
    internal readonly object? Reference;

    private Argument(SlotKind kind, long bits, object? reference = null) => (Kind, Bits, Reference) = (kind, bits, reference);

    /// <summary>No value, for optional arguments.</summary>
    public static Argument None => default;

    /// <summary>The default that the operator's schema states.</summary>
    public static Argument Default => new(SlotKind.Default, 0);

    /// <summary>A list whose elements may be missing, as in indexing.</summary>
    public static Argument OptionalTensors(Tensor?[] tensors) => new(SlotKind.OptionalTensors, 0, tensors);

    /// <summary>A tensor, or none.</summary>
    public static implicit operator Argument(Tensor? value) => value is null ? default : new(SlotKind.Tensor, 0, value);
    /// <summary>An integer.</summary>
    public static implicit operator Argument(int value) => new(SlotKind.Int, value);
    /// <summary>An integer.</summary>
    public static implicit operator Argument(long value) => new(SlotKind.Int, value);
    /// <summary>An integer, or none.</summary>
    public static implicit operator Argument(long? value) => value is { } given ? new(SlotKind.Int, given) : default;
    /// <summary>A real number.</summary>
    public static implicit operator Argument(double value) => new(SlotKind.Double, BitConverter.DoubleToInt64Bits(value));
    /// <summary>A real number, or none.</summary>
    public static implicit operator Argument(double? value) => value is { } given ? given : default(Argument);
    /// <summary>A boolean.</summary>
    public static implicit operator Argument(bool value) => new(SlotKind.Bool, value ? 1 : 0);
    /// <summary>A list of integers, or none.</summary>
    public static implicit operator Argument(long[]? value) => value is null ? default : new(SlotKind.Ints, 0, value);
    /// <summary>A list of real numbers, or none.</summary>
    public static implicit operator Argument(double[]? value) => value is null ? default : new(SlotKind.Doubles, 0, value);
    /// <summary>A list of booleans.</summary>
    public static implicit operator Argument(bool[] value) => new(SlotKind.Bools, 0, value);
    /// <summary>A list of tensors.</summary>
    public static implicit operator Argument(Tensor[] value) => new(SlotKind.Tensors, 0, value);
    /// <summary>A string, or none.</summary>
    public static implicit operator Argument(string? value) => value is null ? default : new(SlotKind.String, 0, value);
    /// <summary>An element type.</summary>
    public static implicit operator Argument(DType value) => new(SlotKind.Int, (long)value);
    /// <summary>An element type, or none.</summary>
    public static implicit operator Argument(DType? value) => value is { } given ? given : default(Argument);
    /// <summary>A device.</summary>
    public static implicit operator Argument(Device value) => new(SlotKind.Device, value.Encode());
    /// <summary>A random number generator, or none for the default one.</summary>
    public static implicit operator Argument(Generator? value) => value is null ? default : new(SlotKind.Generator, 0, value);
    /// <summary>A script object that another operator returned.</summary>
    public static implicit operator Argument(ScriptObject value) => new(SlotKind.Object, 0, value);
}
