using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Paints what lies behind all things: sky with clouds, hills, and the ground of grass, road and water.</summary>
internal sealed class Backdrop
{
    private readonly Camera _camera;
    private readonly Light _light;
    private readonly Land _land;
    private readonly int _height, _width;
    private readonly float _shift;
    private readonly float[] _farHills, _nearHills;                         // height above the horizon in each column
    private readonly Vector4 _grass, _grassDry, _road, _water, _hillNear;

    public Backdrop(Camera camera, Light light, Land land, int height, int width, ref SampleRandom random)
    {
        (_camera, _light, _land, _height, _width) = (camera, light, land, height, width);
        _shift = (float)random.Uniform(0, 200);
        ReadOnlySpan<int> grass = [0x6C9A45, 0x7FA04B, 0x5E8F4E, 0x93A355, 0x86963F];
        _grass = Paint.Rgb(grass[random.Next(grass.Length)]);
        _grassDry = Exact.Mix(_grass, Paint.Rgb(0xB9A766), (float)random.Uniform(0.25, 0.75));
        ReadOnlySpan<int> road = [0x6E6E70, 0x7C7A76, 0x5C5E63, 0x94897A];
        _road = Paint.Rgb(road[random.Next(road.Length)]);
        ReadOnlySpan<int> water = [0x3F7391, 0x46838C, 0x35607F, 0x55868A];
        _water = Paint.Rgb(water[random.Next(water.Length)]);
        ReadOnlySpan<int> hills = [0x5E7F5A, 0x6C7F68, 0x78806A, 0x61776F];
        _hillNear = Paint.Rgb(hills[random.Next(hills.Length)]);
        _farHills = new float[width];
        _nearHills = new float[width];
        if (random.Chance(0.25)) return;                                   // flat country
        float high = (float)random.Uniform(0.06, 0.2) * height, scale = (float)random.Uniform(2, 5) / width;
        for (int x = 0; x < width; x++)
        {
            _farHills[x] = high * (0.35f + 0.9f * Noise.Fractal(x * scale * 0.7f + _shift, 70.5f, 3));
            _nearHills[x] = high * (0.95f * Noise.Fractal(x * scale + _shift, 7.5f, 4));
        }
    }

    /// <summary>Paints one row of the picture.</summary>
    /// <param name="y">The row.</param>
    /// <param name="colors">Receives a colour a pixel.</param>
    /// <param name="labels">Receives a class a pixel (<see cref="SceneClass"/>).</param>
    public void PaintRow(int y, Span<Vector4> colors, Span<byte> labels)
    {
        if (y + 0.5f < _camera.Horizon) PaintSky(y, colors, labels);
        else PaintGround(y, colors, labels);
    }

    private void PaintSky(int y, Span<Vector4> colors, Span<byte> labels)
    {
        float up = (_camera.Horizon - y - 0.5f) / _camera.Horizon;         // 0 at the horizon, 1 at the top
        Vector4 sky = Exact.Mix(_light.SkyLow, _light.SkyTop, up * (1.6f - 0.6f * up));
        float depth = 1 / (up + 0.12f), fade = Exact.Clamp01(up * 5);
        float rise = _camera.Horizon - y - 0.5f;
        for (int x = 0; x < _width; x++)
        {
            float across = (x - _camera.CenterX) / _height;
            float cloud = Noise.Fractal(across * depth * 1.9f + _shift, depth * 2.4f + _shift, 5);
            cloud = Exact.SmoothStep(1 - _light.Clouds - 0.16f, 1 - _light.Clouds + 0.22f, cloud) * fade;
            Vector4 shaded = Paint.Shade(_light.Cloud, 0.86f + 0.14f * cloud);
            Vector4 color = Exact.Mix(sky, shaded, cloud * 0.92f);
            labels[x] = (byte)SceneClass.Sky;
            Hill(ref color, ref labels[x], Exact.Clamp01(_farHills[x] - rise + 0.5f), x, y, 0.62f);
            Hill(ref color, ref labels[x], Exact.Clamp01(_nearHills[x] - rise + 0.5f), x, y, 0.3f);
            colors[x] = color;
        }
    }

    private void Hill(ref Vector4 color, ref byte label, float cover, int x, int y, float haze)
    {
        if (cover <= 0) return;
        float texture = 0.8f + 0.4f * Noise.Fractal(x * 0.12f + haze * 90, y * 0.22f + _shift, 3);
        Vector4 hill = _light.Lit(Paint.Shade(_hillNear, texture), 0.5f);
        color = Exact.Mix(color, Exact.Mix(hill, _light.SkyLow, haze), cover);
        if (cover >= 0.5f) label = (byte)SceneClass.Hill;
    }

