using System.Buffers;
using System.Numerics;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Scenery;

/// <summary>Draws one scene: first what is seen of each thing, from the front to the back, then the colours, from the back to
/// the front.</summary>
internal sealed class Scene
{
    /// <summary>A thing is only drawn when at least this share of its own pixels is seen: the rest is hidden by nearer things or
    /// cut off by the picture's edge.</summary>
    public const double LeastSeen = 0.25;

    private readonly int _height, _width;
    private readonly Camera _camera;
    private readonly Light _light;
    private readonly Backdrop _backdrop;
    private readonly List<SceneThing> _things;
    private readonly byte[] _owner;                 // the thing that each pixel shows: 1 + its place among the kept, 0 the backdrop
    private readonly List<(SceneThing Thing, Layer Layer, int Seen, Box Box)> _kept = []; // nearest first
    private ulong _grainKey;

    private Scene(ImageSize size, SampleRandom random)
    {
        (_height, _width) = (size.Height, size.Width);
        SampleRandom view = random.Split(1), sky = random.Split(2), ground = random.Split(3), colors = random.Split(4),
            things = random.Split(5);
        _camera = new Camera(0.92f * MathF.Sqrt(_height * _width * 4f / 3), _width / 2f, _height * (float)view.Uniform(0.30, 0.46),
            (float)view.Uniform(2.1, 4.2));
        _light = Light.Draw(ref sky);
        Land land = Land.Draw(ref ground);
        _backdrop = new Backdrop(_camera, _light, land, _height, _width, ref colors);
        _things = Layout.Draw(_camera, _light, land, _height, _width, ref things);
        _owner = new byte[_height * _width];
        _grainKey = random.Split(6).NextUInt64();
    }

    /// <summary>Draws picture <paramref name="index"/> of a seed.</summary>
    /// <returns>The pixels, the objects (nearest first) and the class of each pixel (<see cref="SceneClass"/>).</returns>
    public static (Image Image, Annotation[] Annotations, SegmentationMap Labels) Draw(ImageSize size, ulong seed, int index)
    {
        var scene = new Scene(size, SampleRandom.For(seed, 0, index));
        try
        {
            scene.Look(size);
            var labels = new byte[size.Pixels];
            byte[] pixels = scene.Color(labels);
            return (new Image(size, pixels), scene.Annotate(size), new SegmentationMap(size, labels));
        }
        finally
        {
            foreach (var kept in scene._kept) kept.Layer.Dispose();
        }
    }

    // What is too small to be told by its looks is not drawn either: 6 x 6 pixels and 45 in all on a picture 240 pixels high.
    private void Look(ImageSize size)
    {
        var coverage = new Coverage();
        double unit = Math.Sqrt(size.Pixels / (240.0 * 320));
        for (int i = _things.Count - 1; i >= 0 && _kept.Count < 250; i--)
        {
            SceneThing thing = _things[i];
            var layer = new Layer(thing.Sketch, coverage, Math.Max(_height, _width));
            (int seen, Box box) = Claim(layer, (byte)(_kept.Count + 1), paint: false);
            bool keep = seen >= LeastSeen * layer.Area && seen >= 45 * unit * unit && box.Width >= 6 * unit && box.Height >= 6 * unit;
            if (!keep)
            {
                layer.Dispose();
                continue;
            }
            _kept.Add((thing, layer, seen, box));
            Claim(layer, (byte)_kept.Count, paint: true);
        }
    }

    // Counts the pixels of a layer that nothing nearer owns, with their box, and takes them when `paint` is set.
    private (int Seen, Box Box) Claim(Layer layer, byte id, bool paint)
    {
        int seen = 0, minX = _width, minY = _height, maxX = -1, maxY = -1;
        int from = Math.Max(0, -layer.X), to = Math.Min(layer.Width, _width - layer.X);
        for (int row = Math.Max(0, -layer.Y); row < Math.Min(layer.Height, _height - layer.Y); row++)
        {
            ReadOnlySpan<Vector4> colors = layer.Row(row);
            int y = layer.Y + row, line = y * _width + layer.X;
            for (int column = from; column < to; column++)
            {
                if (colors[column].W < 0.5f || _owner[line + column] != 0) continue;
                if (paint) _owner[line + column] = id;
                seen++;
                minX = Math.Min(minX, layer.X + column);
                maxX = Math.Max(maxX, layer.X + column);
                minY = Math.Min(minY, y);
                maxY = y;
            }
        }
        return (seen, seen == 0 ? default : new Box(minX, minY, maxX + 1, maxY + 1));
    }

