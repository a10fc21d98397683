using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>A map of values on which objects are drawn, over a background of 0. Where objects of two values meet, the pixel is
/// ignored; their order does not matter.</summary>
internal sealed class LabelDrawing(ImageSize size)
{
    private readonly byte[] _values = new byte[size.Pixels];

    /// <summary>What has been drawn.</summary>
    public IndexMap Map => new(size, _values);

    /// <summary>Fills a polygon by the even-odd rule: the pixels whose middles lie inside.</summary>
    /// <param name="points">x and y of each corner in turn, in pixels from the picture's upper left corner.</param>
    /// <param name="value">1 to 254.</param>
    public void Fill(ReadOnlySpan<double> points, byte value)
    {
        double top = double.PositiveInfinity, bottom = double.NegativeInfinity;
        for (int i = 1; i < points.Length; i += 2) (top, bottom) = (Math.Min(top, points[i]), Math.Max(bottom, points[i]));
        int first = Pixel(top, size.Height), end = Pixel(bottom, size.Height);
        List<double> crossings = [];
        for (int y = first; y < end; y++)
        {
            crossings.Clear();
            double middle = y + 0.5;
            for (int i = 0, j = points.Length - 2; i < points.Length; j = i, i += 2)
            {
                double y1 = points[j + 1], y2 = points[i + 1];
                if (y1 <= middle == y2 <= middle) continue;
                crossings.Add(points[j] + (middle - y1) / (y2 - y1) * (points[i] - points[j]));
            }
            crossings.Sort();
            for (int i = 0; i + 1 < crossings.Count; i += 2)
            {
                int from = Pixel(crossings[i], size.Width), to = Pixel(crossings[i + 1], size.Width);
                for (int x = from; x < to; x++) Put(y * size.Width + x, value);
            }
        }
    }

    /// <summary>Fills runs of pixels, column by column: without the object and with it in turn.</summary>
    /// <returns>False where a run is negative or they do not add up to all pixels; nothing is drawn then.</returns>
    public bool Fill(ReadOnlySpan<long> runs, byte value)
    {
        long sum = 0;
        foreach (long run in runs)
        {
            if (run < 0 || run > size.Pixels - sum) return false;
            sum += run;
        }
        if (sum != size.Pixels) return false;
        int place = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            int end = place + (int)runs[i];
            if (i % 2 == 0) place = end;
            for (; place < end; place++) Put(place % size.Height * size.Width + place / size.Height, value);
        }
        return true;
    }

    private void Put(int pixel, byte value) =>
        _values[pixel] = _values[pixel] == 0 || _values[pixel] == value ? value : SegmentationMap.Ignore;

    /// <summary>The first pixel whose middle does not lie before a coordinate.</summary>
    private static int Pixel(double coordinate, int side) => (int)Math.Clamp(Math.Ceiling(coordinate - 0.5), 0, side);
}

/// <summary>COCO's compressed run lengths.</summary>
internal static class RunLengths
{
    /// <summary>The runs of a string, or null where it is none.</summary>
    /// <remarks>Each character holds five bits of a number, the lowest first, and a sixth that says that more follow; the highest bit of
    /// the last one is the sign. From the fourth run on it is the difference to the run before the last.</remarks>
    public static long[]? Decode(string text)
    {
        List<long> runs = [];
        for (int i = 0; i < text.Length;)
        {
            long run = 0;
            int bits = 0, part;
            do
            {
                if (i == text.Length || bits > 55) return null;
                part = text[i++] - '0';
                if (part is < 0 or > 63) return null;
                run |= (long)(part & 31) << bits;
                bits += 5;
            }
            while ((part & 32) != 0);
            if ((part & 16) != 0) run |= -1L << bits;
            if (runs.Count > 2) run += runs[^2];
            runs.Add(run);
        }
        return [.. runs];
    }
}
