using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fovea.Imaging;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Fovea.Structures;

// Bitmaps lie row by row, runs column by column. Neither way transposes the bitmap: where a pixel differs from the one above it, a run
// ends, and whole rows are compared (or, the other way, differences summed up) at once.
public sealed partial class RunLengthMask
{
    /// <summary>The run lengths of a bitmap.</summary>
    /// <exception cref="ArgumentException">The bitmap has no pixels.</exception>
    public static RunLengthMask FromBitmap(Mask bitmap)
    {
        ImageSize size = bitmap.Size;
        uint pixels = PixelsOf(size);
        int height = size.Height, width = size.Width;
        var turns = new Turns(width);
        ReadOnlySpan<byte> rows = bitmap.Pixels;

        // The top of a column follows the bottom of the one before.
        bool above = false;
        for (int x = 0; x < width; x++)
        {
            bool here = rows[x] != 0;
            if (here != above) turns.Add(x, 0);
            above = rows[(height - 1) * width + x] != 0;
        }
        for (int y = 1; y < height; y++) Compare(rows.Slice((y - 1) * width, width), rows.Slice(y * width, width), y, ref turns);
        return new RunLengthMask(size, turns.ToRuns(height, pixels));
    }

    /// <summary>The mask as a bitmap.</summary>
    /// <exception cref="InvalidOperationException">The picture is too large for one.</exception>
    public Mask ToBitmap()
    {
        if (Size.Pixels > Array.MaxLength)
            throw new InvalidOperationException($"A bitmap holds at most {Array.MaxLength:N0} pixels, but the mask's picture of {Size} " +
                $"has {Size.Pixels:N0}. Crop or resize the mask first.");
        byte[] pixels = new byte[Size.Pixels];
        if (IsEmpty) return new Mask(Size, pixels);

        int width = Size.Width, height = Size.Height;
        uint x = 0, y = 0;
        for (int i = 0; i + 1 < _counts.Length; i += 2)
        {
            Advance(ref x, ref y, _counts[i], (uint)height);
            uint first = x;
            pixels[(int)y * width + (int)x] = 1; // Its start was 0: two runs do not touch.
            Advance(ref x, ref y, _counts[i + 1], (uint)height);
            if (y > 0) pixels[(int)y * width + (int)x] = 1;
            if (x > first) pixels.AsSpan((int)first + 1, (int)(y > 0 ? x - first : x - first - 1)).Fill(1);
        }

        // Each byte says where its column changes; from the top down they add up to the picture, within the object's box.
        Extent box = Measured();
        int left = (int)box.X1, columns = (int)(box.X2 - box.X1);
        for (int row = (int)box.Y1 + 1; row <= Math.Min((int)box.Y2, height - 1); row++)
        {
            Span<byte> line = pixels.AsSpan(row * width + left, columns);
            TensorPrimitives.Xor(line, pixels.AsSpan((row - 1) * width + left, columns), line);
        }
        return new Mask(Size, pixels);
    }

    private static void Compare(ReadOnlySpan<byte> above, ReadOnlySpan<byte> here, int y, ref Turns turns)
    {
        int x = 0;
        ref byte upper = ref MemoryMarshal.GetReference(above), lower = ref MemoryMarshal.GetReference(here);
        for (; x + Vector256<byte>.Count <= here.Length; x += Vector256<byte>.Count)
        {
            Vector256<byte> changed = Vector256.Equals(Vector256.LoadUnsafe(ref upper, (nuint)x), Vector256<byte>.Zero)
                ^ Vector256.Equals(Vector256.LoadUnsafe(ref lower, (nuint)x), Vector256<byte>.Zero);
            for (uint bits = changed.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
                turns.Add(x + BitOperations.TrailingZeroCount(bits), y);
        }
        for (; x < here.Length; x++)
            if (above[x] != 0 != (here[x] != 0)) turns.Add(x, y);
    }

    /// <summary>Where runs end, found row by row and wanted column by column.</summary>
    private struct Turns
    {
        private readonly int[] _counts; // of each column, behind a 0
        private (int X, int Y)[] _found;
        private int _length;

        public Turns(int width)
        {
            _counts = new int[width + 1];
            _found = ArrayPool<(int X, int Y)>.Shared.Rent(1024);
        }

        public void Add(int x, int y)
        {
            if (_length == _found.Length) Grow();
            _found[_length++] = (x, y);
            _counts[x + 1]++;
        }

        public readonly uint[] ToRuns(int height, uint pixels)
        {
            for (int x = 1; x < _counts.Length; x++) _counts[x] += _counts[x - 1];
            uint[] runs = new uint[_length + 1];
            foreach ((int x, int y) in _found.AsSpan(0, _length)) runs[_counts[x]++] = (uint)x * (uint)height + (uint)y;
            ArrayPool<(int X, int Y)>.Shared.Return(_found);
            runs[^1] = pixels;
            for (int i = runs.Length - 1; i > 0; i--) runs[i] -= runs[i - 1];
            return runs;
        }

        private void Grow()
        {
            var larger = ArrayPool<(int X, int Y)>.Shared.Rent(2 * _length);
            _found.CopyTo(larger, 0);
            ArrayPool<(int X, int Y)>.Shared.Return(_found);
            _found = larger;
        }
    }
}
