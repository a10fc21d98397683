using System.Numerics;
using System.Runtime.InteropServices;

namespace Fovea.Data.Scenery;

/// <summary>How a shape is filled: a colour or a run between two, with a texture of noise over it.</summary>
/// <param name="From">Colour where the run is 0: red, green, blue (0 to 1) and opacity.</param>
internal readonly record struct Paint(Vector4 From)
{
    /// <summary>Colour where the run is 1.</summary>
    public Vector4 To { get; init; } = From;

    /// <summary>The run at pixel (x, y) is X * x + Y * y + Z, kept within 0 to 1.</summary>
    public Vector3 Run { get; init; }

    /// <summary>Strength of the texture: the colour is multiplied by 1 - Grain to 1 + Grain.</summary>
    public float Grain { get; init; }

    /// <summary>Texture cells a pixel, across and down.</summary>
    public Vector2 GrainScale { get; init; } = new(0.5f, 0.5f);

    /// <summary>Moves the texture, so that no two things show the same one.</summary>
    public Vector2 GrainShift { get; init; }

    public static implicit operator Paint(Vector4 color) => new(color);

    /// <summary>A colour from 0xRRGGBB.</summary>
    public static Vector4 Rgb(int rgb) =>
        new((rgb >> 16) / 255f, ((rgb >> 8) & 255) / 255f, (rgb & 255) / 255f, 1);

    /// <summary>A colour made lighter or darker, its opacity kept.</summary>
    public static Vector4 Shade(Vector4 color, float by) => color * new Vector4(by, by, by, 1);

    /// <summary>A run from left to right between two columns.</summary>
    public static Vector3 Across(float x0, float x1) => new(1 / (x1 - x0), 0, -x0 / (x1 - x0));

    /// <summary>A run downwards between two rows.</summary>
    public static Vector3 Down(float y0, float y1) => new(0, 1 / (y1 - y0), -y0 / (y1 - y0));

    /// <summary>The colour of a pixel.</summary>
    public Vector4 At(int x, int y)
    {
        Vector4 color = From;
        if (Run != default) color += (To - From) * new Vector4(Exact.Clamp01(Run.X * x + Run.Y * y + Run.Z));
        if (Grain > 0)
        {
            float by = 1 + Grain * (2 * Noise.At(x * GrainScale.X + GrainShift.X, y * GrainScale.Y + GrainShift.Y) - 1);
            color *= new Vector4(by, by, by, 1);
        }
        return color;
    }
}

/// <summary>One filled polygon of a sketch: a range of the sketch's points.</summary>
internal readonly record struct Shape(int Start, int Count, int Part, Paint Paint);

/// <summary>What a thing looks like: polygons in picture coordinates, later ones over earlier ones.</summary>
internal sealed class Sketch
{
    private readonly List<Vector2> _points = [];
    private readonly List<Shape> _shapes = [];

    /// <summary>Which part of the thing the next shapes belong to (a limb, say); later parts lie over earlier ones.</summary>
    public int Part { get; set; }

    public ReadOnlySpan<Shape> Shapes => CollectionsMarshal.AsSpan(_shapes);

    public ReadOnlySpan<Vector2> PointsOf(in Shape shape) =>
        CollectionsMarshal.AsSpan(_points).Slice(shape.Start, shape.Count);

    public ReadOnlySpan<Vector2> Points => CollectionsMarshal.AsSpan(_points);

    /// <summary>A simple polygon, in either direction.</summary>
    public void Polygon(Paint paint, params ReadOnlySpan<Vector2> points)
    {
        _shapes.Add(new Shape(_points.Count, points.Length, Part, paint));
        foreach (Vector2 p in points) _points.Add(p);
    }

    /// <summary>A polygon in the world.</summary>
    public void Polygon(Camera camera, Paint paint, params ReadOnlySpan<Vector3> points)
    {
        Span<Vector2> seen = stackalloc Vector2[points.Length];
        for (int i = 0; i < points.Length; i++) seen[i] = camera.Project(points[i]);
        Polygon(paint, seen);
    }

    /// <summary>An ellipse, turned by an angle in turns.</summary>
    public void Ellipse(Paint paint, Vector2 center, float radiusX, float radiusY, float turns = 0)
    {
        (float sin, float cos) = Exact.SinCos(turns);
        int count = radiusX + radiusY > 24 ? 32 : radiusX + radiusY > 8 ? 20 : 12;
        Span<Vector2> points = stackalloc Vector2[count];
        for (int i = 0; i < count; i++)
        {
            (float s, float c) = Exact.SinCos((float)i / count);
            points[i] = center + new Vector2(c * radiusX * cos - s * radiusY * sin, c * radiusX * sin + s * radiusY * cos);
        }
        Polygon(paint, points);
    }

    /// <summary>An ellipse that lies in the plane of two directions in the world.</summary>
    public void Disc(Camera camera, Paint paint, Vector3 center, Vector3 u, Vector3 v, int count = 18)
    {
        Span<Vector2> points = stackalloc Vector2[count];
        for (int i = 0; i < count; i++)
        {
            (float s, float c) = Exact.SinCos((float)i / count);
            points[i] = camera.Project(center + u * c + v * s);
        }
        Polygon(paint, points);
    }

    /// <summary>A limb: from a round end to another, each with its radius.</summary>
    public void Limb(Paint paint, Vector2 a, float radiusA, Vector2 b, float radiusB)
    {
        const int Half = 7;
        Vector2 along = b - a;
        float length = Exact.Length(along);
        along = length > 1e-4f ? along / new Vector2(length) : new Vector2(0, 1);
        var across = new Vector2(-along.Y, along.X);
        Span<Vector2> points = stackalloc Vector2[2 * Half];
        for (int i = 0; i < Half; i++)
        {
            (float s, float c) = Exact.SinCos(0.5f * i / (Half - 1));
            points[i] = a + (across * c - along * s) * radiusA;
            points[Half + i] = b + (along * s - across * c) * radiusB;
        }
        Polygon(paint, points);
    }
}
