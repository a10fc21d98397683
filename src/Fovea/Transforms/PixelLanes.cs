using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fovea.Transforms;

/// <summary>Sixteen pixels with their colours apart: 48 bytes red, green, blue, red, ... as three vectors.</summary>
internal readonly record struct PixelLanes(Vector128<byte> Red, Vector128<byte> Green, Vector128<byte> Blue)
{
    public const int Pixels = 16, Bytes = 48;

    /// <summary>Takes 48 bytes apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PixelLanes Load(ref byte source)
    {
        Vector128<byte> a = Vector128.LoadUnsafe(ref source), b = Vector128.LoadUnsafe(ref source, 16),
            c = Vector128.LoadUnsafe(ref source, 32);
        const byte o = 255; // an index out of range gives 0
        Vector128<byte> red = Vector128.Shuffle(a, Vector128.Create(0, 3, 6, 9, 12, 15, o, o, o, o, o, o, o, o, o, o))
            | Vector128.Shuffle(b, Vector128.Create(o, o, o, o, o, o, 2, 5, 8, 11, 14, o, o, o, o, o))
            | Vector128.Shuffle(c, Vector128.Create(o, o, o, o, o, o, o, o, o, o, o, 1, 4, 7, 10, 13));
        Vector128<byte> green = Vector128.Shuffle(a, Vector128.Create(1, 4, 7, 10, 13, o, o, o, o, o, o, o, o, o, o, o))
            | Vector128.Shuffle(b, Vector128.Create(o, o, o, o, o, 0, 3, 6, 9, 12, 15, o, o, o, o, o))
            | Vector128.Shuffle(c, Vector128.Create(o, o, o, o, o, o, o, o, o, o, o, 2, 5, 8, 11, 14));
        Vector128<byte> blue = Vector128.Shuffle(a, Vector128.Create(2, 5, 8, 11, 14, o, o, o, o, o, o, o, o, o, o, o))
            | Vector128.Shuffle(b, Vector128.Create(o, o, o, o, o, 1, 4, 7, 10, 13, o, o, o, o, o, o))
            | Vector128.Shuffle(c, Vector128.Create(o, o, o, o, o, o, o, o, o, o, 0, 3, 6, 9, 12, 15));
        return new PixelLanes(red, green, blue);
    }

    /// <summary>Puts 48 bytes together again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref byte target)
    {
        const byte o = 255;
        (Vector128.Shuffle(Red, Vector128.Create(0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o, 5))
            | Vector128.Shuffle(Green, Vector128.Create(o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o, o))
            | Vector128.Shuffle(Blue, Vector128.Create(o, o, 0, o, o, 1, o, o, 2, o, o, 3, o, o, 4, o))).StoreUnsafe(ref target);
        (Vector128.Shuffle(Red, Vector128.Create(o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10, o))
            | Vector128.Shuffle(Green, Vector128.Create(5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o, 10))
            | Vector128.Shuffle(Blue, Vector128.Create(o, 5, o, o, 6, o, o, 7, o, o, 8, o, o, 9, o, o))).StoreUnsafe(ref target, 16);
        (Vector128.Shuffle(Red, Vector128.Create(o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o, o))
            | Vector128.Shuffle(Green, Vector128.Create(o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15, o))
            | Vector128.Shuffle(Blue, Vector128.Create(10, o, o, 11, o, o, 12, o, o, 13, o, o, 14, o, o, 15)))
            .StoreUnsafe(ref target, 32);
    }

    /// <summary>Sixteen bytes as two vectors of eight floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Low, Vector256<float> High) ToSingle(Vector128<byte> bytes)
    {
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(bytes);
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
        (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
        return (Vector256.ConvertToSingle(Vector256.Create(a, b).AsInt32()),
            Vector256.ConvertToSingle(Vector256.Create(c, d).AsInt32()));
    }

    /// <summary>Sixteen floats, cut to 0 to 255 and rounded towards zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToBytes(Vector256<float> low, Vector256<float> high)
    {
        Vector256<float> zero = Vector256<float>.Zero, most = Vector256.Create(255f);
        Vector256<int> a = Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(low, zero), most));
        Vector256<int> b = Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(high, zero), most));
        Vector256<short> narrow = Vector256.Narrow(a, b);
        return Vector128.Narrow(narrow.GetLower().AsUInt16(), narrow.GetUpper().AsUInt16());
    }

    /// <summary>Maps every pixel of a picture. The last pixels of a row go through a buffer of their own.</summary>
    public static void MapAll<TMap>(ReadOnlySpan<byte> source, Span<byte> target, TMap map) where TMap : struct, IPixelMap
    {
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target);
        int i = 0;
        for (; i + Bytes <= source.Length; i += Bytes) Map(ref Unsafe.Add(ref from, i), ref Unsafe.Add(ref to, i), map);
        if (i == source.Length) return;
        Span<byte> rest = stackalloc byte[Bytes];
        rest.Clear();
        source[i..].CopyTo(rest);
        Map(ref rest[0], ref rest[0], map);
        rest[..(source.Length - i)].CopyTo(target[i..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Map<TMap>(ref byte from, ref byte to, TMap map) where TMap : struct, IPixelMap
    {
        PixelLanes lanes = Load(ref from);
        (Vector256<float> r0, Vector256<float> r1) = ToSingle(lanes.Red);
        (Vector256<float> g0, Vector256<float> g1) = ToSingle(lanes.Green);
        (Vector256<float> b0, Vector256<float> b1) = ToSingle(lanes.Blue);
        (r0, g0, b0) = map.Map(r0, g0, b0);
        (r1, g1, b1) = map.Map(r1, g1, b1);
        new PixelLanes(ToBytes(r0, r1), ToBytes(g0, g1), ToBytes(b0, b1)).Store(ref to);
    }
}

/// <summary>A change of colours, eight pixels at a time; each channel 0 to 255.</summary>
internal interface IPixelMap
{
    (Vector256<float> Red, Vector256<float> Green, Vector256<float> Blue) Map(
        Vector256<float> r, Vector256<float> g, Vector256<float> b);
}
