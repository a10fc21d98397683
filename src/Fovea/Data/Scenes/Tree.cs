using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Draws a tree: a round crown of leaves, a conifer or a poplar.</summary>
internal static class Tree
{
    private static readonly int[] Leaves = [0x4F7F3A, 0x3F6F3B, 0x6A8F3C, 0x577A46, 0x7C9440];
    private static readonly int[] AutumnLeaves = [0xC98A35, 0xB5592F, 0xD0A940, 0xA8783A];
    private static readonly int[] Needles = [0x2F5640, 0x3B6348, 0x35593A, 0x46685A];

    /// <summary>A tree on the ground at a place.</summary>
    public static SceneThing Draw(Camera camera, Light light, Vector3 place, bool autumn, ref SampleRandom random)
    {
        var thing = new SceneThing(SceneClass.Tree, place.Z);
        Vector2 foot = camera.Project(place);
        float scale = camera.Scale(place.Z), kind = (float)random.NextDouble();
        float radius;
        if (kind < 0.58f) radius = Round(thing.Sketch, light, foot, scale, autumn, ref random);
        else if (kind < 0.85f) radius = Conifer(thing.Sketch, light, foot, scale, ref random);
        else radius = Poplar(thing.Sketch, light, foot, scale, autumn, ref random);
        thing.CastContact(camera, light, place, new Vector3(0.5f, 0, 0), new Vector3(0, 0, 0.5f));
        // The crown's shadow lies away from the sun, and the trunk's leads to it.
        var dark = new Vector4(0.05f, 0.06f, 0.12f, light.Shadow);
        Vector3 away = Exact.Unit(new Vector3(-light.ToSun.X, 0, -light.ToSun.Z)), across = new(-away.Z, 0, away.X);
        Vector3 center = place + away * (radius * Math.Min(1.7f, 0.9f / light.ToSun.Y)), edge = center - away * (radius * 1.05f);
        thing.Shadow.Disc(camera, dark, center, away * (radius * 1.1f), across * (radius * 0.85f));
        if (Exact.Dot(edge - place, away) > 0.2f)
            thing.Shadow.Polygon(camera, dark, place - across * 0.2f, place + across * 0.2f, edge + across * 0.15f, edge - across * 0.15f);
        return thing;
    }

    private static float Round(Sketch sketch, Light light, Vector2 foot, float scale, bool autumn, ref SampleRandom random)
    {
        float height = (float)random.Uniform(4.2, 8), crown = height * (float)random.Uniform(0.26, 0.38);
        float trunk = height * (float)random.Uniform(0.2, 0.34);
        Trunk(sketch, light, foot, scale, trunk + crown, 0.16f + height * 0.02f, ref random);
        ReadOnlySpan<int> colors = autumn && random.Chance(0.7) ? AutumnLeaves : Leaves;
        Vector4 color = Vary(Paint.Rgb(colors[random.Next(colors.Length)]), ref random);
        var center = foot - new Vector2(0, (trunk + crown * 0.95f) * scale);
        float flat = (float)random.Uniform(0.85, 1.15), toSun = light.ToSun.X < 0 ? -1 : 1;
        for (int layer = 0; layer < 3; layer++) // dark at the back and below, light towards the sun
        {
            int count = layer == 0 ? 8 : layer == 1 ? 7 : 6;
            float shade = layer == 0 ? 0.66f : layer == 1 ? 0.88f : 1.08f;
            float spread = layer == 0 ? 0.62f : layer == 1 ? 0.5f : 0.42f;
            var shift = new Vector2(toSun * 0.12f * layer, -0.13f * layer) * crown;
            for (int i = 0; i < count; i++)
            {
                (float s, float c) = Exact.SinCos((i + (float)random.Uniform(-0.3, 0.3)) / count);
                var at = new Vector2(c * spread * crown, s * spread * crown * flat * 0.9f) + shift;
                float size = crown * (float)random.Uniform(0.36, 0.52) * (1 - 0.17f * layer);
                Vector4 lit = light.Lit(Paint.Shade(color, shade * (float)random.Uniform(0.95, 1.06)), 0.25f + 0.22f * layer);
                Blob(sketch, Leafy(lit, scale, ref random), center + at * scale, size * scale, flat, ref random);
            }
        }
        return crown;
    }