    private void PaintGround(int y, Span<Vector4> colors, Span<byte> labels)
    {
        float z = Math.Min(_camera.DepthOfRow(y + 0.5f), 2000);
        float perPixel = z / _camera.Focal, deep = z * z / (_camera.Focal * _camera.Height); // metres a pixel covers
        float haze = _light.HazeAt(z), flat = _light.ToSun.Y * 0.8f;
        // Textures fade out where their features would be smaller than a pixel.
        float coarse = Exact.Clamp01(1.5f - deep * 0.35f), fine = Exact.Clamp01(1.5f - deep * 2.5f),
            blades = Exact.Clamp01(1.6f - perPixel * 35);
        Vector4 sky = Exact.Mix(_light.SkyLow, _light.SkyTop, Exact.Clamp01(1.3f - z / 40));
        for (int x = 0; x < _width; x++)
        {
            float worldX = (x + 0.5f - _camera.CenterX) * perPixel;
            float water = Exact.Clamp01(_land.InWater(worldX, z) / EdgeWidth(perPixel, deep) + 0.5f);
            float road = Exact.Clamp01(_land.OnRoad(worldX, z) / EdgeWidth(perPixel, deep) + 0.5f);
            Vector4 color = default;
            if (water < 1 && road < 1) color = Grass(worldX, z, coarse, fine, blades, flat);
            if (water > 0 && road < 1) color = Exact.Mix(color, Shore(worldX, z, deep, sky), water);
            if (road > 0) color = Exact.Mix(color, Road(worldX, z, fine, flat), road);
            colors[x] = Exact.Mix(color, _light.SkyLow, haze);
            labels[x] = (byte)(road >= 0.5f ? SceneClass.Road : water >= 0.5f ? SceneClass.Water : SceneClass.Grass);
        }
    }

    private float EdgeWidth(float across, float deep) =>
        _land.RoadAway || _land.Coast != 0 ? Math.Max(across, 0.06f) : Math.Max(deep, 0.1f);

    private Vector4 Grass(float x, float z, float coarse, float fine, float blades, float flat)
    {
        float dry = Noise.Fractal(x * 0.12f + _shift, z * 0.12f, 2);
        Vector4 color = Exact.Mix(_grass, _grassDry, Exact.SmoothStep(0.35f, 0.75f, dry));
        float texture = 1;
        if (coarse > 0) texture += coarse * 0.22f * (Noise.At(x * 0.9f, z * 0.7f + _shift) - 0.5f);
        if (fine > 0) texture += fine * 0.26f * (Noise.At(x * 5, z * 4 + _shift) - 0.5f);
        if (blades > 0) texture += blades * 0.42f * (Noise.At(x * 24, z * 8.5f + _shift) - 0.5f);
        return _light.Lit(Paint.Shade(color, texture), flat);
    }

    private Vector4 Road(float x, float z, float fine, float flat)
    {
        float texture = 1 + 0.10f * (Noise.At(x * 0.5f, z * 0.3f + _shift) - 0.5f);
        if (fine > 0) texture += fine * 0.2f * (Noise.At(x * 11, z * 6) - 0.5f);
        Vector4 color = Paint.Shade(_road, texture);
        float mark = Marking(x, z);
        if (mark > 0) color = Exact.Mix(color, Paint.Rgb(0xE9E6DA), 0.85f * mark);
        return _light.Lit(color, flat);
    }

    // Painted lines: a dashed one in the middle, thin ones near the edges; 0 to 1.
    private float Marking(float x, float z)
    {
        float fromMiddle, along, half;
        if (_land.RoadAcross.Far > _land.RoadAcross.Near)
        {
            half = 0.5f * (_land.RoadAcross.Far - _land.RoadAcross.Near);
            (fromMiddle, along) = (Math.Abs(z - _land.RoadAcross.Near - half), x);
        }
        else (half, fromMiddle, along) = (_land.RoadHalf, Math.Abs(x - _land.RoadMiddle(z)), z);
        float blur = Math.Max(0.05f, z / _camera.Focal * (_land.RoadAway ? 0.7f : 2.5f));
        float dash = along / 5 - MathF.Floor(along / 5) < 0.5f ? 1 : 0;
        float middle = dash * Exact.Clamp01((0.09f + blur * 0.5f - fromMiddle) / blur);
        float edge = Exact.Clamp01((0.07f + blur * 0.5f - Math.Abs(fromMiddle - half + 0.35f)) / blur);
        return Math.Max(middle, edge);
    }

    private Vector4 Shore(float x, float z, float deep, Vector4 sky)
    {
        float ripple = Noise.At(x * 0.5f, z * 1.7f + _shift) * 0.6f + Noise.At(x * 1.9f + 31, z * 5.5f) * 0.4f;
        float strength = Exact.Clamp01(1.4f - deep * 0.5f);
        float calm = Noise.At(x * 0.05f + _shift, z * 0.16f);
        float mirror = Exact.Clamp01(0.42f + 0.25f * (calm - 0.5f) + strength * 0.75f * (ripple - 0.5f));
        Vector4 color = Exact.Mix(_light.Lit(_water, 0.5f), sky, mirror);
        float foam = Exact.Clamp01(1 - Math.Abs(_land.InWater(x, z) - 0.25f) * 3) * strength;
        return Exact.Mix(color, _light.Lit(Paint.Rgb(0xE6EAE4), 0.6f), foam * 0.5f * ripple);
    }
}
