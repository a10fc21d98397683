using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>What a place on the ground is made of.</summary>
internal enum Surface { Grass, Road, Water }

/// <summary>The lie of the land: where in the world a scene has road and water; the rest is grass.</summary>
/// <remarks>Plain functions of the place, in metres, so that painting and placing ask the same question.</remarks>
internal sealed class Land
{
    private readonly float _wobbleShift;
    private float _roadX, _roadSlope, _roadBend, _shoreX, _shoreSlope;

    private Land(float wobbleShift) => _wobbleShift = wobbleShift;

    /// <summary>A road that leads away from the camera.</summary>
    public bool RoadAway { get; private init; }

    /// <summary>Depths between which a road crosses the picture; equal when none does.</summary>
    public (float Near, float Far) RoadAcross { get; private init; }

    /// <summary>Depths between which water crosses the picture; equal when none does.</summary>
    public (float Near, float Far) WaterAcross { get; private init; }

    /// <summary>Side of the coast: -1 water to the left, 1 to the right, 0 none.</summary>
    public int Coast { get; private init; }

    /// <summary>Half the width of the road that leads away, in metres.</summary>
    public float RoadHalf { get; private init; } = 3.4f;

    public static Land Draw(ref SampleRandom random)
    {
        float shift = (float)random.Uniform(0, 200);
        switch (random.Next(6))
        {
            case 0: // a road into the land
            case 1: // the same, with a lake or river behind
            {
                float near = (float)random.Uniform(38, 60);
                bool lake = random.Chance(0.5);
                var land = new Land(shift)
                {
                    RoadAway = true, RoadHalf = (float)random.Uniform(3.2, 4.2),
                    WaterAcross = lake ? (near, near + (float)random.Uniform(30, 120)) : default,
                };
                land.SetRoad(ref random, (float)random.Uniform(-4, 4));
                return land;
            }
            case 2: // a road across
            {
                float near = (float)random.Uniform(9, 15);
                return new Land(shift) { RoadAcross = (near, near + (float)random.Uniform(6, 8)) };
            }
            case 3: // a road across with water behind it
            {
                float near = (float)random.Uniform(8, 11), far = near + (float)random.Uniform(6, 7);
                float shore = far + (float)random.Uniform(4, 14);
                return new Land(shift) { RoadAcross = (near, far), WaterAcross = (shore, shore + (float)random.Uniform(35, 200)) };
            }
            case 4: // a coast along one side and a road on the other
            {
                int coast = random.Chance(0.5) ? -1 : 1;
                var land = new Land(shift) { Coast = coast, RoadAway = random.Chance(0.7), RoadHalf = (float)random.Uniform(3, 3.8) };
                land._shoreX = coast * (float)random.Uniform(0.5, 5);
                land._shoreSlope = coast * (float)random.Uniform(-0.05, 0.25);
                land.SetRoad(ref random, land._shoreX - coast * (float)random.Uniform(7, 10));
                land._roadSlope = land._shoreSlope;
                land._roadBend = 0;
                return land;
            }
            default: // a lake
            {
                float near = (float)random.Uniform(9, 16);
                return new Land(shift) { WaterAcross = (near, near + (float)random.Uniform(25, 90)) };
            }
        }
    }

    /// <summary>X of the middle of the road that leads away, at a depth.</summary>
    public float RoadMiddle(float z) => _roadX + _roadSlope * z + _roadBend * z * z;

    /// <summary>The direction of that road at a depth, in turns as <see cref="Frame"/> counts them.</summary>
    public float RoadTurns(float z) => -(_roadSlope + 2 * _roadBend * z) / (2 * MathF.PI);

    /// <summary>Metres from the nearest edge of a road: positive on it. Very negative where there is none.</summary>
    public float OnRoad(float x, float z)
    {
        float depth = -1e6f;
        if (RoadAway) depth = RoadHalf - Math.Abs(x - RoadMiddle(z));
        if (RoadAcross.Far > RoadAcross.Near) depth = Math.Max(depth, Math.Min(z - RoadAcross.Near, RoadAcross.Far - z));
        return depth;
    }

    /// <summary>Metres from the shore: positive in the water. Very negative where there is none.</summary>
    public float InWater(float x, float z)
    {
        float depth = -1e6f;
        if (Coast != 0)
        {
            float wobble = 2.2f * (Noise.At(z * 0.11f + _wobbleShift, 3.5f) - 0.5f) + 0.5f * (Noise.At(z * 0.7f, _wobbleShift) - 0.5f);
            depth = Coast * (x - (_shoreX + _shoreSlope * z)) + wobble;
        }
        if (WaterAcross.Far > WaterAcross.Near)
        {
            float wobble = (Noise.At(x * 0.06f + _wobbleShift, 9.5f) - 0.5f) * WaterAcross.Near * 0.22f;
            float far = (Noise.At(x * 0.02f + _wobbleShift, 29.5f) - 0.5f) * WaterAcross.Far * 0.3f;
            depth = Math.Max(depth, Math.Min(z - WaterAcross.Near - wobble, WaterAcross.Far + far - z));
        }
        return depth;
    }

    /// <summary>What the place is made of; roads cross water on a causeway.</summary>
    public Surface At(float x, float z) => OnRoad(x, z) > 0 ? Surface.Road : InWater(x, z) > 0 ? Surface.Water : Surface.Grass;

    private void SetRoad(ref SampleRandom random, float x)
    {
        _roadX = x;
        _roadSlope = (float)random.Uniform(-0.25, 0.25);
        _roadBend = (float)random.Uniform(-0.0012, 0.0012);
    }
}
