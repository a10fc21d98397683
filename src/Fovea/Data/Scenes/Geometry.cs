using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>A pinhole camera above flat ground. World: metres, X to the right, Y up (the ground is Y = 0), Z away from the
/// camera. Picture: pixels, x to the right, y down. Upright edges stay upright: the horizon is moved, not the camera tilted.</summary>
internal readonly record struct Camera(float Focal, float CenterX, float Horizon, float Height)
{
    public Vector2 Project(Vector3 p) => new(CenterX + Focal * p.X / p.Z, Horizon + Focal * (Height - p.Y) / p.Z);

    /// <summary>Pixels a metre at this depth.</summary>
    public float Scale(float depth) => Focal / depth;

    /// <summary>Depth of the ground seen in this picture row, which lies below the horizon.</summary>
    public float DepthOfRow(float y) => Focal * Height / (y - Horizon);

    /// <summary>True when a surface with this normal at this place shows its front.</summary>
    public bool Sees(Vector3 place, Vector3 normal) =>
        normal.X * -place.X + normal.Y * (Height - place.Y) + normal.Z * -place.Z > 0;
}

/// <summary>A thing's own axes on the ground: forward, left (seen from above, facing forward) and up.</summary>
internal readonly struct Frame
{
    /// <param name="origin">Where the thing stands.</param>
    /// <param name="turns">Which way it faces: 0 away from the camera, 0.25 to the left, 0.5 towards the camera.</param>
    public Frame(Vector3 origin, float turns)
    {
        Origin = origin;
        (float sin, float cos) = Exact.SinCos(turns);
        Forward = new Vector3(-sin, 0, cos);
        Left = new Vector3(-cos, 0, -sin);
    }

    public Vector3 Origin { get; }

    public Vector3 Forward { get; }

    public Vector3 Left { get; }

    public Vector3 At(float forward, float left, float up) =>
        Origin + Forward * forward + Left * left + new Vector3(0, up, 0);

    public Vector3 Direction(float forward, float left, float up) => Forward * forward + Left * left + new Vector3(0, up, 0);
}

/// <summary>The little mathematics that a scene needs, from operations that IEEE 754 rounds alike everywhere (+ - * / and
/// square root): the libraries' sine and the vector types' dot products may differ in the last bit between machines.</summary>
internal static class Exact
{
    /// <summary>Sine and cosine of an angle in turns, to about 1e-7.</summary>
    public static (float Sin, float Cos) SinCos(float turns) => ((float)Sin(turns), (float)Sin(turns + 0.25));

    private static double Sin(double turns)
    {
        double t = turns - Math.Floor(turns + 0.5);           // -0.5 .. 0.5
        if (t > 0.25) t = 0.5 - t;
        else if (t < -0.25) t = -0.5 - t;                     // -0.25 .. 0.25
        double x = t * (2 * Math.PI), s = x * x;
        return x * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110 * (1 - s / 156))))));
    }

    public static float Dot(Vector3 a, Vector3 b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z;

    public static float Length(Vector2 v) => MathF.Sqrt(v.X * v.X + v.Y * v.Y);

    public static Vector3 Unit(Vector3 v) => v / MathF.Sqrt(Dot(v, v));

    public static float Clamp01(float t) => t < 0 ? 0 : t > 1 ? 1 : t;

    public static float SmoothStep(float from, float to, float t)
    {
        t = Clamp01((t - from) / (to - from));
        return t * t * (3 - 2 * t);
    }

    public static Vector4 Mix(Vector4 a, Vector4 b, float t) => a + (b - a) * new Vector4(t);

    /// <summary>The convex hull of points on the ground (X and Z), in order around it (Andrew's monotone chain).</summary>
    public static List<Vector3> Hull(List<Vector3> points)
    {
        points.Sort((a, b) => a.X != b.X ? a.X.CompareTo(b.X) : a.Z.CompareTo(b.Z));
        var hull = new List<Vector3>();
        for (int pass = 0; pass < 2; pass++)
        {
            int start = hull.Count;
            for (int i = 0; i < points.Count; i++)
            {
                Vector3 p = pass == 0 ? points[i] : points[points.Count - 1 - i];
                while (hull.Count >= start + 2 && Cross(hull[^2], hull[^1], p) <= 0) hull.RemoveAt(hull.Count - 1);
                hull.Add(p);
            }
            hull.RemoveAt(hull.Count - 1); // the first point of the other half
        }
        return hull;
    }

    private static float Cross(Vector3 o, Vector3 a, Vector3 b) => (a.X - o.X) * (b.Z - o.Z) - (a.Z - o.Z) * (b.X - o.X);
}
