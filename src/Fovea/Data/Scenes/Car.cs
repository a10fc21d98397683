using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Draws a car from any side: a body and a cabin, each a side view drawn out across the width, with glass, lamps and
/// wheels.</summary>
internal readonly struct Car
{
    private static readonly int[] Colors =
        [0xC9302C, 0x2F5FA8, 0xE9E9E6, 0x2B2D30, 0x8E9499, 0xD9A521, 0x3D7A57, 0x7A2F45, 0x5BA3C7, 0xD0692C, 0xB9BDC0];

    private readonly Camera _camera;
    private readonly Light _light;
    private readonly Frame _frame;
    private readonly Sketch _sketch;
    private readonly float _length, _half, _high, _belt, _wheel;   // metres
    private readonly Vector2[] _body, _cabin;                      // forward and up
    private readonly Vector4 _color;

    private Car(Camera camera, Light light, Frame frame, Sketch sketch, ref SampleRandom random)
    {
        (_camera, _light, _frame, _sketch) = (camera, light, frame, sketch);
        int kind = random.Next(4); // saloon, hatchback, high, van
        _length = (float)random.Uniform(3.9, 4.6) + (kind == 3 ? 0.6f : 0);
        _half = (float)random.Uniform(0.84, 0.92) + (kind == 3 ? 0.08f : 0);
        _high = kind switch { 0 or 1 => 1.44f, 2 => 1.72f, _ => 2.1f } * (float)random.Uniform(0.97, 1.05);
        _belt = kind switch { 0 or 1 => 0.92f, 2 => 1.08f, _ => 1.15f };
        _wheel = kind >= 2 ? 0.37f : 0.32f;
        float l = _length, b = _belt;
        _body = [new(-0.5f * l, 0.26f), new(-0.5f * l, b - 0.14f), new(-0.47f * l, b), new(0.24f * l, b),
            new(0.47f * l, b - (kind == 3 ? 0.12f : 0.2f)), new(0.5f * l, b - 0.38f), new(0.5f * l, 0.26f)];
        _cabin = kind switch
        {
            0 => [new(-0.38f * l, b), new(-0.22f * l, _high), new(0.06f * l, _high), new(0.24f * l, b)],
            1 => [new(-0.48f * l, b), new(-0.40f * l, _high), new(0.06f * l, _high), new(0.25f * l, b)],
            2 => [new(-0.48f * l, b), new(-0.44f * l, _high), new(0.08f * l, _high), new(0.24f * l, b)],
            _ => [new(-0.49f * l, b), new(-0.48f * l, _high), new(0.20f * l, _high), new(0.34f * l, b)],
        };
        Vector4 color = Paint.Rgb(Colors[random.Next(Colors.Length)]);
        _color = Paint.Shade(color, (float)random.Uniform(0.88, 1.08));
    }

    /// <summary>A car on the ground at a place, facing a direction (in turns, see <see cref="Frame"/>).</summary>
    public static SceneThing Draw(Camera camera, Light light, Vector3 place, float turns, ref SampleRandom random)
    {
        var thing = new SceneThing(SceneClass.Car, place.Z);
        var car = new Car(camera, light, new Frame(place, turns), thing.Sketch, ref random);
        car.Draw();
        Frame f = car._frame;
        float l = car._length / 2, w = car._half;
        thing.CastShadow(camera, light, car._high * 0.7f, f.At(l, w, 0), f.At(l, -w, 0), f.At(-l, -w, 0), f.At(-l, w, 0));
        thing.CastContact(camera, light, place, f.Direction(l, 0, 0), f.Direction(0, w, 0));
        return thing;
    }

    private void Draw()
    {
        int near = _camera.Sees(_frame.At(0, _half, 0), _frame.Direction(0, 1, 0)) ? 1
            : _camera.Sees(_frame.At(0, -_half, 0), _frame.Direction(0, -1, 0)) ? -1 : 0;
        foreach (float at in (ReadOnlySpan<float>)[-0.31f, 0.31f])
            foreach (int side in (ReadOnlySpan<int>)[-1, 1]) Tyre(at * _length, side);
        Vector4 dark = _light.Lit(Paint.Rgb(0x22242A), 0.2f);
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
            _sketch.Polygon(_camera, dark, _frame.At(-0.42f * _length, side * _half * 0.9f, 0.16f),
                _frame.At(-0.42f * _length, side * _half * 0.9f, 0.5f),
                _frame.At(0.42f * _length, side * _half * 0.9f, 0.5f), _frame.At(0.42f * _length, side * _half * 0.9f, 0.16f));
        Strips(_body, _half, _half, glass: false);
        Ends();
        if (near != 0)
        {
            Side(_body, near, _half, _half, _color);
            foreach (float at in (ReadOnlySpan<float>)[-0.31f, 0.31f]) Wheel(at * _length, near);
        }
        Strips(_cabin, _half * 0.95f, _half * 0.78f, glass: true);
        if (near != 0)
        {
            Side(_cabin, near, _half * 0.95f, _half * 0.78f, _color);
            Panes(near);
        }
    }

    // The faces between two points of a side view that follow each other, from one side of the car to the other.
    private void Strips(Vector2[] profile, float lowHalf, float highHalf, bool glass)
    {
        float belt = _belt, high = _high;
        float HalfAt(float up) => lowHalf + (highHalf - lowHalf) * Exact.Clamp01((up - belt) / (high - belt));
        for (int i = 0; i + 1 < profile.Length; i++)
        {
            Vector2 a = profile[i], b = profile[i + 1];
            Vector3 normal = Exact.Unit(_frame.Direction(-(b.Y - a.Y), 0, b.X - a.X));
            if (!_camera.Sees(_frame.At(0.5f * (a.X + b.X), 0, 0.5f * (a.Y + b.Y)), normal)) continue;
            float wa = HalfAt(a.Y), wb = HalfAt(b.Y);
            _sketch.Polygon(_camera, _light.Lit(_color, normal), _frame.At(a.X, wa, a.Y), _frame.At(b.X, wb, b.Y),
                _frame.At(b.X, -wb, b.Y), _frame.At(a.X, -wa, a.Y));
            if (!glass || i == 1) continue;
            Vector2 p = a + (b - a) * new Vector2(0.1f), q = a + (b - a) * new Vector2(0.9f);
            float wp = HalfAt(p.Y) * 0.88f, wq = HalfAt(q.Y) * 0.88f;
            _sketch.Polygon(_camera, Glass(_frame.At(p.X, 0, _high), _frame.At(p.X, 0, _belt)), _frame.At(p.X, wp, p.Y),
                _frame.At(q.X, wq, q.Y),
                _frame.At(q.X, -wq, q.Y), _frame.At(p.X, -wp, p.Y));
        }
    }

    private void Side(Vector2[] profile, int side, float lowHalf, float highHalf, Vector4 color)
    {
        Vector4 lit = _light.Lit(color, _frame.Direction(0, side, 0));
        Span<Vector3> points = stackalloc Vector3[profile.Length];
        for (int i = 0; i < profile.Length; i++)
            points[i] = _frame.At(profile[i].X, side * (profile[i].Y > _belt + 0.01f ? highHalf : lowHalf), profile[i].Y);
        float top = _camera.Project(_frame.At(0, side * _half, _belt)).Y, low = _camera.Project(_frame.At(0, side * _half, 0.26f)).Y;
        _sketch.Polygon(_camera, new Paint(Paint.Shade(lit, 1.08f)) { To = Paint.Shade(lit, 0.8f), Run = Paint.Down(top, low) },
            points);
    }

    private void Panes(int side)
    {
        Vector2 a = _cabin[0], b = _cabin[1], c = _cabin[2], d = _cabin[3];
        float low = _belt + 0.06f, high = _high - 0.1f, middle = 0.5f * (b.X + c.X) - 0.1f;
        float tLow = (low - _belt) / (_high - _belt), tHigh = (high - _belt) / (_high - _belt);
        float back0 = a.X + (b.X - a.X) * tLow + 0.14f, back1 = a.X + (b.X - a.X) * tHigh + 0.1f;
        float front0 = d.X + (c.X - d.X) * tLow - 0.16f, front1 = d.X + (c.X - d.X) * tHigh - 0.1f;
        float w0 = side * _half * 0.95f, w1 = side * _half * 0.79f;
        Paint glass = Glass(_frame.At(0, w1, high), _frame.At(0, w0, low));
        _sketch.Polygon(_camera, glass, _frame.At(back0, w0, low), _frame.At(back1, w1, high), _frame.At(middle - 0.05f, w1, high),
            _frame.At(middle - 0.05f, w0, low));
        _sketch.Polygon(_camera, glass, _frame.At(middle + 0.05f, w0, low), _frame.At(middle + 0.05f, w1, high),
            _frame.At(front1, w1, high), _frame.At(front0, w0, low));
    }

    private Paint Glass(Vector3 top, Vector3 low)
    {
        Vector4 above = Exact.Mix(Paint.Rgb(0x26303A), _light.SkyTop, 0.45f), below = Paint.Rgb(0x222A31);
        return new Paint(above) { To = below, Run = Paint.Down(_camera.Project(top).Y, _camera.Project(low).Y + 0.01f) };
    }

    // Lamps, grille and number plate on the front and the back.
    private void Ends()
    {
        foreach (int end in (ReadOnlySpan<int>)[-1, 1])
        {
            Vector3 normal = _frame.Direction(end, 0, 0);
            if (!_camera.Sees(_frame.At(end * _length / 2, 0, 0.5f), normal)) continue;
            float x = end * (_length / 2 + 0.01f), low = _belt - 0.52f;
            Vector4 lamp = end > 0 ? (_light.Lamps ? Paint.Rgb(0xFFF6D0) : Paint.Rgb(0xE6E8E4))
                : Paint.Rgb(_light.Lamps ? 0xFF4A38 : 0xB3241E);
            if (end > 0 || !_light.Lamps) lamp = _light.Lamps ? lamp : _light.Lit(lamp, normal);
            Patch(x, _half * 0.6f, _half * 0.93f, low, low + 0.16f, lamp);
            Patch(x, -_half * 0.93f, -_half * 0.6f, low, low + 0.16f, lamp);
            Patch(x, -_half * 0.96f, _half * 0.96f, 0.26f, 0.4f, _light.Lit(Paint.Rgb(0x33363B), normal));
            if (end > 0) Patch(x, -_half * 0.5f, _half * 0.5f, low - 0.02f, low + 0.12f, _light.Lit(Paint.Rgb(0x2A2C30), normal));
            Patch(x + end * 0.01f, -0.26f, 0.26f, 0.42f, 0.53f, _light.Lit(Paint.Rgb(0xE8E6DC), normal));
        }
    }

    private void Patch(float forward, float left0, float left1, float low, float high, Vector4 color) => _sketch.Polygon(_camera, color,
        _frame.At(forward, left0, low), _frame.At(forward, left0, high), _frame.At(forward, left1, high),
        _frame.At(forward, left1, low));

    private void Wheel(float at, int side)
    {
        Vector3 center = _frame.At(at, side * (_half + 0.01f), _wheel);
        Vector3 u = _frame.Forward, v = new(0, 1, 0);
        _sketch.Disc(_camera, _light.Lit(Paint.Rgb(0x1B1C1F), 0.2f), center, u * (_wheel * 1.18f), v * (_wheel * 1.16f));
        _sketch.Disc(_camera, _light.Lit(Paint.Rgb(0x2C2D30), 0.4f), center, u * _wheel, v * _wheel);
        _sketch.Disc(_camera, _light.Lit(Paint.Rgb(0xB4B8BB), _frame.Direction(0, side, 0)), center, u * (_wheel * 0.6f),
            v * (_wheel * 0.6f), 12);
        _sketch.Disc(_camera, _light.Lit(Paint.Rgb(0x6F7377), 0.4f), center, u * (_wheel * 0.2f), v * (_wheel * 0.2f), 8);
    }

    // The tread of a tyre, seen from the front or the back below the body.
    private void Tyre(float at, int side)
    {
        Vector4 rubber = _light.Lit(Paint.Rgb(0x1E1F22), 0.2f);
        foreach (int end in (ReadOnlySpan<int>)[-1, 1])
        {
            float x = at + end * _wheel * 0.7f;
            _sketch.Polygon(_camera, rubber, _frame.At(x, side * _half, 0), _frame.At(x, side * _half, 2 * _wheel),
                _frame.At(x, side * (_half - 0.22f), 2 * _wheel), _frame.At(x, side * (_half - 0.22f), 0));
        }
    }
}
