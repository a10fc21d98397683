using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data.Writing;

/// <summary>Writes YOLO text: <c>images/SPLIT/</c>, <c>labels/SPLIT/</c> and data.yaml. Objects with masks are polygons, others boxes; where
/// objects have key points, all are boxes with key points.</summary>
internal sealed class YoloWriter : DatasetWriter
{
    private const double SameBox = 1e-6; // of a pixel

    /// <summary>The splits that data.yaml names everywhere.</summary>
    public static readonly string[] SplitKeys = ["train", "val", "test"];

    private static readonly JsonSerializerOptions _quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, string> _keys;
    private readonly int _points;

    /// <param name="folder">Where to write.</param>
    /// <param name="categories">The classes.</param>
    /// <param name="skeletons">Their key points.</param>
    /// <param name="losses">Told of what is lost.</param>
    /// <param name="splits">All splits that will be written.</param>
    /// <param name="points">Number of key points of each object; 0 writes none.</param>
    public YoloWriter(OutputFolder folder, IReadOnlyList<Category> categories, IReadOnlyDictionary<int, Skeleton> skeletons, LossCounter losses,
        IReadOnlyList<string> splits, int points) : base(folder, categories, skeletons, losses)
    {
        _points = points;
        _keys = splits.ToDictionary(split => split, split => splits.Count(other => KeyOf(other) == KeyOf(split)) == 1 ? KeyOf(split) : split);
        Losses.Add(ConversionLoss.SplitName, _keys.Count(pair => pair.Key != pair.Value));
    }

    public override void WriteSplit(string split, IEnumerable<WrittenPicture> pictures)
    {
        string images = Folder.Folder("images", _keys[split]), labels = Folder.Folder("labels", _keys[split]);
        var names = new PictureNames(Losses, byStem: true);
        foreach (WrittenPicture picture in pictures)
        {
            string name = names.NameOf(picture.Path, out _);
            Folder.Place(picture.Path, Path.Combine(images, name));
            var text = new StringBuilder();
            foreach (WrittenObject o in picture.Objects)
                text.Append(CultureInfo.InvariantCulture, $"{o.Class} ").AppendJoin(' ', Numbers(o).Select(Text)).Append('\n');
            File.WriteAllText(Path.Combine(labels, Path.ChangeExtension(name, ".txt")), text.ToString());
        }
    }

    public override void Finish()
    {
        CountClassIds();
        var yaml = new StringBuilder();
        foreach (string key in _keys.Values) yaml.Append(CultureInfo.InvariantCulture, $"{Quote(key)}: {Quote($"images/{key}")}\n");
        yaml.Append(CultureInfo.InvariantCulture, $"nc: {Categories.Count}\nnames:\n");
        for (int i = 0; i < Categories.Count; i++) yaml.Append(CultureInfo.InvariantCulture, $"  {i}: {Quote(Categories[i].Name)}\n");
        if (_points > 0) AppendKeypoints(yaml);
        File.WriteAllText(Path.Combine(Folder.Root, "data.yaml"), yaml.ToString());
    }

    private void AppendKeypoints(StringBuilder yaml)
    {
        foreach (Skeleton skeleton in Skeletons.Values)
            if (skeleton.Names.Count != _points || skeleton.Limbs.Count > 0 && !skeleton.Names.SequenceEqual(Skeleton.CocoPerson.Names))
                Losses.Add(ConversionLoss.Skeleton);
        yaml.Append(CultureInfo.InvariantCulture, $"kpt_shape: [{_points}, 3]\n");
        var held = Skeletons.Where(pair => pair.Value.Names.Count == _points).OrderBy(pair => pair.Key).ToList();
        if (held.Count == 0) return;
        int[] flips = [.. Enumerable.Range(0, _points)];
        foreach ((int left, int right) in held[0].Value.MirrorPairs) (flips[left], flips[right]) = (right, left);
        yaml.Append(CultureInfo.InvariantCulture, $"flip_idx: [{string.Join(", ", flips)}]\nkpt_names:\n");
        foreach ((int index, Skeleton skeleton) in held)
            yaml.Append(CultureInfo.InvariantCulture, $"  {index}: [{string.Join(", ", skeleton.Names.Select(Quote))}]\n");
    }

