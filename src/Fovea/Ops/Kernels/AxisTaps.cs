namespace Fovea.Ops.Kernels;

/// <summary>Linear interpolation along one direction: the pixels that the sampling points of a bin touch, with their
/// weights.</summary>
internal sealed class AxisTaps
{
    private readonly Growing<int> _pixels = new(), _bins = new();
    private readonly Growing<float> _weights = new();

    /// <summary>Pixel of each tap, always inside the map.</summary>
    public ReadOnlySpan<int> Pixels => _pixels.Span;

    /// <summary>Bin of each tap.</summary>
    public ReadOnlySpan<int> Bins => _bins.Span;

    /// <summary>Weight of each tap, the sum over the points of the bin that touch the pixel.</summary>
    public ReadOnlySpan<float> Weights => _weights.Span;

    /// <summary>Forgets all taps.</summary>
    public void Clear()
    {
        _pixels.Clear();
        _bins.Clear();
        _weights.Clear();
    }

    /// <summary>Adds the taps of one bin.</summary>
    /// <param name="bin">Number of the bin.</param>
    /// <param name="start">Where bin 0 begins, in pixels of the map.</param>
    /// <param name="binSize">Size of a bin in pixels; may be negative (a reversed box) or not a number.</param>
    /// <param name="points">Sampling points of a bin.</param>
    /// <param name="extent">Pixels of the map in this direction.</param>
    public void AddBin(int bin, float start, float binSize, long points, int extent)
    {
        if (extent == 0) return;
        int first = _pixels.Count;
        (long from, long to) = PointsNearMap(start + bin * binSize, binSize, points, extent);
        for (long i = from; i < to; i++)
        {
            float at = start + bin * binSize + (i + .5f) * binSize / points;
            if (!(at >= -1f && at <= extent)) continue; // outside, or not a number: the point counts as zero
            at = Math.Max(at, 0f);
            int low = (int)at;
            if (low >= extent - 1)
            {
                Add(first, bin, extent - 1, 1f);
                continue;
            }
            float fraction = at - low;
            Add(first, bin, low, (float)(1.0 - fraction));
            if (fraction != 0) Add(first, bin, low + 1, fraction);
        }
    }

    /// <summary>Adds the taps of the mean over one bin: each pixel weighs as much as its tent covers of the bin.</summary>
    /// <param name="bin">Number of the bin.</param>
    /// <param name="start">Where bin 0 begins, in pixels of the map.</param>
    /// <param name="binSize">Size of a bin in pixels; nothing is added where it is not above 0.</param>
    /// <param name="extent">Pixels of the map in this direction.</param>
    public void AddMean(int bin, double start, double binSize, int extent)
    {
        double from = start + bin * binSize, to = start + (bin + 1) * binSize;
        if (!(binSize > 0 && from < extent && to > -1)) return;
        int last = (int)Math.Min(extent - 1, Math.Ceiling(to));
        for (int pixel = (int)Math.Max(0, Math.Floor(from)); pixel <= last; pixel++)
        {
            float weight = (float)((Tent.Before(to - pixel) - Tent.Before(from - pixel)) / binSize);
            if (weight > 0) Add(_pixels.Count, bin, pixel, weight);
        }
    }

    // A box of astronomic size has as many sampling points as pixels, nearly all outside the map: only those near it are visited.
    private static (long From, long To) PointsNearMap(double binStart, double binSize, long points, int extent)
    {
        if (points <= 4L * extent + 64) return (0, points);
        double a = (-1 - binStart) / binSize * points, b = (extent - binStart) / binSize * points;
        double from = Math.Floor(Math.Min(a, b)) - 2, to = Math.Ceiling(Math.Max(a, b)) + 2;
        if (!(from <= to)) return (0, 0);
        return ((long)Math.Clamp(from, 0, points), (long)Math.Clamp(to, 0, points));
    }

    // Neighbouring points share pixels, so the pixel is among the bin's last two taps or new. (A repeated tap would do no harm.)
    private void Add(int first, int bin, int pixel, float weight)
    {
        for (int t = _pixels.Count - 1; t >= Math.Max(first, _pixels.Count - 2); t--)
        {
            if (_pixels.Items[t] != pixel) continue;
            _weights.Items[t] += weight;
            return;
        }
        _pixels.Add(pixel);
        _bins.Add(bin);
        _weights.Add(weight);
    }
}

/// <summary>The weight of a pixel in linear interpolation, by the distance from it: 1 - |u| within a pixel.</summary>
internal static class Tent
{
    /// <summary>The weight at a distance.</summary>
    public static double At(double u) => Math.Max(0, 1 - Math.Abs(u));

    /// <summary>Its integral up to a distance: 0 from -1 down, 1 from 1 on.</summary>
    public static double Before(double u)
    {
        u = Math.Clamp(u, -1, 1);
        return 0.5 + u * (1 - Math.Abs(u) / 2);
    }
}
