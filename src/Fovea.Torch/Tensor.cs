using System.Runtime.CompilerServices;
using System.Text;
using Fovea.Torch.Interop;

namespace Fovea.Torch;

/// <summary>An n-dimensional array of libtorch's: numbers of one type, on one device, with or without a gradient.</summary>
/// <remarks>Not safe for writing from two threads at once. Belongs to the <see cref="TensorScope"/> that was open on the thread
/// that made it; without one it lives until <see cref="Dispose"/> or garbage collection.</remarks>
public sealed unsafe partial class Tensor : IDisposable
{
    private readonly TensorHandle _handle;

    internal Tensor(nint handle)
    {
        _handle = new TensorHandle(handle);
        TensorScope.Current?.Track(this);
    }

    /// <summary>Number of tensors of this process that have not been released: for tests that look for leaks.</summary>
    public static long LiveCount => TensorHandle.LiveCount;

    internal TensorScope? Scope { get; set; }

    internal nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _handle.Value;
        }
    }

    /// <summary>The type of the elements.</summary>
    public DType DType => (DType)Info().DType;

    /// <summary>Where the memory is.</summary>
    public Device Device
    {
        get
        {
            TensorInfo info = Info();
            return new Device((DeviceType)info.DeviceType, Math.Max(0, info.DeviceIndex));
        }
    }

    /// <summary>Number of dimensions; 0 for a scalar.</summary>
    public int Dim => Info().Dim;

    /// <summary>Number of elements.</summary>
    public long Numel => Info().Numel;

    /// <summary>The length of each dimension.</summary>
    public long[] Shape
    {
        get
        {
            TensorInfo info = Info();
            long[] shape = new ReadOnlySpan<long>(info.Sizes, info.Dim).ToArray();
            GC.KeepAlive(this);
            return shape;
        }
    }

    /// <summary>Elements to step over in memory for one step in each dimension.</summary>
    public long[] Strides
    {
        get
        {
            TensorInfo info = Info();
            long[] strides = new ReadOnlySpan<long>(info.Strides, info.Strides == null ? 0 : info.Dim).ToArray();
            GC.KeepAlive(this);
            return strides;
        }
    }

    /// <summary>True when the elements lie in memory row by row without gaps.</summary>
    public bool IsContiguous => Info().IsContiguous != 0;

    /// <summary>The length of one dimension; negative counts from the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
    public long Size(int dimension)
    {
        TensorInfo info = Info();
        int index = dimension < 0 ? dimension + info.Dim : dimension;
        if ((uint)index >= (uint)info.Dim)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"The tensor has {info.Dim} dimensions.");
        long size = info.Sizes[index];
        GC.KeepAlive(this);
        return size;
    }

    /// <summary>The elements in the CPU's memory, to read or write in place; valid while the tensor lives.</summary>
    /// <typeparam name="T">The C# type that matches <see cref="DType"/>.</typeparam>
    /// <exception cref="InvalidOperationException">Not on the CPU, not contiguous, of another type, or too large for a span.</exception>
    public Span<T> Span<T>() where T : unmanaged
    {
        TensorInfo info = Info();
        if (info.DeviceType != (int)DeviceType.Cpu)
            throw new InvalidOperationException($"{Describe()} is not in the CPU's memory: call To(Device.Cpu) first.");
        if (info.IsContiguous == 0)
            throw new InvalidOperationException($"{Describe()} is not contiguous: call Contiguous() first.");
        if (Unsafe.SizeOf<T>() != ((DType)info.DType).ElementSize() || !Matches<T>((DType)info.DType))
            throw new InvalidOperationException($"{Describe()} does not hold elements of type {typeof(T).Name}.");
        if (info.Numel > int.MaxValue)
            throw new InvalidOperationException($"{Describe()} has more elements than a span can hold: take it in slices.");
        return new Span<T>(info.Data, (int)info.Numel);
    }

    /// <summary>The address of the first element. The caller keeps the tensor alive and minds the strides.</summary>
    public void* DataPointer => Info().Data;

    /// <summary>The elements as a new array in row order, from any device and layout.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        using var scope = new TensorScope();
        return To(Device.Cpu).Contiguous().Span<T>().ToArray();
    }

    /// <summary>The only element, converted.</summary>
    /// <exception cref="TorchException">There is not exactly one element.</exception>
    public double Item() => Operators.Item.CallNumber(this);

    /// <summary>Type, shape and device in short, as in "float32[2, 3] on cpu".</summary>
    public string Describe()
    {
        if (_handle.IsClosed) return "a released tensor";
        return $"{DType.ToString().ToLowerInvariant()}[{string.Join(", ", Shape)}]" + (Device.IsCuda ? $" on {Device}" : "");
    }

    /// <summary>Type and shape, and the first values where the tensor is small.</summary>
    public override string ToString()
    {
        if (_handle.IsClosed || Numel > 16 || !DType.IsFloatingPoint() || Dim > 1) return Describe();
        using var scope = new TensorScope();
        var text = new StringBuilder(Describe()).Append(" { ");
        return text.AppendJoin(", ", To(DType.Float64).ToArray<double>().Select(v => v.ToString("g6"))).Append(" }").ToString();
    }

    /// <summary>Takes the tensor out of its scope, so that it lives until it is disposed: for parameters and caches.</summary>
    public Tensor Unscoped()
    {
        Scope = null;
        return this;
    }

    /// <summary>Releases the tensor's memory, unless views or the autograd graph still hold it.</summary>
    public void Dispose()
    {
        Scope = null;
        _handle.Dispose();
    }

    internal TensorInfo Info()
    {
        TensorInfo info;
        Status.Check(NativeMethods.fv_tensor_describe(Pointer, &info));
        GC.KeepAlive(this);
        return info;
    }

    private static bool Matches<T>(DType dtype) => dtype switch
    {
        DType.Float32 => typeof(T) == typeof(float),
        DType.Float64 => typeof(T) == typeof(double),
        DType.Int64 => typeof(T) == typeof(long),
        DType.Int32 => typeof(T) == typeof(int),
        DType.Int16 => typeof(T) == typeof(short),
        DType.UInt8 => typeof(T) == typeof(byte),
        DType.Int8 => typeof(T) == typeof(sbyte),
        DType.Bool => typeof(T) == typeof(bool) || typeof(T) == typeof(byte),
        DType.Float16 => typeof(T) == typeof(Half) || typeof(T) == typeof(ushort),
        DType.BFloat16 => typeof(T) == typeof(ushort),
        _ => false,
    };
}
