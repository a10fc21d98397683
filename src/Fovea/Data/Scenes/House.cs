using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Draws a house: four walls with windows and a door, a saddle roof, sometimes a chimney.</summary>
internal readonly struct House
{
    private static readonly int[] WallColors =
        [0xEDE6D8, 0xF4F2EC, 0xD9B99B, 0xB8735A, 0xE3CF8E, 0xA9BCC6, 0xC98F86, 0x9DB39A, 0x8C4A3C, 0xD8D4CC];
    private static readonly int[] RoofColors = [0x9A4A38, 0x7A3B30, 0x5B5C63, 0x6E5A4C, 0xA65F43, 0x44474E];

    private readonly Camera _camera;
    private readonly Light _light;
    private readonly Frame _frame;
    private readonly Sketch _sketch;
    private readonly float _u, _v, _wall, _ridge;      // half length along the ridge, half width across, heights
    private readonly int _floors, _perMeterTenths;
    private readonly Vector4 _wallColor, _roofColor, _trim, _door;
    private readonly Vector2 _grain;

    private House(Camera camera, Light light, Frame frame, Sketch sketch, ref SampleRandom random)
    {
        (_camera, _light, _frame, _sketch) = (camera, light, frame, sketch);
        _floors = random.Chance(0.55) ? 1 : 2;
        _u = (float)random.Uniform(3.4, 5.6);
        _v = (float)random.Uniform(2.7, 3.8);
        _wall = _floors * (float)random.Uniform(2.6, 3.0) + 0.2f;
        _ridge = _wall + _v * (float)random.Uniform(0.55, 1.0);
        _perMeterTenths = 4 + random.Next(3);
        _wallColor = Paint.Rgb(WallColors[random.Next(WallColors.Length)]);
        _roofColor = Paint.Rgb(RoofColors[random.Next(RoofColors.Length)]);
        _trim = Paint.Rgb(random.Chance(0.75) ? 0xF3F1EA : 0x5A4638);
        ReadOnlySpan<int> doors = [0x6B3F2A, 0x2F5D50, 0x8E2F2A, 0x32476B, 0xE8E2D4];
        _door = Paint.Rgb(doors[random.Next(doors.Length)]);
        _grain = new Vector2((float)random.Uniform(0, 200), (float)random.Uniform(0, 200));
    }

    /// <summary>A house on the ground at a place; it mostly shows its front to the camera.</summary>
    public static SceneThing Draw(Camera camera, Light light, Vector3 place, ref SampleRandom random)
    {
        var thing = new SceneThing(SceneClass.House, place.Z);
        float turns = (random.Chance(0.5) ? 0.25f : 0) + (float)random.Uniform(-0.1, 0.1);
        var house = new House(camera, light, new Frame(place, turns), thing.Sketch, ref random);
        house.Draw(ref random);
        (float u, float v) = (house._u, house._v);
        Frame f = house._frame;
        thing.CastShadow(camera, light, house._wall, f.At(u, v, 0), f.At(u, -v, 0), f.At(-u, -v, 0), f.At(-u, v, 0));
        return thing;
    }

    private void Draw(ref SampleRandom random)
    {
        if (random.Chance(0.6)) Chimney((float)random.Uniform(-0.6, 0.6) * _u);
        Wall(1, 0, ref random);
        Wall(-1, 0, ref random);
        Wall(0, 1, ref random);
        Wall(0, -1, ref random);
        RoofSlope(1);
        RoofSlope(-1);
    }

    // The wall on one side: (1, 0) and (-1, 0) are the gables at the ridge's ends, (0, 1) and (0, -1) lie under the eaves.
    private void Wall(int endwise, int sidewise, ref SampleRandom random)
    {
        Vector3 normal = _frame.Direction(endwise, sidewise, 0);
        Vector3 middle = _frame.At(endwise * _u, sidewise * _v, 1);
        float half = endwise != 0 ? _v : _u;
        Vector3 along = endwise != 0 ? _frame.Direction(0, 1, 0) : _frame.Direction(1, 0, 0);
        bool door = sidewise != 0 || random.Chance(0.6);
        int side = random.Next(3) - 1;
        if (!_camera.Sees(middle, normal)) return;
        Vector3 foot = middle - new Vector3(0, 1, 0), up = new(0, 1, 0);
        float scale = _camera.Scale(middle.Z);
        Vector4 color = _light.Lit(_wallColor, normal);
        Vector2 low = _camera.Project(foot), high = _camera.Project(foot + up * _wall);
        var paint = new Paint(color)
        {
            To = Paint.Shade(color, 0.86f), Run = Paint.Down(high.Y, low.Y), Grain = 0.07f,
            GrainScale = new Vector2(2 / scale, 9 / scale), GrainShift = _grain,
        };
        if (endwise != 0)
        {
            _sketch.Polygon(_camera, paint, foot - along * half, foot - along * half + up * _wall, foot + up * _ridge,
                foot + along * half + up * _wall, foot + along * half);
            Vector4 trim = _light.Lit(_trim, normal);
            foreach (int s in (ReadOnlySpan<int>)[-1, 1]) // boards along the edges of the roof
                _sketch.Polygon(_camera, trim, foot + along * (s * (half + 0.3f)) + up * (_wall - 0.25f), foot + up * (_ridge + 0.06f),
                    foot + up * (_ridge - 0.2f), foot + along * (s * (half + 0.3f)) + up * (_wall - 0.5f));
            if (_ridge - _wall > 1.9f) Window(foot, along, up, normal, 0, _wall + 0.25f, 0.8f, 0.9f, random.Chance(0.4));
        }
        else _sketch.Polygon(_camera, paint, foot - along * half, foot - along * half + up * _wall,
            foot + along * half + up * _wall, foot + along * half);
        Openings(foot, along, up, normal, half, door ? side : 9, ref random);
    }

    private void Openings(Vector3 foot, Vector3 along, Vector3 up, Vector3 normal, float half, int doorSlot, ref SampleRandom random)
    {
        int count = Math.Max(2, (int)(half * 2 * _perMeterTenths / 10f));
        float step = 2 * half / count, floor = (_wall - 0.2f) / _floors;
        int doorAt = doorSlot == 9 ? -1 : (count - 1) / 2 + (count > 2 ? doorSlot : 0);
        for (int level = 0; level < _floors; level++)
            for (int i = 0; i < count; i++)
            {
                float x = -half + step * (i + 0.5f);
                bool lamp = random.Chance(0.45);
                if (level == 0 && i == doorAt) Door(foot, along, up, normal, x);
                else Window(foot, along, up, normal, x, 0.2f + level * floor + 0.85f, Math.Min(1.15f, step * 0.62f), 1.25f, lamp);
            }
    }

    private void Door(Vector3 foot, Vector3 along, Vector3 up, Vector3 normal, float x)
    {
        Vector3 at = foot + along * x;
        _sketch.Polygon(_camera, _light.Lit(_trim, normal), Rectangle(at, along, up, 0.62f, 0, 2.25f));
        _sketch.Polygon(_camera, _light.Lit(_door, normal), Rectangle(at, along, up, 0.48f, 0, 2.12f));
        _sketch.Polygon(_camera, _light.Lit(Paint.Rgb(0xA9A59C), 0.5f), Rectangle(at, along, up, 0.8f, 0, 0.14f));
    }

    private void Window(Vector3 foot, Vector3 along, Vector3 up, Vector3 normal, float x, float low, float width, float height,
        bool lamp)
    {
        Vector3 at = foot + along * x;
        float w = width / 2;
        _sketch.Polygon(_camera, _light.Lit(_trim, normal), Rectangle(at, along, up, w + 0.1f, low - 0.1f, low + height + 0.1f));
        bool lit = lamp && _light.Lamps;
        Vector4 top = lit ? Paint.Rgb(0xFFE3A0) : Exact.Mix(Paint.Rgb(0x2B3742), _light.SkyTop, 0.35f);
        Vector4 bottom = lit ? Paint.Rgb(0xF3B95F) : Paint.Rgb(0x2A333B);
        float y0 = _camera.Project(at + up * (low + height)).Y, y1 = _camera.Project(at + up * low).Y;
        _sketch.Polygon(_camera, new Paint(top) { To = bottom, Run = Paint.Down(y0, y1) },
            Rectangle(at, along, up, w, low, low + height));
        Vector4 bar = _light.Lit(_trim, normal);
        _sketch.Polygon(_camera, bar, Rectangle(at, along, up, 0.04f, low, low + height));
        _sketch.Polygon(_camera, bar, Rectangle(at, along, up, w, low + height * 0.58f, low + height * 0.58f + 0.07f));
    }

    private static Vector3[] Rectangle(Vector3 at, Vector3 along, Vector3 up, float half, float low, float high) =>
        [at - along * half + up * low, at - along * half + up * high, at + along * half + up * high, at + along * half + up * low];

    private void RoofSlope(int side)
    {
        Vector3 normal = Exact.Unit(_frame.Direction(0, side * (_ridge - _wall), _v));
        const float Eaves = 0.45f, Gable = 0.4f;
        float drop = (_ridge - _wall) / _v * Eaves;
        Vector3 a = _frame.At(_u + Gable, side * (_v + Eaves), _wall - drop),
            b = _frame.At(-_u - Gable, side * (_v + Eaves), _wall - drop);
        Vector3 c = _frame.At(-_u - Gable, 0, _ridge), d = _frame.At(_u + Gable, 0, _ridge);
        if (!_camera.Sees((a + c) * 0.5f, normal)) return;
        Vector4 color = _light.Lit(_roofColor, normal);
        float scale = _camera.Scale(_frame.Origin.Z);
        var tiles = new Paint(color) { Grain = 0.13f, GrainScale = new Vector2(3 / scale, 5 / scale), GrainShift = _grain };
        _sketch.Polygon(_camera, tiles, a, b, c, d);
        const int Rows = 7;
        for (int i = 1; i < Rows; i++) // the shadow lines of tiles
        {
            float t = (float)i / Rows, thick = 0.22f / Rows;
            _sketch.Polygon(_camera, Paint.Shade(color, 0.8f), a + (d - a) * t, b + (c - b) * t, b + (c - b) * (t + thick),
                a + (d - a) * (t + thick));
        }
        _sketch.Polygon(_camera, _light.Lit(_trim, _frame.Direction(0, side, 0)), a, b, b - new Vector3(0, 0.16f, 0),
            a - new Vector3(0, 0.16f, 0));
    }

    private void Chimney(float along)
    {
        float top = _ridge + 0.7f, low = _ridge - 0.7f;
        foreach ((int f, int l) in (ReadOnlySpan<(int, int)>)[(1, 0), (-1, 0), (0, 1), (0, -1)])
        {
            Vector3 normal = _frame.Direction(f, l, 0);
            if (!_camera.Sees(_frame.At(along, 0, 0), normal)) continue;
            Vector3 a = _frame.At(along + 0.35f * f - 0.35f * l, 0.35f * l + 0.35f * f, low),
                b = _frame.At(along + 0.35f * f + 0.35f * l, 0.35f * l - 0.35f * f, low);
            var up = new Vector3(0, top - low, 0);
            _sketch.Polygon(_camera, _light.Lit(Paint.Rgb(0x8A5647), normal), a, b, b + up, a + up);
            _sketch.Polygon(_camera, _light.Lit(Paint.Rgb(0x5E4A44), normal), a + up * 0.86f, b + up * 0.86f, b + up, a + up);
        }
    }
}