    /// <summary>The numbers behind the class.</summary>
    private IEnumerable<double> Numbers(WrittenObject o)
    {
        if (o.Stated.IsCrowd) Losses.Add(ConversionLoss.Crowd);
        if (o.Stated.IsDifficult) Losses.Add(ConversionLoss.Difficult);
        if (_points > 0)
        {
            if (o.Mask is not null) Losses.Add(ConversionLoss.Mask);
            return [.. BoxOf(o), .. KeypointsOf(o)];
        }
        if (o.Mask is { IsEmpty: true }) Losses.Add(ConversionLoss.Mask);
        return o.Mask is { IsEmpty: false } ? PolygonOf(o) : BoxOf(o);
    }

    private double[] BoxOf(WrittenObject o)
    {
        double[] numbers = Shares(o.Box);
        if (numbers.All(value => value is >= 0 and <= 1)) return numbers;
        Losses.Add(ConversionLoss.CutBox);
        return Shares(o.Box.Clip(o.Size));

        double[] Shares(Box box) => [(box.X1 + box.X2) / 2 / o.Size.Width, (box.Y1 + box.Y2) / 2 / o.Size.Height,
            box.Width / o.Size.Width, box.Height / o.Size.Height];
    }

    /// <summary>One polygon that gives the mask: the source's own where it does, otherwise one along the sides of pixels.</summary>
    private double[] PolygonOf(WrittenObject o)
    {
        double[][] own = o.Outline?.Polygons ?? [];
        int lines = own.Length;
        double[]? polygon = lines > 0 ? Checked(RunLengthMask.Join(own), o) : null;
        if (polygon is null)
        {
            (IReadOnlyList<double[]> parts, IReadOnlyList<double[]> holes) = o.Mask!.Trace();
            lines = parts.Count + holes.Count;
            polygon = Checked(RunLengthMask.Join([.. parts, .. holes]), o)
                ?? throw new InvalidOperationException("Our own bug: the borders of a mask do not give it back.");
        }
        if (lines > 1) Losses.Add(ConversionLoss.JoinedMask);
        Box read = ObjectOutline.ExtentOf([polygon]).Scale(o.Size.Height, o.Size.Width), box = o.Box;
        double move = Math.Max(Math.Max(Math.Abs(read.X1 - box.X1), Math.Abs(read.X2 - box.X2)),
            Math.Max(Math.Abs(read.Y1 - box.Y1), Math.Abs(read.Y2 - box.Y2)));
        if (move > SameBox) Losses.AddMove(move);
        return polygon;
    }

    /// <summary>A polygon in shares of the picture; null where they are not from 0 to 1, or do not give the mask back.</summary>
    private static double[]? Checked(double[] polygon, WrittenObject o)
    {
        double[] shares = [.. polygon.Select((value, i) => Share(value, i % 2 == 0 ? o.Size.Width : o.Size.Height))];
        return shares.All(value => value is >= 0 and <= 1) &&
            RunLengthMask.FromPolygons([YoloInstanceMasks.Pixels(shares, o.Size)], o.Size).Equals(o.Mask) ? shares : null;
    }

    /// <summary>A share from which the same number of pixels comes back, where there is one: COCO's rule rounds, and asks for the last bit.</summary>
    private static double Share(double pixels, int side)
    {
        double share = pixels / side;
        foreach (double near in (double[])[share, Math.BitIncrement(share), Math.BitDecrement(share)])
            if (near * side == pixels) return near;
        return share;
    }

    private double[] KeypointsOf(WrittenObject o)
    {
        double[] numbers = new double[3 * _points];
        if (o.Keypoints is not { } points) return numbers;
        if (points.Length != _points)
        {
            Losses.Add(ConversionLoss.Keypoints);
            return numbers;
        }
        for (int i = 0; i < points.Length; i++)
        {
            double x = points[i].X / o.Size.Width, y = points[i].Y / o.Size.Height;
            if (x is >= 0 and <= 1 && y is >= 0 and <= 1) (numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]) = (x, y, points[i].Visibility);
            else if (points[i].Visibility > 0) Losses.Add(ConversionLoss.OutsideKeypoint);
        }
        return numbers;
    }

    /// <summary>"train2017" as "train", "valid" as "val".</summary>
    private static string KeyOf(string split)
    {
        string name = split.TrimEnd("0123456789".ToCharArray());
        return name is "valid" or "validation" ? "val" : SplitKeys.Contains(name) ? name : split;
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, _quoted);
}
