namespace Fovea.Imaging.Drawing;

/// <summary>Traces the borders of a mask as closed lines that run between object and background pixels.</summary>
internal static class MaskOutline
{
    /// <summary>A mask with a longer border than this is noise: tracing it would show nothing and take long.</summary>
    private const int LongestBorder = 200_000;

    // Directions: 0 right, 1 down, 2 left, 3 up.
    private static readonly int[] _stepY = [0, 1, 0, -1], _stepX = [1, 0, -1, 0];

    /// <summary>The closed lines around the object and around its holes; empty for noise.</summary>
    /// <param name="mask">Height x width bytes; what is not 0 belongs to the object.</param>
    /// <param name="size">Height and width.</param>
    public static List<(double Y, double X)[]> Trace(ReadOnlySpan<byte> mask, ImageSize size)
    {
        var lines = new List<(double Y, double X)[]>();
        if (BorderLength(mask, size) > LongestBorder) return lines;

        var traced = new HashSet<(int, int)>(); // upper edges that a line has passed
        for (int y = 0; y < size.Height; y++)
            for (int x = 0; x < size.Width; x++)
                if (IsUpperEdge(mask, size, y, x) && !traced.Contains((y, x)))
                    lines.Add(Smooth(Follow(mask, size, y, x, traced)));
        return lines;
    }

    /// <summary>Walks along the border, object to the right, from the upper edge of one pixel until it is back there.</summary>
    /// <returns>The middle of each edge passed.</returns>
    private static List<(double Y, double X)> Follow(ReadOnlySpan<byte> mask, ImageSize size, int startY, int startX,
        HashSet<(int, int)> traced)
    {
        var middles = new List<(double Y, double X)>();
        int y = startY, x = startX, direction = 0;
        do
        {
            if (direction == 0) traced.Add((y, x));
            middles.Add((y + _stepY[direction] * 0.5, x + _stepX[direction] * 0.5));
            y += _stepY[direction];
            x += _stepX[direction];
            // The four pixels around corner (y, x); left and right as seen when walking on.
            (int leftY, int leftX, int rightY, int rightX) = direction switch
            {
                0 => (y - 1, x, y, x),
                1 => (y, x, y, x - 1),
                2 => (y, x - 1, y - 1, x - 1),
                _ => (y - 1, x - 1, y - 1, x),
            };
            if (!IsObject(mask, size, rightY, rightX)) direction = (direction + 1) & 3;
            else if (IsObject(mask, size, leftY, leftX)) direction = (direction + 3) & 3;
        }
        while (y != startY || x != startX || direction != 0);
        return middles;
    }

    /// <summary>Takes the staircase out of a line: twice the mean of each point and its neighbours, weighted 1 2 1.</summary>
    private static (double Y, double X)[] Smooth(List<(double Y, double X)> line)
    {
        (double Y, double X)[] points = [.. line];
        if (points.Length < 16) return points;
        for (int pass = 0; pass < 2; pass++)
        {
            var next = new (double Y, double X)[points.Length];
            for (int i = 0; i < points.Length; i++)
            {
                (double Y, double X) a = points[(i + points.Length - 1) % points.Length], b = points[i],
                    c = points[(i + 1) % points.Length];
                next[i] = ((a.Y + 2 * b.Y + c.Y) / 4, (a.X + 2 * b.X + c.X) / 4);
            }
            points = next;
        }
        return points;
    }

    private static long BorderLength(ReadOnlySpan<byte> mask, ImageSize size)
    {
        long length = 0;
        for (int y = 0; y < size.Height; y++)
            for (int x = 0; x < size.Width; x++)
            {
                bool here = mask[y * size.Width + x] != 0;
                if (here != IsObject(mask, size, y, x - 1)) length++;
                if (here != IsObject(mask, size, y - 1, x)) length++;
            }
        return length;
    }

    private static bool IsUpperEdge(ReadOnlySpan<byte> mask, ImageSize size, int y, int x) =>
        mask[y * size.Width + x] != 0 && !IsObject(mask, size, y - 1, x);

    private static bool IsObject(ReadOnlySpan<byte> mask, ImageSize size, int y, int x) =>
        (uint)y < (uint)size.Height && (uint)x < (uint)size.Width && mask[y * size.Width + x] != 0;
}
