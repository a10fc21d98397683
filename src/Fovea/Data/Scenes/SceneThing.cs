using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>A key point of a thing, in picture coordinates.</summary>
/// <param name="At">Where it is.</param>
/// <param name="Part">The part of the sketch that it lies on: it is hidden where a later part lies over it.</param>
/// <param name="Turned">True when it is on the side turned away from the camera.</param>
internal readonly record struct Joint(Vector2 At, int Part, bool Turned);

/// <summary>One thing that stands in a scene: how it looks and what it is.</summary>
internal sealed class SceneThing(SceneClass label, float depth)
{
    public SceneClass Label { get; } = label;

    /// <summary>Metres from the camera; nearer things hide farther ones.</summary>
    public float Depth { get; } = depth;

    public Sketch Sketch { get; } = new();

    /// <summary>Drawn onto the ground before all things.</summary>
    public Sketch Shadow { get; } = new();

    public Joint[] Joints { get; set; } = [];

    /// <summary>A shadow on the ground below a thing's footprint: the footprint and itself moved away from the sun, together.</summary>
    public void CastShadow(Camera camera, Light light, float height, params ReadOnlySpan<Vector3> footprint)
    {
        Vector3 away = new(-light.ToSun.X / light.ToSun.Y, 0, -light.ToSun.Z / light.ToSun.Y);
        var points = new List<Vector3>();
        foreach (Vector3 p in footprint)
        {
            points.Add(p with { Y = 0 });
            Vector3 far = (p with { Y = 0 }) + away * (height * 0.6f);
            points.Add(far with { Z = Math.Max(far.Z, 2) });
        }
        Shadow.Polygon(camera, new Vector4(0.05f, 0.06f, 0.12f, light.Shadow), [.. Exact.Hull(points)]);
    }

    /// <summary>A soft dark patch on the ground right below a thing.</summary>
    public void CastContact(Camera camera, Light light, Vector3 center, Vector3 u, Vector3 v)
    {
        var dark = new Vector4(0.04f, 0.05f, 0.08f, 0.16f + light.Shadow * 0.3f);
        Shadow.Disc(camera, dark, center, u * 1.15f, v * 1.15f);
        Shadow.Disc(camera, dark, center, u * 0.85f, v * 0.85f);
    }
}