    private byte[] Color(byte[] labels)
    {
        Vector4[] canvas = ArrayPool<Vector4>.Shared.Rent(_height * _width);
        try
        {
            for (int y = 0; y < _height; y++)
                _backdrop.PaintRow(y, canvas.AsSpan(y * _width, _width), labels.AsSpan(y * _width, _width));
            var coverage = new Coverage();
            for (int i = _kept.Count - 1; i >= 0; i--) Shadow(canvas, coverage, _kept[i].Thing);
            for (int i = _kept.Count - 1; i >= 0; i--) Put(canvas, _kept[i].Layer, _light.HazeAt(_kept[i].Thing.Depth));
            for (int i = 0; i < labels.Length; i++)
                if (_owner[i] != 0) labels[i] = (byte)_kept[_owner[i] - 1].Thing.Label;
            return ToBytes(canvas);
        }
        finally
        {
            ArrayPool<Vector4>.Shared.Return(canvas);
        }
    }

    private void Shadow(Vector4[] canvas, Coverage coverage, SceneThing thing)
    {
        Span<float> cover = _width <= 1024 ? stackalloc float[_width] : new float[_width];
        float haze = 1 - _light.HazeAt(thing.Depth);
        foreach (ref readonly Shape shape in thing.Shadow.Shapes)
        {
            coverage.Trace(thing.Shadow.PointsOf(shape), 0, (int)_camera.Horizon, _width, _height);
            for (int row = 0; row < coverage.Height; row++)
            {
                coverage.Row(row, cover);
                Span<Vector4> line = canvas.AsSpan((coverage.Y + row) * _width + coverage.X, coverage.Width);
                for (int x = 0; x < line.Length; x++)
                    if (cover[x] > 0) line[x] = Exact.Mix(line[x], shape.Paint.From, shape.Paint.From.W * haze * cover[x]);
            }
        }
    }

    private void Put(Vector4[] canvas, Layer layer, float haze)
    {
        int from = Math.Max(0, -layer.X), to = Math.Min(layer.Width, _width - layer.X);
        for (int row = Math.Max(0, -layer.Y); row < Math.Min(layer.Height, _height - layer.Y); row++)
        {
            ReadOnlySpan<Vector4> colors = layer.Row(row);
            int line = (layer.Y + row) * _width + layer.X;
            for (int column = from; column < to; column++)
            {
                Vector4 color = colors[column];
                if (color.W <= 0) continue;
                Vector4 dimmed = color * new Vector4(1 - haze) + _light.SkyLow * new Vector4(haze * color.W);
                ref Vector4 below = ref canvas[line + column];
                below = below * new Vector4(1 - color.W) + dimmed;
            }
        }
    }

    // A little noise as of a camera's sensor, which also hides the steps of slow runs of colour.
    private byte[] ToBytes(Vector4[] canvas)
    {
        var pixels = new byte[_height * _width * 3];
        int shiftX = (int)(_grainKey & 255), shiftY = (int)(_grainKey >> 8 & 255);
        for (int y = 0, i = 0, o = 0; y < _height; y++)
            for (int x = 0; x < _width; x++, i++, o += 3)
            {
                float grain = 5 * (Noise.Grain(x + shiftX, y + shiftY) - 0.5f) + 0.5f;
                Vector4 color = canvas[i] * new Vector4(255) + new Vector4(grain);
                pixels[o] = (byte)Math.Clamp(color.X, 0, 255);
                pixels[o + 1] = (byte)Math.Clamp(color.Y, 0, 255);
                pixels[o + 2] = (byte)Math.Clamp(color.Z, 0, 255);
            }
        return pixels;
    }

    private Annotation[] Annotate(ImageSize size)
    {
        var annotations = new Annotation[_kept.Count];
        for (int k = 0; k < annotations.Length; k++)
        {
            (SceneThing thing, Layer layer, int seen, Box box) = _kept[k];
            var mask = new byte[_owner.Length];
            for (int y = (int)box.Y1; y < (int)box.Y2; y++)
                for (int i = y * _width + (int)box.X1; i < y * _width + (int)box.X2; i++) mask[i] = (byte)(_owner[i] == k + 1 ? 1 : 0);
            annotations[k] = new Annotation
            {
                Box = box, Category = thing.Label - SceneClass.House, Area = seen, Id = k + 1,
                Mask = RunLengthMask.FromBitmap(new Mask(size, mask)),
                Keypoints = Array.ConvertAll(thing.Joints, joint => ToKeypoint(joint, layer, k + 1)),
            };
        }
        return annotations;
    }

    // 0 outside the picture, 1 where the thing itself or a nearer one hides the point, 2 where it is seen.
    private Keypoint ToKeypoint(Joint joint, Layer layer, int id)
    {
        int x = (int)MathF.Floor(joint.At.X), y = (int)MathF.Floor(joint.At.Y);
        if (x < 0 || y < 0 || x >= _width || y >= _height) return new Keypoint(0, 0, 0);
        int owner = _owner[y * _width + x];
        bool covered = owner != 0 && owner < id;                      // by a nearer thing
        bool hidden = joint.Turned || covered || layer.PartAt(x, y) > joint.Part;
        return new Keypoint(joint.At.X, joint.At.Y, hidden ? 1 : 2);
    }
}
