namespace Fovea.Torch.Serialization;

/// <summary>
/// A tensor as it lies in an open file: its type, shape and strides, and its bytes where they are, not copied. All of it has
/// been checked
/// against the file. It may be read until the file that it came from is disposed.
/// </summary>
public sealed unsafe class StoredTensor
{
    private readonly long[] _shape;
    private readonly long[] _strides;

    internal StoredTensor(TensorStorage storage, DType dtype, long offset, long[] shape, long[] strides)
    {
        (Storage, DType, Offset, _shape, _strides) = (storage, dtype, offset, shape, strides);
        ElementCount = TensorExtent.ElementCount(shape) ?? throw new ArgumentException("The shape was not checked.", nameof(shape));
        IsContiguous = TensorExtent.IsPacked(shape, strides);
    }

    /// <summary>The type of the elements.</summary>
    public DType DType { get; }

    /// <summary>The size of each dimension; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>For each dimension, how many elements of the storage lie from one index to the next.</summary>
    public ReadOnlySpan<long> Strides => _strides;

    /// <summary>The product of the shape: 1 for a scalar.</summary>
    public long ElementCount { get; }

    /// <summary>Bytes that the tensor takes when packed.</summary>
    public long ByteLength => ElementCount * DType.ElementSize();

    /// <summary>Whether its elements lie packed in row-major order.</summary>
    public bool IsContiguous { get; }

    /// <summary>What it looks into; tensors that shared memory when they were saved share this.</summary>
    internal TensorStorage Storage { get; }

    /// <summary>The index in the storage of the first element.</summary>
    internal long Offset { get; }

    /// <summary>The address of the first element.</summary>
    internal byte* Address => Storage.Address(Offset);

    /// <summary>The tensor's bytes, little-endian and row-major, in the mapped file itself.</summary>
    /// <exception cref="InvalidOperationException">It is not contiguous, or longer than a span can be: use
    /// <see cref="ToArray{T}"/> or <see cref="CopyTo"/>.</exception>
    /// <exception cref="ObjectDisposedException">Its file has been disposed.</exception>
    public ReadOnlySpan<byte> Bytes =>
        !IsContiguous || ByteLength > int.MaxValue
            ? throw new InvalidOperationException("The tensor is strided or over 2 GiB and has no span of bytes; use ToArray or CopyTo.")
            : new ReadOnlySpan<byte>(Address, (int)ByteLength);

    /// <summary>Its elements in row-major order, copied.</summary>
    /// <typeparam name="T">A type as wide as an element, such as <see cref="float"/> for <see cref="DType.Float32"/>.</typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is wider or narrower than an element.</exception>
    /// <exception cref="ObjectDisposedException">Its file has been disposed.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        if (sizeof(T) != DType.ElementSize())
            throw new ArgumentException($"Elements are {DType}, {DType.ElementSize()} bytes; {typeof(T).Name} has {sizeof(T)}.");
        if (ElementCount == 0) return [];
        var elements = new T[ElementCount];
        fixed (T* start = elements)
        {
            using var target = new UnmanagedMemoryStream((byte*)start, 0, ByteLength, FileAccess.Write);
            CopyTo(target);
        }
        return elements;
    }

    /// <summary>The same elements in the same order under another shape, still where they are.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    /// <exception cref="InvalidOperationException">The elements do not lie packed.</exception>
    public StoredTensor Reshaped(params long[] shape)
    {
        if (TensorExtent.ElementCount(shape) != ElementCount)
            throw new ArgumentException($"{this} has {ElementCount} elements, which do not fit {TensorExtent.Text(shape)}.", nameof(shape));
        if (!IsContiguous) throw new InvalidOperationException($"{this} is strided and cannot be given another shape where it is.");
        var strides = new long[shape.Length];
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; step *= shape[i--]) strides[i] = step;
        return new StoredTensor(Storage, DType, Offset, shape, strides);
    }

    /// <summary>A tensor over the mapped file itself, without a copy; it keeps the file mapped for as long as it lives.</summary>
    /// <remarks>
    /// Writing to it changes memory, never the file. Where the file does not align the elements (the old <c>.pth</c> format
    /// does not), the
    /// elements are copied. The tensor is on the CPU and requires no gradient.
    /// </remarks>
    /// <exception cref="TensorFileException">A truth value is neither 0 nor 1, which libtorch's operators rely on.</exception>
    /// <exception cref="ObjectDisposedException">Its file has been disposed.</exception>
    public Tensor ToTensor()
    {
        if (ElementCount == 0) return Tensor.Empty(_shape, DType);
        if (DType == DType.Bool && Reach().ContainsAnyExceptInRange((byte)0, (byte)1))
            throw new TensorFileException(Storage.File.Path, $"a tensor, {this}, holds truth values other than 0 and 1.");
        if ((nuint)Address % (nuint)DType.ElementSize() != 0) return Copied();
        return Tensor.Wrap(Address, new FileUse(Storage.File.AddUser()), DType, _shape, _strides);
    }

    /// <summary>Writes its elements in row-major order.</summary>
    /// <exception cref="ObjectDisposedException">Its file has been disposed.</exception>
    public void CopyTo(Stream target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (ElementCount == 0) return;
        // The longest packed tail is written at once; an odometer runs over the dimensions in front of it.
        int outer = _shape.Length;
        while (outer > 0 && TensorExtent.IsPacked(_shape.AsSpan(outer - 1), _strides.AsSpan(outer - 1))) outer--;
        long run = TensorExtent.ElementCount(_shape.AsSpan(outer))!.Value * DType.ElementSize();
        var index = new long[outer];
        long element = Offset;
        while (true)
        {
            WriteRun(target, Storage.Address(element), run);
            int dim = outer - 1;
            for (; dim >= 0; dim--)
            {
                element += _strides[dim];
                if (++index[dim] < _shape[dim]) break;
                element -= _strides[dim] * _shape[dim];
                index[dim] = 0;
            }
            if (dim < 0) return;
        }
    }

    private Tensor Copied()
    {
        Tensor copy = Tensor.Empty(_shape, DType);
        using var target = new UnmanagedMemoryStream((byte*)copy.DataPointer, 0, ByteLength, FileAccess.Write);
        CopyTo(target);
        return copy;
    }

    /// <summary>The bytes from the first element to the last, for a type of one byte. One that reaches over 2 GiB is cut
    /// there.</summary>
    private ReadOnlySpan<byte> Reach()
    {
        long last = 0;
        for (int i = 0; i < _shape.Length; i++) last += (_shape[i] - 1) * _strides[i];
        return new ReadOnlySpan<byte>(Address, (int)Math.Min(last + 1, int.MaxValue));
    }

    private static void WriteRun(Stream target, byte* start, long length)
    {
        const int Chunk = 1 << 24;
        for (long done = 0; done < length; done += Chunk)
            target.Write(new ReadOnlySpan<byte>(start + done, (int)Math.Min(Chunk, length - done)));
    }

    /// <summary>Type and shape, as in <c>Float32 [64, 3, 7, 7]</c>.</summary>
    public override string ToString() => $"{DType} {TensorExtent.Text(_shape)}";
}
