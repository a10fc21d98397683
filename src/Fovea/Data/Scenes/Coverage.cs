using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Anti-aliased filling of polygons: how much of each pixel a polygon covers, by exact areas.</summary>
/// <remarks>Every edge adds, in each row it crosses, the change of covered area that it causes at its column; a running sum
/// along the row then gives the cover (the accumulation that font rasterisers use). One fixed order of plain additions, so the
/// result is the same on every machine.</remarks>
internal sealed class Coverage
{
    private float[] _change = [];

    /// <summary>First column and row of the last polygon's rectangle, and its size; empty when it lies outside.</summary>
    public int X { get; private set; }

    public int Y { get; private set; }

    public int Width { get; private set; }

    public int Height { get; private set; }

    /// <summary>Takes a simple polygon, kept within a rectangle of pixels.</summary>
    public void Trace(ReadOnlySpan<Vector2> points, int left, int top, int right, int bottom)
    {
        float minX = float.MaxValue, minY = float.MaxValue, maxX = float.MinValue, maxY = float.MinValue;
        foreach (Vector2 p in points)
        {
            minX = Math.Min(minX, p.X);
            maxX = Math.Max(maxX, p.X);
            minY = Math.Min(minY, p.Y);
            maxY = Math.Max(maxY, p.Y);
        }
        X = (int)Math.Clamp(MathF.Floor(minX), left, right);
        Y = (int)Math.Clamp(MathF.Floor(minY), top, bottom);
        Width = (int)Math.Clamp(MathF.Floor(maxX) + 1, left, right) - X;
        Height = (int)Math.Clamp(MathF.Floor(maxY) + 1, top, bottom) - Y;
        if (Width <= 0 || Height <= 0)
        {
            Width = Height = 0;
            return;
        }
        int size = (Width + 2) * Height;
        if (_change.Length < size) _change = new float[Math.Max(size, 2 * _change.Length)];
        _change.AsSpan(0, size).Clear();
        var shift = new Vector2(X, Y);
        Vector2 previous = points[^1] - shift;
        foreach (Vector2 p in points)
        {
            Vector2 current = p - shift;
            Edge(previous, current);
            previous = current;
        }
    }

    /// <summary>The cover of one row of the rectangle, 0 to 1 a pixel.</summary>
    public void Row(int row, Span<float> cover)
    {
        ReadOnlySpan<float> change = _change.AsSpan(row * (Width + 2), Width);
        float sum = 0;
        for (int x = 0; x < change.Length; x++)
        {
            sum += change[x];
            cover[x] = Math.Min(Math.Abs(sum), 1);
        }
    }

    private void Edge(Vector2 a, Vector2 b)
    {
        if (a.Y == b.Y) return;
        float sign = 1;
        if (a.Y > b.Y) (a, b, sign) = (b, a, -1);
        if (b.Y <= 0 || a.Y >= Height) return;
        float slope = (b.X - a.X) / (b.Y - a.Y);
        int last = Math.Min(Height - 1, (int)MathF.Floor(b.Y));
        for (int y = Math.Max(0, (int)MathF.Floor(a.Y)); y <= last; y++)
        {
            float y0 = Math.Max(y, a.Y), y1 = Math.Min(y + 1, b.Y);
            if (y1 <= y0) continue;
            float x0 = Math.Clamp(a.X + (y0 - a.Y) * slope, 0, Width);
            float x1 = Math.Clamp(a.X + (y1 - a.Y) * slope, 0, Width);
            Span(y * (Width + 2), sign * (y1 - y0), Math.Min(x0, x1), Math.Max(x0, x1));
        }
    }

    // A piece of an edge within one row: it rises by `rise` and runs from column x0 to x1.
    private void Span(int row, float rise, float x0, float x1)
    {
        int first = (int)x0, end = (int)x1;
        if (first == end)
        {
            float right = first + 1 - 0.5f * (x0 + x1);       // mean width to the right of the edge in its pixel
            _change[row + first] += rise * right;
            _change[row + first + 1] += rise * (1 - right);
            return;
        }
        float perColumn = rise / (x1 - x0), carried = 0;
        for (int x = first; x <= end; x++)
        {
            float from = Math.Max(x0, x), to = Math.Min(x1, x + 1);
            float here = perColumn * (to - from);
            float inside = here * (x + 1 - 0.5f * (from + to));
            _change[row + x] += carried + inside;
            carried = here - inside;
        }
        _change[row + end + 1] += carried;
    }
}
