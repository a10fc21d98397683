using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>The weather and the hour of a scene.</summary>
internal sealed record Light
{
    public required Vector4 SkyTop { get; init; }

    public required Vector4 SkyLow { get; init; }

    public required Vector4 Cloud { get; init; }

    /// <summary>Part of the sky under clouds, 0 to 1.</summary>
    public required float Clouds { get; init; }

    /// <summary>Colour that falls on everything; the sun's is added on what faces it.</summary>
    public required Vector4 Ambient { get; init; }

    public required Vector4 Sun { get; init; }

    /// <summary>Unit vector towards the sun; it never stands behind what the camera sees.</summary>
    public required Vector3 ToSun { get; init; }

    /// <summary>Opacity of shadows on the ground.</summary>
    public required float Shadow { get; init; }

    /// <summary>Depth in metres at which half of a thing's colour is lost in haze.</summary>
    public required float HazeDepth { get; init; }

    /// <summary>True when lamps and windows are lit.</summary>
    public bool Lamps { get; init; }

    /// <summary>Brightness of a surface with this unit normal: the sum of ambient and sun light.</summary>
    public Vector4 On(Vector3 normal) => Ambient + Sun * new Vector4(Math.Max(0, Exact.Dot(normal, ToSun)));

    /// <summary>A colour under the light that an upright, rounded thing receives on the whole.</summary>
    public Vector4 Lit(Vector4 color, float facing = 0.6f)
    {
        Vector4 lit = color * (Ambient + Sun * new Vector4(facing));
        return lit with { W = color.W };
    }

    /// <summary>A surface's colour under this light, its opacity kept.</summary>
    public Vector4 Lit(Vector4 color, Vector3 normal)
    {
        Vector4 lit = color * On(normal);
        return lit with { W = color.W };
    }

    /// <summary>How much of a colour is lost in haze at a depth, 0 to 1.</summary>
    public float HazeAt(float depth) => depth / (depth + HazeDepth);

    public static Light Draw(ref SampleRandom random)
    {
        float side = random.Chance(0.5) ? -1 : 1;
        Vector3 Towards(float high, float turn) => Exact.Unit(new Vector3(side * turn, high, -0.6f));
        float pick = (float)random.NextDouble(), vary = (float)random.Uniform(0.93, 1.05);
        if (pick < 0.45f) // a clear day
            return new Light
            {
                SkyTop = Paint.Rgb(0x4A86C8), SkyLow = Paint.Rgb(0xC3DDEE), Cloud = Paint.Rgb(0xFAFBFC),
                Clouds = (float)random.Uniform(0.2, 0.55), Ambient = new Vector4(0.60f, 0.63f, 0.68f, 0) * vary,
                Sun = new Vector4(0.52f, 0.48f, 0.42f, 0) * vary, ToSun = Towards(1.2f, (float)random.Uniform(0.5, 1.2)),
                Shadow = 0.36f, HazeDepth = (float)random.Uniform(160, 400),
            };
        if (pick < 0.65f) // overcast
            return new Light
            {
                SkyTop = Paint.Rgb(0x9AA7B4), SkyLow = Paint.Rgb(0xD3D9DC), Cloud = Paint.Rgb(0xE4E7E9),
                Clouds = (float)random.Uniform(0.6, 0.85), Ambient = new Vector4(0.76f, 0.78f, 0.80f, 0) * vary,
                Sun = new Vector4(0.14f, 0.14f, 0.14f, 0), ToSun = Towards(2.5f, 0.4f),
                Shadow = 0.2f, HazeDepth = (float)random.Uniform(110, 240),
            };
        if (pick < 0.85f) // a golden evening
            return new Light
            {
                SkyTop = Paint.Rgb(0x5D83B5), SkyLow = Paint.Rgb(0xF6D3A2), Cloud = Paint.Rgb(0xFFE3C4),
                Clouds = (float)random.Uniform(0.25, 0.6), Ambient = new Vector4(0.56f, 0.54f, 0.58f, 0) * vary,
                Sun = new Vector4(0.60f, 0.46f, 0.26f, 0) * vary, ToSun = Towards(0.55f, (float)random.Uniform(0.7, 1.4)),
                Shadow = 0.32f, HazeDepth = (float)random.Uniform(140, 300),
            };
        return new Light // dusk
        {
            SkyTop = Paint.Rgb(0x35507F), SkyLow = Paint.Rgb(0xC9A6A6), Cloud = Paint.Rgb(0xB9A3B4),
            Clouds = (float)random.Uniform(0.3, 0.6), Ambient = new Vector4(0.50f, 0.53f, 0.66f, 0) * vary,
            Sun = new Vector4(0.16f, 0.14f, 0.16f, 0), ToSun = Towards(0.8f, 0.6f),
            Shadow = 0.18f, HazeDepth = (float)random.Uniform(120, 240), Lamps = true,
        };
    }
}
