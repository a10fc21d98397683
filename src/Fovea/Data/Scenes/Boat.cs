using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Draws a boat: a hull that narrows to the bow, with sails, a cabin or thwarts.</summary>
internal readonly struct Boat
{
    private static readonly int[] Hulls = [0xF1EFE8, 0x2C5580, 0xA8322B, 0x2E6B57, 0xE3C65B, 0x6E4A34, 0x33383F];
    private static readonly int[] Sails = [0xF7F4EA, 0xF7F4EA, 0xE9DDC4, 0xC84A36, 0x3F7FB0, 0xE3B23C];

    // The outline of the deck from stern to bow: forward (of the length) and half width (of the half beam).
    private static readonly Vector2[] Outline =
        [new(-0.5f, 0.78f), new(-0.2f, 1), new(0.1f, 0.96f), new(0.3f, 0.7f), new(0.43f, 0.35f), new(0.5f, 0)];

    private readonly Camera _camera;
    private readonly Light _light;
    private readonly Frame _frame;
    private readonly Sketch _sketch;
    private readonly float _length, _half, _side;
    private readonly Vector4 _hull;

    private Boat(Camera camera, Light light, Frame frame, Sketch sketch, float length, ref SampleRandom random)
    {
        (_camera, _light, _frame, _sketch, _length) = (camera, light, frame, sketch, length);
        _half = length * (float)random.Uniform(0.15, 0.19);
        _side = length * (float)random.Uniform(0.09, 0.13);
        _hull = Paint.Shade(Paint.Rgb(Hulls[random.Next(Hulls.Length)]), (float)random.Uniform(0.9, 1.08));
    }

    /// <summary>A boat on the water at a place, mostly seen from the side.</summary>
    public static SceneThing Draw(Camera camera, Light light, Vector3 place, ref SampleRandom random)
    {
        var thing = new SceneThing(SceneClass.Boat, place.Z);
        int kind = random.Next(5); // 0, 1 sailing; 2, 3 motor; 4 rowing
        float length = kind < 2 ? (float)random.Uniform(4.5, 7.5) : kind < 4 ? (float)random.Uniform(4.5, 8.5)
            : (float)random.Uniform(3.2, 4.2);
        float turns = (random.Chance(0.5) ? 0.25f : 0.75f) + (float)random.Uniform(-0.12, 0.12);
        var boat = new Boat(camera, light, new Frame(place, turns), thing.Sketch, length, ref random);
        boat.Hull(open: kind == 4);
        if (kind < 2) boat.Rig(ref random);
        else if (kind < 4) boat.Cabin(ref random);
        boat.Reflect(thing.Shadow, sails: kind < 2);
        return thing;
    }

    private Vector3 Deck(Vector2 p, int side) => _frame.At(p.X * _length, side * p.Y * _half, _side * (1 + 0.5f * Math.Max(0, p.X)));

    private Vector3 Water(Vector2 p, int side) => _frame.At(p.X * _length * (p.X > 0 ? 0.9f : 0.98f), side * p.Y * _half * 0.8f, 0);

    private void Hull(bool open)
    {
        Span<Vector3> deck = stackalloc Vector3[2 * Outline.Length];
        for (int i = 0; i < Outline.Length; i++)
            (deck[i], deck[^(i + 1)]) = (Deck(Outline[i], 1), Deck(Outline[i], -1));
        Vector4 wood = open ? Paint.Rgb(0x7A5638) : Paint.Rgb(0xC9B08A);
        _sketch.Polygon(_camera, _light.Lit(wood, new Vector3(0, 1, 0)), deck);
        if (open)
            foreach (float at in (ReadOnlySpan<float>)[-0.3f, -0.02f, 0.24f])
                _sketch.Polygon(_camera, _light.Lit(Paint.Rgb(0xB98F5E), 0.8f), _frame.At(at * _length, _half * 0.85f, _side),
                    _frame.At((at + 0.07f) * _length, _half * 0.85f, _side),
                    _frame.At((at + 0.07f) * _length, -_half * 0.85f, _side), _frame.At(at * _length, -_half * 0.85f, _side));
        Plank(Deck(Outline[0], 1), Deck(Outline[0], -1), Water(Outline[0], -1), Water(Outline[0], 1), _frame.Direction(-1, 0, 0));
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
            for (int i = 0; i + 1 < Outline.Length; i++)
            {
                Vector2 a = Outline[i], b = Outline[i + 1];
                Vector3 normal = Exact.Unit(_frame.Direction((a.Y - b.Y) * _half, side * (b.X - a.X) * _length, 0));
                Plank(Deck(a, side), Deck(b, side), Water(b, side), Water(a, side), normal);
            }
    }

    // A piece of the hull, with a light stripe below the deck and a dark one at the water.
    private void Plank(Vector3 a, Vector3 b, Vector3 c, Vector3 d, Vector3 normal)
    {
        if (!_camera.Sees((a + c) * 0.5f, normal)) return;
        _sketch.Polygon(_camera, _light.Lit(_hull, normal), a, b, c, d);
        _sketch.Polygon(_camera, _light.Lit(Paint.Rgb(0xF2EEE2), normal), a, b, b + (c - b) * 0.14f, a + (d - a) * 0.14f);
        _sketch.Polygon(_camera, _light.Lit(Paint.Rgb(0x3A2A2A), normal), d + (a - d) * 0.18f, c + (b - c) * 0.18f, c, d);
    }

    private void Rig(ref SampleRandom random)
    {
        float mast = _length * (float)random.Uniform(1.05, 1.35), at = 0.08f * _length,
            boom = (float)random.Uniform(0.06, 0.2) * _length;
        Vector4 sail = _light.Lit(Paint.Rgb(Sails[random.Next(Sails.Length)]), 0.7f), pole = _light.Lit(Paint.Rgb(0x8A7A68), 0.5f);
        Vector3 top = _frame.At(at, 0, mast);
        Vector2 foot = _camera.Project(_frame.At(at, 0, _side)), tip = _camera.Project(top);
        float thick = Math.Max(0.35f, _camera.Scale(_frame.Origin.Z) * 0.05f);
        float low = _side + 0.12f * _length, left = _camera.Project(_frame.At(-0.42f * _length, boom, low)).X;
        _sketch.Limb(pole, foot, thick, tip, thick * 0.7f);
        var main = new Paint(Paint.Shade(sail, 0.82f)) { To = Paint.Shade(sail, 1.06f), Run = Paint.Across(foot.X, left) };
        _sketch.Polygon(_camera, main, _frame.At(at - 0.03f * _length, 0, low), _frame.At(at - 0.02f * _length, 0, mast * 0.97f),
            _frame.At(-0.15f * _length, boom * 1.1f, low + (mast - low) * 0.45f),
            _frame.At(-0.30f * _length, boom * 1.1f, low + (mast - low) * 0.16f), _frame.At(-0.42f * _length, boom, low));
        if (random.Chance(0.8))
            _sketch.Polygon(_camera, Paint.Shade(sail, 0.95f), _frame.At(0.46f * _length, 0, _side * 1.5f),
                _frame.At(at + 0.03f * _length, 0, mast * 0.84f),
                _frame.At(at + 0.06f * _length, boom * 0.7f, low));
    }

    private void Cabin(ref SampleRandom random)
    {
        float back = -0.28f * _length, front = (float)random.Uniform(0.08, 0.2) * _length, half = _half * 0.66f;
        float low = _side, high = _side + Math.Max(0.9f, 0.17f * _length);
        Vector4 white = Paint.Rgb(random.Chance(0.75) ? 0xF2F1EC : 0xB98F5E),
            glass = Exact.Mix(Paint.Rgb(0x26333E), _light.SkyTop, 0.35f);
        float rake = 0.09f * _length;
        Span<Vector3> bottom = [_frame.At(back, half, low), _frame.At(front, half, low), _frame.At(front, -half, low),
            _frame.At(back, -half, low)];
        Span<Vector3> top = [_frame.At(back, half * 0.9f, high), _frame.At(front - rake, half * 0.9f, high),
            _frame.At(front - rake, -half * 0.9f, high), _frame.At(back, -half * 0.9f, high)];
        Span<Vector3> normals = [_frame.Left, _frame.Forward, -_frame.Left, -_frame.Forward];
        _sketch.Polygon(_camera, _light.Lit(Paint.Rgb(0xE4E2DA), new Vector3(0, 1, 0)), top);
        for (int i = 0; i < 4; i++)
        {
            int j = (i + 1) % 4;
            if (!_camera.Sees((bottom[i] + bottom[j]) * 0.5f, normals[i])) continue;
            Vector3 a = bottom[i], b = bottom[j], c = top[j], d = top[i];
            _sketch.Polygon(_camera, _light.Lit(white, normals[i]), a, b, c, d);
            int panes = i % 2 == 0 ? 3 : 1;
            for (int pane = 0; pane < panes; pane++)
            {
                float t0 = (pane + 0.14f) / panes, t1 = (pane + 0.86f) / panes;
                _sketch.Polygon(_camera, glass, Within(a, b, c, d, t0, 0.45f), Within(a, b, c, d, t1, 0.45f),
                    Within(a, b, c, d, t1, 0.86f), Within(a, b, c, d, t0, 0.86f));
            }
        }
    }

    private static Vector3 Within(Vector3 a, Vector3 b, Vector3 c, Vector3 d, float along, float up)
    {
        Vector3 low = a + (b - a) * along, high = d + (c - d) * along;
        return low + (high - low) * up;
    }

    // The boat's image in the water, and its dark foot.
    private void Reflect(Sketch water, bool sails)
    {
        Vector4 image = _light.Lit(_hull, 0.3f) with { W = 0.35f };
        Vector2 stern = _camera.Project(_frame.At(-0.47f * _length, 0, 0)), bow = _camera.Project(_frame.At(0.44f * _length, 0, 0));
        float scale = _camera.Scale(_frame.Origin.Z), deep = _side * scale;
        water.Polygon(image, stern, bow, bow + new Vector2(0, deep), stern + new Vector2(0, deep * 0.9f));
        Vector2 middle = (stern + bow) * 0.5f;
        float half = Math.Max(1, Math.Abs(bow.X - stern.X) * 0.3f);
        if (sails)
            water.Polygon(new Vector4(0.9f, 0.92f, 0.92f, 0.16f), middle - new Vector2(half, 0), middle + new Vector2(half, 0),
                middle + new Vector2(0, 0.75f * _length * scale));
        water.Ellipse(new Vector4(0.05f, 0.08f, 0.12f, 0.3f), middle + new Vector2(0, deep * 0.1f),
            Math.Max(1, Math.Abs(bow.X - stern.X) * 0.54f), Math.Max(0.8f, deep * 0.35f));
    }
}
