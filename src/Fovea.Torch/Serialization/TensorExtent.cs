using System.Globalization;

namespace Fovea.Torch.Serialization;

/// <summary>How many elements a shape has and which part of a storage a strided tensor reaches, in arithmetic that cannot
/// overflow.</summary>
internal static class TensorExtent
{
    /// <summary>More dimensions than any tensor has; libtorch itself stops at 64 in most operators.</summary>
    public const int MaxRank = 64;

    /// <summary>Elements of a shape; null where a size is negative, the rank is over 64 or the product does not fit 63
    /// bits.</summary>
    public static long? ElementCount(ReadOnlySpan<long> shape)
    {
        if (shape.Length > MaxRank) return null;
        bool empty = shape.Contains(0);
        Int128 product = 1;
        foreach (long size in shape)
        {
            if (size < 0) return null;
            product *= Math.Max(size, 1);
            if (product > long.MaxValue) return null;
        }
        return empty ? 0 : (long)product;
    }

    /// <summary>Bytes of a packed tensor; null where <see cref="ElementCount"/> is, or where the product does not fit 63
    /// bits.</summary>
    public static long? ByteLength(DType dtype, ReadOnlySpan<long> shape)
    {
        if (ElementCount(shape) is not { } count) return null;
        Int128 bytes = (Int128)count * dtype.ElementSize();
        return bytes > long.MaxValue ? null : (long)bytes;
    }

    /// <summary>The strides, in elements, of a packed row-major tensor.</summary>
    public static long[] PackedStrides(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        long stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride = unchecked(stride * Math.Max(shape[i], 1));
        }
        return strides;
    }

    /// <summary>Whether elements lie packed in row-major order; the stride of a dimension of size 1 does not matter.</summary>
    public static bool IsPacked(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        if (shape.Contains(0)) return true;
        Int128 expected = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] != 1 && strides[i] != expected) return false;
            expected *= shape[i];
        }
        return true;
    }

    /// <summary>What is wrong with a view of a storage of <paramref name="available"/> elements, or null where nothing
    /// is.</summary>
    /// <remarks>
    /// A tensor with more elements than its storage (one that was expanded before it was saved) is refused too: it could claim
    /// any size, and
    /// packing it would then fill the memory.
    /// </remarks>
    public static string? Fault(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, long offset, long available)
    {
        if (strides.Length != shape.Length) return $"has {shape.Length} sizes but {strides.Length} strides";
        if (ElementCount(shape) is not { } count) return $"has the impossible shape {Text(shape)}";
        if (offset < 0 || offset > available) return $"starts at element {offset} of a storage that holds {available}";
        foreach (long stride in strides)
            if (stride < 0) return $"has a negative stride in {Text(strides)}";
        if (count == 0) return null;
        if (count > available) return $"has {count} elements, more than the {available} of its storage; save tensor.contiguous() instead";
        Int128 last = offset;
        for (int i = 0; i < shape.Length; i++) last += (Int128)(shape[i] - 1) * strides[i];
        return last < available
            ? null
            : $"reaches element {last} (shape {Text(shape)}, strides {Text(strides)}, offset {offset}) of a storage that holds {available}";
    }

    /// <summary>A shape as people write it: <c>[2, 3]</c>.</summary>
    public static string Text(ReadOnlySpan<long> sizes)
    {
        var parts = new string[Math.Min(sizes.Length, MaxRank)];
        for (int i = 0; i < parts.Length; i++) parts[i] = sizes[i].ToString(CultureInfo.InvariantCulture);
        return "[" + string.Join(", ", parts) + (sizes.Length > MaxRank ? ", ...]" : "]");
    }
}
