using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Draws a person in a pose, and says where the 17 key points of COCO are.</summary>
internal sealed class Person
{
    private static readonly int[] Skins = [0xF0C9A8, 0xE3B08A, 0xC68A62, 0x9A6444, 0x6B4430, 0xD9A27C];
    private static readonly int[] Hairs = [0x2A211C, 0x4A3325, 0x7A5230, 0xB98A4A, 0x1B1B1E, 0x8C8C8C, 0x8A3F24];
    private static readonly int[] Shirts =
        [0xC23B33, 0x2D6CB5, 0xF0EEE6, 0x2F8F5B, 0xE5B83B, 0x6A4C93, 0x33363D, 0xE07B39, 0x4FB0B5, 0xD46A92, 0x8A9A5B];
    private static readonly int[] Trousers = [0x2E3A52, 0x4A5568, 0x2B2B2E, 0x7A6A55, 0x5B4636, 0x8C8F94, 0x3E5A7A];

    private readonly Camera _camera;
    private readonly Light _light;
    private readonly Frame _frame;
    private readonly Vector3[] _joints;
    private readonly Sketch _sketch;
    private readonly float _height, _scale, _build;

    private Person(Camera camera, Light light, Frame frame, Sketch sketch, ref SampleRandom random)
    {
        (_camera, _light, _frame, _sketch) = (camera, light, frame, sketch);
        _height = random.Chance(0.16) ? (float)random.Uniform(1.05, 1.4) : (float)random.Uniform(1.58, 1.9);
        _scale = camera.Scale(frame.Origin.Z);
        _build = (float)random.Uniform(0.92, 1.22);
        _joints = Pose.Draw(frame, _height, ref random);
    }

    /// <summary>A person on the ground at a place.</summary>
    public static SceneThing Draw(Camera camera, Light light, Vector3 place, ref SampleRandom random)
    {
        var thing = new SceneThing(SceneClass.Person, place.Z);
        var person = new Person(camera, light, new Frame(place, (float)random.NextDouble()), thing.Sketch, ref random);
        int[] parts = person.Draw(ref random);
        thing.Joints = new Joint[Pose.Count];
        for (int i = 0; i < thing.Joints.Length; i++)
            thing.Joints[i] = new Joint(camera.Project(person._joints[i]), parts[i], person.TurnedAway(i));
        float r = person._height * 0.16f;
        thing.CastContact(camera, light, place, new Vector3(r * 1.3f, 0, 0), new Vector3(0, 0, r));
        Vector3 away = new Vector3(-light.ToSun.X, 0, -light.ToSun.Z) / light.ToSun.Y * (person._height * 0.45f);
        if (light.Shadow > 0.2f)
            thing.Shadow.Limb(new Vector4(0.05f, 0.06f, 0.12f, light.Shadow), camera.Project(place), r * person._scale * 0.5f,
                camera.Project(place + away), r * camera.Scale(place.Z + away.Z) * 0.6f);
        return thing;
    }

    private int[] Draw(ref SampleRandom random)
    {
        Vector4 skin = Pick(Skins, ref random), hair = Pick(Hairs, ref random), shirt = Pick(Shirts, ref random),
            legs = Pick(Trousers, ref random);
        Vector4 shoe = Paint.Rgb(random.Chance(0.6) ? 0x26272B : 0xE2DED4);
        bool bareArms = random.Chance(0.45), shorts = random.Chance(0.25), skirt = random.Chance(0.2), hat = random.Chance(0.18),
            longHair = random.Chance(0.4);
        bool pack = random.Chance(0.2);
        var parts = new int[Pose.Count];

        // Limbs on the far side are drawn before the trunk, those on the near side after it.
        float Depth(int joint) => _joints[joint].Z;
        bool leftLegFar = Depth(Pose.LeftKnee) >= Depth(Pose.RightKnee);
        float trunk = 0.5f * (Depth(Pose.LeftShoulder) + Depth(Pose.RightShoulder));
        bool LeftArmFar() => Depth(Pose.LeftElbow) + Depth(Pose.LeftWrist) > 2 * trunk;
        bool RightArmFar() => Depth(Pose.RightElbow) + Depth(Pose.RightWrist) > 2 * trunk;
        Vector3 back = _frame.Direction(-1, 0, 0);
        bool packFar = back.Z > 0;

        if (pack && packFar) Pack(legs);
        if (LeftArmFar()) Arm(true, shirt, skin, bareArms, parts);
        if (RightArmFar()) Arm(false, shirt, skin, bareArms, parts);
        Leg(leftLegFar, legs, skin, shoe, shorts || skirt, parts);
        Leg(!leftLegFar, legs, skin, shoe, shorts || skirt, parts);
        Trunk(shirt, legs, skirt, parts);
        Head(skin, hair, hat, longHair, shirt, parts);
        if (pack && !packFar) Pack(legs);
        if (!LeftArmFar()) Arm(true, shirt, skin, bareArms, parts);
        if (!RightArmFar()) Arm(false, shirt, skin, bareArms, parts);
        return parts;
    }

