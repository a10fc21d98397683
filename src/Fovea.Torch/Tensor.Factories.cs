using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fovea.Torch.Interop;

namespace Fovea.Torch;

// Where tensors come from.
public sealed unsafe partial class Tensor
{
    /// <summary>Zeros.</summary>
    public static Tensor Zeros(ReadOnlySpan<long> shape, DType dtype = DType.Float32, Device device = default) =>
        Operators.Zeros.Call(shape.ToArray(), dtype, Argument.None, device);

    /// <summary>Ones.</summary>
    public static Tensor Ones(ReadOnlySpan<long> shape, DType dtype = DType.Float32, Device device = default) =>
        Operators.Ones.Call(shape.ToArray(), dtype, Argument.None, device);

    /// <summary>One value everywhere.</summary>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, DType dtype = DType.Float32, Device device = default) =>
        Operators.Full.Call(shape.ToArray(), value, dtype, Argument.None, device);

    /// <summary>Memory as it happens to be: for results that are written whole.</summary>
    public static Tensor Empty(ReadOnlySpan<long> shape, DType dtype = DType.Float32, Device device = default) =>
        Operators.Empty.Call(shape.ToArray(), dtype, Argument.None, device);

    /// <summary>start, start + step, ... up to but without <paramref name="end"/>.</summary>
    public static Tensor Arange(double start, double end, double step = 1, DType dtype = DType.Int64, Device device = default) =>
        Operators.Arange.Call(start, end, step, dtype, Argument.None, device);

    /// <summary>Uniform numbers in [0, 1).</summary>
    public static Tensor Rand(ReadOnlySpan<long> shape, Generator? generator = null, DType dtype = DType.Float32) =>
        Operators.Rand.Call(shape.ToArray(), generator, dtype);

    /// <summary>Numbers of the standard normal distribution.</summary>
    public static Tensor Randn(ReadOnlySpan<long> shape, Generator? generator = null, DType dtype = DType.Float32) =>
        Operators.Randn.Call(shape.ToArray(), generator, dtype);

    /// <summary>The numbers 0 to n - 1 in random order.</summary>
    public static Tensor RandPerm(long n, Generator? generator = null) => Operators.RandPerm.Call(n, generator, DType.Int64);

    /// <summary>A scalar: a tensor without dimensions.</summary>
    public static Tensor Scalar(double value, DType dtype = DType.Float32, Device device = default) => Full([], value, dtype, device);

    /// <summary>A copy of an array's elements.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        CheckCount<T>(values.Length, shape);
        Tensor tensor = Empty(shape, TypeOf<T>());
        values.CopyTo(tensor.Span<T>());
        return tensor;
    }

    /// <summary>A copy of an array's elements.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements.</exception>
    public static Tensor From<T>(T[] values, params ReadOnlySpan<long> shape) where T : unmanaged =>
        From((ReadOnlySpan<T>)values, shape);

    /// <summary>Wraps managed memory without a copy. It stays pinned until libtorch releases the tensor.</summary>
    /// <exception cref="ArgumentException">The shape does not have as many elements.</exception>
    public static Tensor Wrap<T>(Memory<T> memory, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        CheckCount<T>(memory.Length, shape);
        return Wrap(new PinnedMemory<T>(memory.Pin()), TypeOf<T>(), shape);
    }

    /// <summary>Wraps memory outside C#'s heap without a copy, such as a mapped file.</summary>
    /// <param name="data">The first element; must stay valid until the owner is disposed.</param>
    /// <param name="owner">Disposed when libtorch releases the tensor's memory, on whichever thread that happens.</param>
    /// <param name="dtype">Type of the elements.</param>
    /// <param name="shape">Length of each dimension, row order without gaps.</param>
    public static Tensor Wrap(void* data, IDisposable? owner, DType dtype, params ReadOnlySpan<long> shape) =>
        Wrap(data, owner, dtype, shape, default);

    /// <summary>Wraps strided memory outside C#'s heap without a copy.</summary>
    /// <param name="data">The first element; must stay valid until the owner is disposed.</param>
    /// <param name="owner">Disposed when libtorch releases the tensor's memory, on whichever thread that happens.</param>
    /// <param name="dtype">Type of the elements.</param>
    /// <param name="shape">Length of each dimension.</param>
    /// <param name="strides">Elements to step over in each dimension, or empty for row order without gaps. Not checked against the
    /// memory's extent: that is the caller's duty.</param>
    public static Tensor Wrap(void* data, IDisposable? owner, DType dtype, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        Library.EnsureLoaded();
        nint context = owner is null ? 0 : GCHandle.ToIntPtr(GCHandle.Alloc(owner));
        nint result;
        int status;
        fixed (long* sizes = shape)
        fixed (long* steps = strides)
        {
            long none = 0;
            status = NativeMethods.fv_tensor_from_memory(data, sizes == null ? &none : sizes, strides.IsEmpty ? null : steps,
                shape.Length, (int)dtype, owner is null ? null : &ReleaseOwner, context, &result);
        }
        if (status == 0) return new Tensor(result);
        string error = Status.LastError();
        if (context != 0) GCHandle.FromIntPtr(context).Free();
        owner?.Dispose();
        throw new TorchException(error);
    }

    private static Tensor Wrap<T>(PinnedMemory<T> pinned, DType dtype, ReadOnlySpan<long> shape) where T : unmanaged =>
        Wrap(pinned.Pointer, pinned, dtype, shape, default);

    [UnmanagedCallersOnly]
    private static void ReleaseOwner(nint context)
    {
        try
        {
            GCHandle handle = GCHandle.FromIntPtr(context);
            var owner = (IDisposable)handle.Target!;
            handle.Free();
            owner.Dispose();
        }
        catch
        {
            // Called from libtorch's destructors: an exception here would end the process.
        }
    }

    private static void CheckCount<T>(long count, ReadOnlySpan<long> shape)
    {
        long expected = 1;
        foreach (long length in shape) expected = checked(expected * length);
        if (expected != count)
            throw new ArgumentException(
                $"The shape [{string.Join(", ", shape.ToArray())}] has {expected} elements, but {count} of type {typeof(T).Name} were " +
                "given.");
    }

    private static DType TypeOf<T>() => Type.GetTypeCode(typeof(T)) switch
    {
        TypeCode.Single => DType.Float32,
        TypeCode.Double => DType.Float64,
        TypeCode.Int64 => DType.Int64,
        TypeCode.Int32 => DType.Int32,
        TypeCode.Int16 => DType.Int16,
        TypeCode.Byte => DType.UInt8,
        TypeCode.SByte => DType.Int8,
        TypeCode.Boolean => DType.Bool,
        _ when typeof(T) == typeof(Half) => DType.Float16,
        _ => throw new ArgumentException($"Tensors cannot hold elements of type {typeof(T).Name}."),
    };

    private sealed class PinnedMemory<T>(MemoryHandle handle) : IDisposable
    {
        private MemoryHandle _handle = handle;

        public void* Pointer => _handle.Pointer;

        public void Dispose() => _handle.Dispose();
    }
}
