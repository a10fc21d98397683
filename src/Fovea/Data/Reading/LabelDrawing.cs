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

    /// <summary>Fills a mask of the drawing's size.</summary>
    /// <param name="mask">The pixels.</param>
    /// <param name="value">1 to 254.</param>
    public void Fill(RunLengthMask mask, byte value)
    {
        int place = 0;
        for (int i = 0; i < mask.Counts.Length; i++)
        {
            int end = place + (int)mask.Counts[i];
            if (i % 2 == 0) place = end;
            for (; place < end; place++) Put(place % size.Height * size.Width + place / size.Height, value);
        }
    }

    private void Put(int pixel, byte value) =>
        _values[pixel] = _values[pixel] == 0 || _values[pixel] == value ? value : SegmentationMap.Ignore;

    /// <summary>The first pixel whose middle does not lie before a coordinate.</summary>
    private static int Pixel(double coordinate, int side) => (int)Math.Clamp(Math.Ceiling(coordinate - 0.5), 0, side);
}