    private static Vector4 Pick(int[] colors, ref SampleRandom random) =>
        Paint.Shade(Paint.Rgb(colors[random.Next(colors.Length)]), (float)random.Uniform(0.88, 1.1));

    private Vector2 At(int joint) => _camera.Project(_joints[joint]);

    private float Size(float ofHeight) => ofHeight * _height * _scale;

    private Paint Lit(Vector4 color, Vector2 around, float radius)
    {
        Vector4 lit = _light.Lit(color, 0.6f);
        float toSun = _light.ToSun.X < 0 ? -1 : 1;
        return new Paint(Paint.Shade(lit, 1.1f)) { To = Paint.Shade(lit, 0.76f),
            Run = Paint.Across(around.X + toSun * radius, around.X - toSun * radius) };
    }

    private void Limb(Vector4 color, int a, float sizeA, int b, float sizeB)
    {
        (Vector2 from, Vector2 to) = (At(a), At(b));
        float reach = Math.Abs(from.X - to.X) * 0.5f + Size(0.04f);
        _sketch.Limb(Lit(color, (from + to) * 0.5f, reach), from, Size(sizeA), to, Size(sizeB));
    }

    private void Arm(bool left, Vector4 shirt, Vector4 skin, bool bare, int[] parts)
    {
        (int shoulder, int elbow, int wrist) = left ? (Pose.LeftShoulder, Pose.LeftElbow, Pose.LeftWrist)
            : (Pose.RightShoulder, Pose.RightElbow, Pose.RightWrist);
        parts[elbow] = parts[wrist] = ++_sketch.Part;
        float b = _build;
        Limb(bare ? skin : shirt, elbow, 0.021f * b, wrist, 0.016f * b);
        _sketch.Ellipse(Lit(skin, At(wrist), Size(0.02f)), At(wrist) + (At(wrist) - At(elbow)) * 0.18f, Size(0.021f), Size(0.021f));
        Limb(shirt, shoulder, 0.031f * b, elbow, 0.024f * b);
    }

    private void Leg(bool left, Vector4 cloth, Vector4 skin, Vector4 shoe, bool bare, int[] parts)
    {
        (int hip, int knee, int ankle) = left ? (Pose.LeftHip, Pose.LeftKnee, Pose.LeftAnkle)
            : (Pose.RightHip, Pose.RightKnee, Pose.RightAnkle);
        parts[knee] = parts[ankle] = ++_sketch.Part;
        float b = _build;
        Vector2 toe = _camera.Project(_joints[ankle] + _frame.Forward * (0.085f * _height) - new Vector3(0, 0.022f * _height, 0));
        Vector2 heel = _camera.Project(_joints[ankle] - new Vector3(0, 0.02f * _height, 0));
        Limb(bare ? skin : cloth, knee, 0.031f * b, ankle, 0.021f * b);
        _sketch.Limb(_light.Lit(shoe, 0.5f), heel, Size(0.023f), toe, Size(0.018f));
        Limb(cloth, hip, 0.047f * b, knee, 0.034f * b);
    }

    private void Trunk(Vector4 shirt, Vector4 legs, bool skirt, int[] parts)
    {
        int part = ++_sketch.Part;
        parts[Pose.LeftShoulder] = parts[Pose.RightShoulder] = parts[Pose.LeftHip] = parts[Pose.RightHip] = part;
        Vector2 ls = At(Pose.LeftShoulder), rs = At(Pose.RightShoulder), lh = At(Pose.LeftHip), rh = At(Pose.RightHip);
        float b = _build, reach = Math.Max(Math.Abs(ls.X - rs.X) * 0.5f, Size(0.06f)) + Size(0.02f);
        Vector2 chest = (ls + rs) * 0.5f, hips = (lh + rh) * 0.5f;
        Paint cloth = Lit(shirt, chest, reach);
        if (skirt)
        {
            Vector2 hem = hips + new Vector2(0, Size(0.2f));
            float wide = Math.Max(Math.Abs(lh.X - rh.X) * 0.5f, Size(0.045f)) + Size(0.075f);
            _sketch.Polygon(Lit(legs, hips, reach), lh, rh, rh + new Vector2(0, -Size(0.05f)),
                hem + new Vector2(rh.X < lh.X ? -wide : wide, 0), hem + new Vector2(rh.X < lh.X ? wide : -wide, 0),
                lh + new Vector2(0, -Size(0.05f)));
            Vector2 waist = hips - new Vector2(0, Size(0.06f));
            float narrow = wide * 0.55f;
            _sketch.Polygon(Lit(legs, hips, reach), waist - new Vector2(narrow, 0), waist + new Vector2(narrow, 0),
                hem + new Vector2(wide, 0), hem - new Vector2(wide, 0));
        }
        else _sketch.Limb(Lit(legs, hips, reach), lh, Size(0.05f) * b, rh, Size(0.05f) * b);
        _sketch.Limb(cloth, chest + new Vector2(0, Size(0.035f)), Size(0.066f) * b, hips - new Vector2(0, Size(0.035f)),
            Size(0.056f) * b);
        _sketch.Limb(cloth, ls, Size(0.031f) * b, rs, Size(0.031f) * b);
        _sketch.Polygon(cloth, ls, rs, rh + (rs - rh) * 0.12f, lh + (ls - lh) * 0.12f);
    }

