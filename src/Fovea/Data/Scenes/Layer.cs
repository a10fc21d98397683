using System.Buffers;
using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>One thing drawn by itself: colours (premultiplied by opacity), and which part is on top at each pixel. It may reach
/// beyond the picture, so that one knows how much of the thing the picture's edge cuts off.</summary>
internal sealed class Layer : IDisposable
{
    private readonly Vector4[] _colors;
    private readonly byte[] _parts;

    /// <summary>Draws a sketch.</summary>
    /// <param name="sketch">What to draw.</param>
    /// <param name="coverage">The working memory of the rasteriser.</param>
    /// <param name="reach">The layer keeps within -reach to +2 reach, across and down: a guard against giants.</param>
    public Layer(Sketch sketch, Coverage coverage, int reach)
    {
        float minX = 2 * reach, minY = 2 * reach, maxX = -reach, maxY = -reach;
        foreach (Vector2 p in sketch.Points)
        {
            minX = Math.Min(minX, p.X);
            maxX = Math.Max(maxX, p.X);
            minY = Math.Min(minY, p.Y);
            maxY = Math.Max(maxY, p.Y);
        }
        X = (int)MathF.Floor(Math.Clamp(minX, -reach, 2 * reach));
        Y = (int)MathF.Floor(Math.Clamp(minY, -reach, 2 * reach));
        Width = Math.Max(0, (int)Math.Clamp(maxX, -reach, 2 * reach) + 1 - X);
        Height = Math.Max(0, (int)Math.Clamp(maxY, -reach, 2 * reach) + 1 - Y);
        int size = Width * Height;
        _colors = ArrayPool<Vector4>.Shared.Rent(size);
        _parts = ArrayPool<byte>.Shared.Rent(size);
        _colors.AsSpan(0, size).Clear();
        _parts.AsSpan(0, size).Clear();
        Draw(sketch, coverage);
        foreach (Vector4 color in _colors.AsSpan(0, size)) Area += color.W >= 0.5f ? 1 : 0;
    }

    public int X { get; }

    public int Y { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Number of pixels that the whole thing covers, were nothing in front of it and the picture without end.</summary>
    public int Area { get; }

    /// <summary>The colours of one row, premultiplied by their opacity.</summary>
    public ReadOnlySpan<Vector4> Row(int row) => _colors.AsSpan(row * Width, Width);

    /// <summary>The part on top at a pixel of the picture, -1 outside the thing.</summary>
    public int PartAt(int x, int y)
    {
        (x, y) = (x - X, y - Y);
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height) return -1;
        int i = y * Width + x;
        return _colors[i].W >= 0.5f ? _parts[i] : -1;
    }

    public void Dispose()
    {
        ArrayPool<Vector4>.Shared.Return(_colors);
        ArrayPool<byte>.Shared.Return(_parts);
    }

    private void Draw(Sketch sketch, Coverage coverage)
    {
        Span<float> cover = Width <= 1024 ? stackalloc float[Width] : new float[Width];
        foreach (ref readonly Shape shape in sketch.Shapes)
        {
            Paint paint = shape.Paint;
            coverage.Trace(sketch.PointsOf(shape), X, Y, X + Width, Y + Height);
            for (int row = 0; row < coverage.Height; row++)
            {
                coverage.Row(row, cover);
                int y = coverage.Y + row, line = (y - Y) * Width + coverage.X - X;
                for (int column = 0; column < coverage.Width; column++)
                {
                    if (cover[column] < 1f / 512) continue;
                    Vector4 color = paint.At(coverage.X + column, y);
                    float opacity = color.W * cover[column];
                    color.W = 1;
                    ref Vector4 below = ref _colors[line + column];
                    below = below * new Vector4(1 - opacity) + color * new Vector4(opacity);
                    if (opacity >= 0.5f) _parts[line + column] = (byte)shape.Part;
                }
            }
        }
    }
}