    private static float Conifer(Sketch sketch, Light light, Vector2 foot, float scale, ref SampleRandom random)
    {
        float height = (float)random.Uniform(4.5, 9), half = height * (float)random.Uniform(0.2, 0.28), trunk = height * 0.1f;
        Trunk(sketch, light, foot, scale, trunk * 2, 0.2f, ref random);
        Vector4 color = Vary(Paint.Rgb(Needles[random.Next(Needles.Length)]), ref random);
        int tiers = 4 + random.Next(3);
        float toSun = light.ToSun.X < 0 ? -1 : 1;
        Span<Vector2> points = stackalloc Vector2[14];
        for (int tier = 0; tier < tiers; tier++)
        {
            float low = trunk + (height - trunk) * tier / tiers * 0.92f;
            float high = Math.Min(height, low + (height - trunk) / tiers * 1.9f);
            float width = half * (1 - 0.8f * tier / tiers);
            points[0] = foot - new Vector2(0, high * scale);
            for (int i = 0; i < 13; i++) // the hanging, jagged lower edge
            {
                float t = i / 6f - 1, droop = 0.10f * width * (1 - t * t) + (i % 2 == 0 ? 0 : 0.16f * width);
                points[1 + i] = foot + new Vector2(t * width * scale,
                    (-low + droop - 0.1f * (float)random.NextDouble() * width) * scale);
            }
            Vector4 lit = light.Lit(color, 0.6f);
            Paint paint = Leafy(Paint.Shade(lit, 1.12f), scale, ref random) with
            {
                To = Paint.Shade(lit, 0.68f), Run = Paint.Across(foot.X + toSun * width * scale, foot.X - toSun * width * scale),
            };
            sketch.Polygon(paint, points);
        }
        return half;
    }

    private static float Poplar(Sketch sketch, Light light, Vector2 foot, float scale, bool autumn, ref SampleRandom random)
    {
        float height = (float)random.Uniform(6, 10), half = height * (float)random.Uniform(0.1, 0.16), trunk = height * 0.12f;
        Trunk(sketch, light, foot, scale, trunk * 2, 0.2f, ref random);
        ReadOnlySpan<int> colors = autumn ? AutumnLeaves : Leaves;
        Vector4 color = light.Lit(Vary(Paint.Rgb(colors[random.Next(colors.Length)]), ref random), 0.6f);
        float toSun = light.ToSun.X < 0 ? -1 : 1;
        for (int i = 0; i < 9; i++)
        {
            float t = i / 8f, wide = half * (0.55f + 1.5f * t * (1 - t)) * (float)random.Uniform(0.85, 1.1);
            var at = foot - new Vector2((float)random.Uniform(-0.12, 0.12) * half,
                trunk + half * 0.8f + (height - trunk - 1.6f * half) * t) * scale;
            Paint paint = Leafy(Paint.Shade(color, 1.12f), scale, ref random) with
            {
                To = Paint.Shade(color, 0.7f), Run = Paint.Across(at.X + toSun * wide * scale, at.X - toSun * wide * scale),
            };
            Blob(sketch, paint, at, wide * scale, 1.25f, ref random);
        }
        return half;
    }

    private static void Trunk(Sketch sketch, Light light, Vector2 foot, float scale, float height, float half, ref SampleRandom random)
    {
        Vector4 bark = light.Lit(Vary(Paint.Rgb(random.Chance(0.15) ? 0xC9C4B6 : 0x6A5240), ref random), 0.5f);
        float lean = (float)random.Uniform(-0.2, 0.2);
        var paint = new Paint(Paint.Shade(bark, light.ToSun.X < 0 ? 1.1f : 0.7f))
        {
            To = Paint.Shade(bark, light.ToSun.X < 0 ? 0.7f : 1.1f), Run = Paint.Across(foot.X - half * scale, foot.X + half * scale),
        };
        sketch.Polygon(paint, foot + new Vector2(-half * 1.3f, 0) * scale, foot + new Vector2(-half * 0.7f + lean, -height) * scale,
            foot + new Vector2(half * 0.7f + lean, -height) * scale, foot + new Vector2(half * 1.3f, 0) * scale);
    }

    // A round patch of leaves with an uneven edge.
    private static void Blob(Sketch sketch, Paint paint, Vector2 center, float radius, float tall, ref SampleRandom random)
    {
        int count = radius > 7 ? 22 : 13;
        Span<Vector2> points = stackalloc Vector2[count];
        for (int i = 0; i < count; i++)
        {
            (float s, float c) = Exact.SinCos((float)i / count);
            float r = radius * (float)random.Uniform(0.84, 1.12);
            points[i] = center + new Vector2(c * r, s * r * tall);
        }
        sketch.Polygon(paint, points);
    }

    private static Paint Leafy(Vector4 color, float scale, ref SampleRandom random)
    {
        float cells = Math.Min(0.7f, 5.5f / scale);
        return new Paint(color)
        {
            Grain = 0.26f, GrainScale = new Vector2(cells, cells),
            GrainShift = new Vector2((float)random.Uniform(0, 200), (float)random.Uniform(0, 200)),
        };
    }

    private static Vector4 Vary(Vector4 color, ref SampleRandom random) => color * new Vector4(
        (float)random.Uniform(0.88, 1.12), (float)random.Uniform(0.92, 1.08), (float)random.Uniform(0.85, 1.15), 1);
}
