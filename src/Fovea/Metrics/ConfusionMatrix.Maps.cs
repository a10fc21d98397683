using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fovea.Structures;

namespace Fovea.Metrics;

// Counting of label maps, a byte a pixel. Maps are made of long runs: where 32 pixels agree in both classes they are counted as one. Where
// they do not, four tables take turns, because a counter that was just raised cannot be raised again at once.
public sealed partial class ConfusionMatrix
{
    private const int Tables = 4;
    private const int PixelsForThreads = 1 << 18;

    /// <summary>Counts every pixel of a picture whose true class is known.</summary>
    /// <param name="actual">The true classes.</param>
    /// <param name="predicted">What they were taken for: a class for every pixel.</param>
    /// <exception cref="ArgumentException">The sizes differ, or a pixel is of no class of this matrix. Nothing is counted then.</exception>
    public void Add(SegmentationMap actual, SegmentationMap predicted)
    {
        if (actual.Size != predicted.Size)
            throw new ArgumentException($"The true map is {actual.Size}, but the predicted one {predicted.Size}.", nameof(predicted));
        Add(actual.Labels, predicted.Labels);
    }

    /// <summary>Counts pixels, row by row or in any other order.</summary>
    /// <param name="actual">The true classes; <see cref="SegmentationMap.Ignore"/> is not counted.</param>
    /// <param name="predicted">What they were taken for, as many.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a pixel is of no class of this matrix. Nothing is counted then.</exception>
    public void Add(ReadOnlyMemory<byte> actual, ReadOnlyMemory<byte> predicted)
    {
        if (actual.Length != predicted.Length)
            throw new ArgumentException($"{actual.Length} true classes and {predicted.Length} predicted ones arrived.", nameof(predicted));
        if (ClassCount > SegmentationMap.Ignore)
            throw new ArgumentException($"Maps have a byte a pixel, too little for {ClassCount} classes: at most 255.", nameof(actual));
        int parts = actual.Length < PixelsForThreads ? 1 : Environment.ProcessorCount;
        int length = (actual.Length + parts - 1) / parts;
        var sums = new long[parts][];
        if (parts == 1) sums[0] = Count(actual.Span, predicted.Span);
        else
            Parallel.For(0, parts, part =>
            {
                int from = Math.Min(part * length, actual.Length), to = Math.Min(from + length, actual.Length);
                sums[part] = Count(actual.Span[from..to], predicted.Span[from..to]);
            });
        // What is not a class has been counted too, in its own row and column.
        int side = ClassCount + 2;
        foreach (long[] sum in sums)
            for (int i = 0; i < sum.Length; i++)
                if (sum[i] > 0 && (i / side == ClassCount + 1 || (i % side >= ClassCount && i / side != ClassCount)))
                    throw Unknown(actual.Span, predicted.Span);
        foreach (long[] sum in sums)
            for (int k = 0; k < ClassCount; k++)
                for (int j = 0; j < ClassCount; j++) _counts[k * ClassCount + j] += sum[k * side + j];
    }

    // A table of K + 2 rows and columns: the classes, "ignore", and whatever else.
    private long[] Count(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> predicted)
    {
        int side = ClassCount + 2, size = side * side;
        Span<byte> row = stackalloc byte[256];
        for (int value = 0; value < 256; value++)
            row[value] = (byte)(value < ClassCount ? value : value == SegmentationMap.Ignore ? ClassCount : Math.Min(255, ClassCount + 1));
        var tables = new long[Tables * size];
        ref long first = ref MemoryMarshal.GetArrayDataReference(tables);
        ref byte a = ref MemoryMarshal.GetReference(actual), p = ref MemoryMarshal.GetReference(predicted), r = ref row[0];
        int i = 0;
        for (; i + Vector256<byte>.Count <= actual.Length; i += Vector256<byte>.Count)
        {
            ref byte from = ref Unsafe.Add(ref a, i), to = ref Unsafe.Add(ref p, i);
            Vector256<byte> same = Vector256.Equals(Vector256.LoadUnsafe(ref from), Vector256.Create(from))
                & Vector256.Equals(Vector256.LoadUnsafe(ref to), Vector256.Create(to));
            if (same == Vector256<byte>.AllBitsSet)
            {
                Unsafe.Add(ref first, Unsafe.Add(ref r, from) * side + Unsafe.Add(ref r, to)) += Vector256<byte>.Count;
                continue;
            }
            for (int j = 0; j < Vector256<byte>.Count; j += Tables)
            {
                ref byte x = ref Unsafe.Add(ref from, j), y = ref Unsafe.Add(ref to, j);
                Unsafe.Add(ref first, Unsafe.Add(ref r, x) * side + Unsafe.Add(ref r, y))++;
                Unsafe.Add(ref first, size + Unsafe.Add(ref r, Unsafe.Add(ref x, 1)) * side + Unsafe.Add(ref r, Unsafe.Add(ref y, 1)))++;
                Unsafe.Add(ref first, 2 * size + Unsafe.Add(ref r, Unsafe.Add(ref x, 2)) * side + Unsafe.Add(ref r, Unsafe.Add(ref y, 2)))++;
                Unsafe.Add(ref first, 3 * size + Unsafe.Add(ref r, Unsafe.Add(ref x, 3)) * side + Unsafe.Add(ref r, Unsafe.Add(ref y, 3)))++;
            }
        }
        for (; i < actual.Length; i++) tables[row[actual[i]] * side + row[predicted[i]]]++;
        for (int j = size; j < tables.Length; j++) tables[j % size] += tables[j];
        return tables[..size];
    }

    private ArgumentException Unknown(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> predicted)
    {
        int i = 0;
        while ((actual[i] < ClassCount || actual[i] == SegmentationMap.Ignore)
            && (predicted[i] < ClassCount || actual[i] == SegmentationMap.Ignore)) i++;
        return new ArgumentException($"Pixel {i} is of class {actual[i]} and was taken for {predicted[i]}, but there are {ClassCount} classes, " +
            $"0 to {ClassCount - 1}; {SegmentationMap.Ignore} among the true ones is left out.");
    }
}
