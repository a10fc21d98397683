using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Places the 17 joints of a person in the world: COCO's order, with left and right the person's own.</summary>
internal static class Pose
{
    public const int Nose = 0, LeftEye = 1, RightEye = 2, LeftEar = 3, RightEar = 4, LeftShoulder = 5, RightShoulder = 6,
        LeftElbow = 7, RightElbow = 8, LeftWrist = 9, RightWrist = 10, LeftHip = 11, RightHip = 12, LeftKnee = 13, RightKnee = 14,
        LeftAnkle = 15, RightAnkle = 16, Count = 17;

    /// <summary>A random pose: standing, walking, waving or with the arms spread.</summary>
    /// <param name="frame">Where the person stands and which way it faces.</param>
    /// <param name="height">In metres.</param>
    /// <param name="random">Source of the pose.</param>
    public static Vector3[] Draw(Frame frame, float height, ref SampleRandom random)
    {
        int kind = random.Next(5); // 0, 1 walking; 2 standing; 3 waving; 4 arms spread
        float stride = kind < 2 ? (float)random.Uniform(0.05, 0.085) : kind == 2 ? (float)random.Uniform(0, 0.01)
            : (float)random.Uniform(0, 0.04);
        if (random.Chance(0.5)) stride = -stride;
        var joints = new Vector3[Count];
        Leg(joints, frame, height, 1, stride);
        Leg(joints, frame, height, -1, -stride);
        float foot = Math.Min(joints[LeftAnkle].Y, joints[RightAnkle].Y);
        float sink = foot - 0.04f * height;                          // the lower foot stands on the ground
        int waving = random.Chance(0.5) ? 1 : -1;
        foreach (int side in (ReadOnlySpan<int>)[1, -1])
        {
            float swing = -side * stride * 1.1f + (float)random.Uniform(-0.02, 0.02), bend = (float)random.Uniform(0.02, 0.09),
                spread = (float)random.Uniform(0.012, 0.035);
            if (kind == 3 && side == waving)
                (swing, spread, bend) = (0.02f, (float)random.Uniform(0.2, 0.36), (float)random.Uniform(0.08, 0.2));
            if (kind == 4) (spread, bend) = ((float)random.Uniform(0.12, 0.26), (float)random.Uniform(0, 0.03));
            Arm(joints, frame, height, side, swing, spread, bend, raised: kind == 3 && side == waving);
        }
        Face(joints, frame, height);
        for (int i = 0; i < Count; i++) joints[i] -= new Vector3(0, sink, 0);
        return joints;
    }

    private static void Leg(Vector3[] joints, Frame frame, float height, int side, float swing)
    {
        Vector3 hip = frame.At(0, side * 0.062f * height, 0.52f * height);
        (float s, float c) = Exact.SinCos(swing);
        Vector3 knee = hip + frame.Direction(s, 0, -c) * (0.245f * height);
        float back = swing - (swing < 0 ? 0.055f : 0.012f);          // the hind knee bends more
        (s, c) = Exact.SinCos(back);
        (int h, int k, int a) = side > 0 ? (LeftHip, LeftKnee, LeftAnkle) : (RightHip, RightKnee, RightAnkle);
        (joints[h], joints[k], joints[a]) = (hip, knee, knee + frame.Direction(s, 0, -c) * (0.235f * height));
    }

    private static void Arm(Vector3[] joints, Frame frame, float height, int side, float swing, float spread, float bend, bool raised)
    {
        Vector3 shoulder = frame.At(0, side * 0.112f * height, 0.815f * height);
        (float ss, float sc) = Exact.SinCos(spread);
        (float fs, float fc) = Exact.SinCos(swing);
        Vector3 elbow = shoulder + frame.Direction(fs * sc, side * ss, -fc * sc) * (0.165f * height);
        Vector3 fore;
        if (raised)
        {
            (float us, float uc) = Exact.SinCos(spread + bend);
            fore = frame.Direction(0.1f, side * us, -uc);
        }
        else
        {
            (float bs, float bc) = Exact.SinCos(swing + bend);
            fore = frame.Direction(bs * sc, side * ss, -bc * sc);
        }
        (int s, int e, int w) = side > 0 ? (LeftShoulder, LeftElbow, LeftWrist) : (RightShoulder, RightElbow, RightWrist);
        (joints[s], joints[e], joints[w]) = (shoulder, elbow, elbow + fore * (0.15f * height));
    }

    private static void Face(Vector3[] joints, Frame frame, float height)
    {
        float r = 0.066f * height, up = 0.925f * height;
        joints[Nose] = frame.At(r * 0.85f, 0, up - r * 0.1f);
        joints[LeftEye] = frame.At(r * 0.72f, r * 0.32f, up + r * 0.16f);
        joints[RightEye] = frame.At(r * 0.72f, -r * 0.32f, up + r * 0.16f);
        joints[LeftEar] = frame.At(0, r * 0.8f, up);
        joints[RightEar] = frame.At(0, -r * 0.8f, up);
    }
}