    private void Head(Vector4 skin, Vector4 hair, bool hat, bool longHair, Vector4 shirt, int[] parts)
    {
        int part = ++_sketch.Part;
        for (int joint = Pose.Nose; joint <= Pose.RightEar; joint++) parts[joint] = part;
        Vector2 neck = (At(Pose.LeftShoulder) + At(Pose.RightShoulder)) * 0.5f, head = (At(Pose.LeftEar) + At(Pose.RightEar)) * 0.5f;
        Vector3 forward = _frame.Forward;
        float r = Size(0.066f);
        var face = new Vector2(forward.X, 0);                       // how far the face looks to the right
        bool away = forward.Z > 0.25f;
        if (longHair && !away) _sketch.Limb(_light.Lit(hair, 0.4f), head - face * r * 0.35f, r * 1.02f, neck - face * r * 0.6f,
            r * 0.8f);
        _sketch.Limb(Lit(Paint.Shade(skin, 0.85f), neck, r), neck, Size(0.03f), head + new Vector2(0, r * 0.5f), Size(0.03f));
        _sketch.Ellipse(Lit(skin, head, r), head, r * 0.82f, r * 1.06f);
        Vector4 eye = Paint.Rgb(0x1E1A18);
        if (!TurnedAway(Pose.LeftEye)) _sketch.Ellipse(eye, At(Pose.LeftEye), r * 0.11f, r * 0.11f);
        if (!TurnedAway(Pose.RightEye)) _sketch.Ellipse(eye, At(Pose.RightEye), r * 0.11f, r * 0.11f);
        if (!TurnedAway(Pose.Nose)) _sketch.Ellipse(_light.Lit(Paint.Shade(skin, 0.78f), 0.5f), At(Pose.Nose), r * 0.12f, r * 0.15f);
        Paint top = Lit(hair, head, r);
        if (away)
        {
            _sketch.Ellipse(top, head - new Vector2(0, r * 0.12f), r * 0.88f, r * 1.02f);
            if (longHair) _sketch.Limb(top, head, r * 0.88f, neck, r * 0.7f);
        }
        else
        {
            Span<Vector2> cap = stackalloc Vector2[14];              // hair over the top and the back of the head
            for (int i = 0; i < 12; i++)
            {
                (float s, float c) = Exact.SinCos(0.5f + 0.5f * i / 11 + face.X * -0.07f);
                cap[i] = head + new Vector2(c * r * 0.9f, s * r * 1.14f);
            }
            cap[12] = head + new Vector2(0.55f - face.X * 0.1f, -0.42f) * r;
            cap[13] = head + new Vector2(-0.55f - face.X * 0.1f, -0.42f) * r;
            _sketch.Polygon(top, cap);
            if (Math.Abs(face.X) > 0.45f) _sketch.Ellipse(top, head - face * r * 0.5f - new Vector2(0, r * 0.2f), r * 0.5f, r * 0.85f);
        }
        if (!hat) return;
        Vector4 felt = _light.Lit(shirt, 0.7f);
        Vector2 brim = head - new Vector2(0, r * 0.55f);
        _sketch.Ellipse(Paint.Shade(felt, 0.8f), brim + face * r * 0.5f, r * 1.15f, r * 0.22f);
        _sketch.Ellipse(felt, brim - new Vector2(0, r * 0.28f), r * 0.86f, r * 0.5f);
    }

    private void Pack(Vector4 color)
    {
        _sketch.Part++;
        Vector2 chest = (At(Pose.LeftShoulder) + At(Pose.RightShoulder)) * 0.5f, hips = (At(Pose.LeftHip) + At(Pose.RightHip)) * 0.5f;
        Vector2 shift = new Vector2(-_frame.Forward.X, 0) * Size(0.075f);
        Paint cloth = Lit(Exact.Mix(color, Paint.Rgb(0xB04A2A), 0.55f), chest + shift, Size(0.08f));
        _sketch.Limb(cloth, chest + shift + new Vector2(0, Size(0.045f)), Size(0.062f), chest + (hips - chest) * 0.7f + shift,
            Size(0.068f));
    }

    // True for points of the face that lie on its far side.
    private bool TurnedAway(int joint)
    {
        float turn = joint switch
        {
            Pose.Nose => 0, Pose.LeftEye => 0.5f, Pose.RightEye => -0.5f, Pose.LeftEar => 1, Pose.RightEar => -1, _ => 9,
        };
        if (turn > 2) return false;
        Vector3 outward = turn is 1 or -1 ? _frame.Direction(0, turn, 0) : _frame.Direction(1, turn, 0);
        Vector3 toCamera = Exact.Unit(new Vector3(-_frame.Origin.X, 0, -_frame.Origin.Z));
        return Exact.Dot(outward, toCamera) < (turn is 1 or -1 ? -0.35f : -0.1f);
    }
}
