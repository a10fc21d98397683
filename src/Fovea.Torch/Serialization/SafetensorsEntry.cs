using System.Runtime.InteropServices;

namespace Fovea.Torch.Serialization;

/// <summary>One tensor to be written to a safetensors file. Its bytes are asked for when it is written, so only one need be in
/// memory.</summary>
public sealed class SafetensorsEntry
{
    private readonly long[] _shape;

    /// <summary>A tensor whose bytes somebody else writes.</summary>
    /// <param name="name">Its name: not empty, and not <c>__metadata__</c>.</param>
    /// <param name="dtype">The type of its elements.</param>
    /// <param name="shape">The size of each dimension; empty for a scalar.</param>
    /// <param name="write">Writes the elements, little-endian and row-major, exactly as many bytes as shape and type say.</param>
    /// <exception cref="ArgumentException">Name, type or shape cannot stand in such a file.</exception>
    public SafetensorsEntry(string name, DType dtype, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name == "__metadata__")
            throw new ArgumentException("The format keeps the name '__metadata__' for its metadata.", nameof(name));
        if (SafetensorsTypes.Name(dtype) is null)
            throw new ArgumentException(
                $"Tensor '{name}' is {dtype}, which the format does not have: {SafetensorsTypes.All}.", nameof(dtype));
        ByteLength = TensorExtent.ByteLength(dtype, shape)
            ?? throw new ArgumentException($"Tensor '{name}' has the impossible shape {TensorExtent.Text(shape)}.", nameof(shape));
        (Name, DType, _shape, Write) = (name, dtype, shape.ToArray(), write);
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public DType DType { get; }

    /// <summary>The size of each dimension.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>How many bytes it takes.</summary>
    public long ByteLength { get; }

    internal Action<Stream> Write { get; }

    /// <summary>A tensor from values in memory.</summary>
    /// <typeparam name="T">A type as wide as an element, such as <see cref="float"/> for <see cref="DType.Float32"/>.</typeparam>
    /// <exception cref="ArgumentException">The values are not as many bytes as shape and type say.</exception>
    public static SafetensorsEntry FromValues<T>(string name, DType dtype, ReadOnlySpan<long> shape, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        var entry = new SafetensorsEntry(name, dtype, shape, target => target.Write(MemoryMarshal.AsBytes(values.Span)));
        long bytes = MemoryMarshal.AsBytes(values.Span).Length;
        return bytes == entry.ByteLength
            ? entry
            : throw new ArgumentException(
                $"Tensor '{name}', {dtype} {TensorExtent.Text(shape)}, takes {entry.ByteLength} bytes; {bytes} were given.");
    }

    /// <summary>A tensor of libtorch's, from any device and layout. Its values are those at the time of writing; it must live
    /// until then.</summary>
    public static unsafe SafetensorsEntry FromTensor(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new SafetensorsEntry(name, tensor.DType, tensor.Shape, target =>
        {
            using var scope = new TensorScope();
            using var noGrad = new NoGrad();
            Tensor packed = tensor.Detach().To(Device.Cpu).Contiguous();
            long length = packed.Numel * packed.DType.ElementSize();
            using var source = new UnmanagedMemoryStream((byte*)packed.DataPointer, length);
            source.CopyTo(target, 1 << 20);
        });
    }

    /// <summary>A tensor out of another file, which must stay open until this one is written.</summary>
    public static SafetensorsEntry FromStored(string name, StoredTensor tensor) =>
        new(name, tensor.DType, tensor.Shape, tensor.CopyTo);
}
