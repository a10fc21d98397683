using System.Numerics;

namespace Fovea.Data.Scenery;

/// <summary>Decides where the things of a scene stand: houses and trees on the grass, cars on roads, boats on the water, people
/// anywhere on land, and none inside another.</summary>
internal sealed class Layout
{
    private const float Nearest = 5;
    private readonly Camera _camera;
    private readonly Light _light;
    private readonly Land _land;
    private readonly int _width, _height;
    private readonly List<(float X, float Z, float Radius)> _taken = [];
    private readonly List<SceneThing> _things = [];

    private Layout(Camera camera, Light light, Land land, int height, int width) =>
        (_camera, _light, _land, _height, _width) = (camera, light, land, height, width);

    /// <summary>The things of a scene, farthest first.</summary>
    public static List<SceneThing> Draw(Camera camera, Light light, Land land, int height, int width, ref SampleRandom random)
    {
        var layout = new Layout(camera, light, land, height, width);
        bool autumn = random.Chance(0.2);
        int people = 1 + random.Next(4), cars = 1 + random.Next(3), boats = 1 + random.Next(3), trees = 1 + random.Next(4),
            houses = random.Next(4);
        for (int i = 0; i < cars; i++) layout.AddCar(ref random);
        for (int i = 0; i < houses; i++)
            if (layout.Find(Surface.Grass, 6.2f, 15, 60, 5.5f, ref random) is { } place)
                layout._things.Add(House.Draw(camera, light, place, ref random));
        for (int i = 0; i < boats; i++)
            if (layout.Find(Surface.Water, 3.5f, 9, 60, 2.5f, ref random) is { } place)
                layout._things.Add(Boat.Draw(camera, light, place, ref random));
        for (int i = 0; i < people; i++)
            if (layout.Find(random.Chance(0.8) ? Surface.Grass : Surface.Road, 0.5f, Nearest, 24, 0.3f, ref random) is { } place)
                layout._things.Add(Person.Draw(camera, light, place, ref random));
        for (int i = 0; i < trees; i++)
            if (layout.Find(Surface.Grass, 1.4f, 9, 60, 0.8f, ref random) is { } place)
                layout._things.Add(Tree.Draw(camera, light, place, autumn, ref random));
        layout._things.Sort((a, b) => b.Depth.CompareTo(a.Depth)); // depths are random floats: ties do not happen within a picture
        return layout._things;
    }

    private void AddCar(ref SampleRandom random)
    {
        for (int attempt = 0; attempt < 12; attempt++)
        {
            float x, z, turns;
            if (_land.RoadAcross.Far > _land.RoadAcross.Near)
            {
                bool far = random.Chance(0.5);                       // traffic keeps to the right
                float quarter = 0.25f * (_land.RoadAcross.Far - _land.RoadAcross.Near);
                z = _land.RoadAcross.Near + quarter * (far ? 3 : 1);
                x = (float)random.Uniform(-0.5, 0.5) * (_width / _camera.Focal) * z;
                turns = (far ? 0.25f : 0.75f) + (float)random.Uniform(-0.01, 0.01);
            }
            else if (_land.RoadAway)
            {
                z = DepthBetween(7.5f, 60, ref random);
                bool coming = random.Chance(0.5);
                x = _land.RoadMiddle(z) + _land.RoadHalf * (coming ? -0.5f : 0.5f);
                turns = (coming ? 0.5f : 0) + _land.RoadTurns(z);
            }
            else if (Find(Surface.Grass, 2.6f, 9, 40, 1.5f, ref random) is { } parked)
            {
                _things.Add(Car.Draw(_camera, _light, parked, (float)random.NextDouble(), ref random));
                return;
            }
            else return;
            z += (float)random.Uniform(-0.1, 0.1);
            if (!Seen(x, z, 0.1f) || !Free(x, z, 2.7f)) continue;
            _taken.Add((x, z, 2.7f));
            _things.Add(Car.Draw(_camera, _light, new Vector3(x, 0, z), turns, ref random));
            return;
        }
    }

    // A free place of this surface, at least `margin` metres from its edge; null where none is found in some attempts.
    private Vector3? Find(Surface surface, float radius, float near, float far, float margin, ref SampleRandom random)
    {
        for (int attempt = 0; attempt < 24; attempt++)
        {
            float z = DepthBetween(near, far, ref random);
            float x = (float)random.Uniform(-0.55, 0.55) * (_width / _camera.Focal) * z;
            float road = _land.OnRoad(x, z), water = _land.InWater(x, z);
            bool fits = surface switch
            {
                Surface.Grass => road < -margin && water < -margin,
                Surface.Road => road > margin,
                _ => water > margin && road < -margin,
            };
            if (!fits || !Seen(x, z, 0.02f) || !Free(x, z, radius)) continue;
            _taken.Add((x, z, radius));
            return new Vector3(x, 0, z);
        }
        return null;
    }

    // Evenly over the rows of the picture rather than over the land, so that near things are as likely as far ones.
    private float DepthBetween(float near, float far, ref SampleRandom random)
    {
        double row = random.Uniform(1 / Math.Max(Nearest, near), 1 / far);
        return (float)(1 / row);
    }

    private bool Seen(float x, float z, float margin)
    {
        if (z < Nearest) return false;
        Vector2 foot = _camera.Project(new Vector3(x, 0, z));
        return foot.X > -margin * _width && foot.X < (1 + margin) * _width && foot.Y < 1.08f * _height;
    }

    private bool Free(float x, float z, float radius)
    {
        foreach ((float tx, float tz, float tr) in _taken)
        {
            float dx = x - tx, dz = z - tz, apart = radius + tr;
            if (dx * dx + dz * dz < apart * apart) return false;
        }
        return true;
    }
}
