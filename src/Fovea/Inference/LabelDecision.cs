using System.Numerics;
using Fovea.Imaging;

namespace Fovea.Inference;

/// <summary>Takes the most probable class of each pixel from maps of probabilities, enlarging them bilinearly on the way: a row at a time, so
/// that the enlarged maps are never in memory as a whole.</summary>
internal static unsafe class LabelDecision
{
    /// <summary>Decides some rows.</summary>
    /// <param name="probabilities">K planes of <paramref name="rows"/> x <paramref name="width"/> floats, one after the other.</param>
    /// <param name="planeStride">Floats from one plane to the next.</param>
    /// <param name="classes">K.</param>
    /// <param name="first">The row of the whole map that the planes begin with.</param>
    /// <param name="rows">Rows in the planes.</param>
    /// <param name="width">Width of the whole map.</param>
    /// <param name="height">Height of the whole map.</param>
    /// <param name="size">The size of the picture.</param>
    /// <param name="from">First row of the picture to decide; all of the map that it needs must be there.</param>
    /// <param name="to">Row of the picture to end before.</param>
    /// <param name="labels">The picture's labels: receives those rows.</param>
    /// <param name="confidence">The picture's confidences: receives those rows.</param>
    public static void Decide(float* probabilities, long planeStride, int classes, int first, int rows, int width, int height, ImageSize size,
        int from, int to, byte[] labels, byte[] confidence)
    {
        (int Left, int Right, float Share)[] columns = Taps(width, size.Width);
        (int Upper, int Lower, float Share)[] lines = Taps(height, size.Height);
        bool asIs = width == size.Width;
        Parallel.For(from, to, () => new float[width + 2 * size.Width], (y, _, buffer) =>
        {
            Span<float> row = buffer.AsSpan(0, width), best = buffer.AsSpan(width, size.Width), values = buffer.AsSpan(width + size.Width);
            Span<byte> label = labels.AsSpan(y * size.Width, size.Width), sure = confidence.AsSpan(y * size.Width, size.Width);
            best.Fill(float.NegativeInfinity);
            (int upper, int lower, float share) = lines[y];
            for (int k = 0; k < classes; k++)
            {
                float* plane = probabilities + k * planeStride;
                var above = new ReadOnlySpan<float>(plane + (long)(upper - first) * width, width);
                var below = new ReadOnlySpan<float>(plane + (long)(lower - first) * width, width);
                Mix(above, below, share, asIs ? values : row);
                if (!asIs)
                    for (int x = 0; x < values.Length; x++)
                    {
                        (int left, int right, float part) = columns[x];
                        values[x] = row[left] + (row[right] - row[left]) * part;
                    }
                Raise(values, best, label, (byte)k);
            }
            for (int x = 0; x < sure.Length; x++) sure[x] = (byte)(Math.Clamp(best[x], 0, 1) * 255 + 0.5f);
            return buffer;
        }, _ => { });
    }

    /// <summary>Rows of the map that a row of the picture needs.</summary>
    public static (int Upper, int Lower) Needed(int height, int pictureHeight, int y)
    {
        (int upper, int lower, _) = Tap(height, pictureHeight, y);
        return (upper, lower);
    }

    private static (int, int, float)[] Taps(int from, int to) => [.. Enumerable.Range(0, to).Select(i => Tap(from, to, i))];

    // Pixel centres at half numbers, edges repeated: as libtorch's bilinear interpolation without aligned corners.
    private static (int, int, float) Tap(int from, int to, int i)
    {
        double at = Math.Max(0, (i + 0.5) * from / to - 0.5);
        int low = Math.Min((int)at, from - 1);
        return (low, Math.Min(low + 1, from - 1), (float)(at - low));
    }

    private static void Mix(ReadOnlySpan<float> above, ReadOnlySpan<float> below, float share, Span<float> mixed)
    {
        if (share == 0) above.CopyTo(mixed);
        else
            for (int x = 0; x < mixed.Length; x++) mixed[x] = above[x] + (below[x] - above[x]) * share;
    }

    // Of equal classes the first one stays.
    private static void Raise(ReadOnlySpan<float> values, Span<float> best, Span<byte> label, byte k)
    {
        int x = 0;
        for (; x + Vector<float>.Count <= values.Length; x += Vector<float>.Count)
        {
            var value = new Vector<float>(values[x..]);
            var old = new Vector<float>(best[x..]);
            Vector<int> higher = Vector.GreaterThan(value, old);
            if (higher == Vector<int>.Zero) continue;
            Vector.Max(value, old).CopyTo(best[x..]);
            for (int i = 0; i < Vector<float>.Count; i++)
                if (higher[i] != 0) label[x + i] = k;
        }
        for (; x < values.Length; x++)
        {
            if (!(values[x] > best[x])) continue;
            best[x] = values[x];
            label[x] = k;
        }
    }
}
