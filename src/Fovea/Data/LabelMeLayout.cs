using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A LabelMe folder: <c>SPLIT/a.jpg</c> and <c>SPLIT/a.json</c>, or both in the folder itself, which is then one split, "all".</summary>
/// <remarks>
/// Polygons, circles and masks give an object its mask; a rectangle its box alone; a line or linestrip too, the smallest around it. Points
/// are key points of the object of their <c>group_id</c>, called by their labels. Of the flags of a shape, <c>hidden</c> tells a key
/// point that is labelled but not visible, <c>difficult</c> and <c>iscrowd</c> what VOC's and COCO's tell.
/// The classes are those of <c>classes.txt</c> or <c>labels.txt</c> (one name a line) where the folder has one; otherwise every label that
/// occurs in any split, sorted by code point. The key points of a class are those that occur, sorted too; where all are of COCO's
/// person, they are COCO's, in its order.
/// </remarks>
public sealed class LabelMeLayout : DatasetLayout
{
    private const int MostLooked = 20;
    private static readonly string[] NoClasses = ["__ignore__", "_background_"]; // in lists of LabelMe's own

    private readonly IReadOnlyDictionary<string, string> _folders;

    private LabelMeLayout(string root, IReadOnlyDictionary<string, string> folders)
        : base(root, DatasetFormat.LabelMe, InOrder(folders.Keys)) => _folders = folders;

    /// <summary>The layout at a folder, or null when it holds no LabelMe files beside pictures.</summary>
    internal static LabelMeLayout? TryFind(string root)
    {
        if (Holds(root)) return new LabelMeLayout(root, new Dictionary<string, string> { [VocLayout.AllSplit] = root });
        var folders = Directory.EnumerateDirectories(root).Where(Holds).ToDictionary(folder => Path.GetFileName(folder), StringComparer.Ordinal);
        return folders.Count > 0 ? new LabelMeLayout(root, folders) : null;
    }

    private static bool Holds(string folder) => Directory.EnumerateFiles(folder, "*.json").Take(MostLooked).Any(LabelMeJson.IsAt)
        && Directory.EnumerateFiles(folder).Any(PictureFolder.IsPicture);

    /// <inheritdoc/>
    public override LabelMeDataset Open(string split, IReadOnlyList<Category>? categories = null)
    {
        DataListing listing = Read([ResolveSplit(split)], categories, Fault.Throw);
        return new LabelMeDataset(Root, listing, listing.Splits[0]);
    }

    internal override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        // What the classes and their key points are, all splits tell together. Faults of another split are no reason to refuse this one.
        Dictionary<string, List<ReadFile>> files = Splits.ToDictionary(split => split, split =>
            ReadAll(_folders[split], splits.Contains(split) ? faults : _ => { }), StringComparer.Ordinal);
        List<LabelMeObject> objects = [.. Splits.SelectMany(split => files[split]).SelectMany(file => file.Objects)];

        string? list = ((string[])["classes.txt", "labels.txt"]).Select(name => Path.Combine(Root, name)).FirstOrDefault(File.Exists);
        if (categories is null && list is not null)
            categories = [.. VocList.ReadClasses(list, faults).Where(c => !NoClasses.Contains(c.Name)).Select((c, i) => c with { Id = i + 1 })];
        bool declared = categories is not null;
        categories ??= [.. objects.Select(o => o.Label).Distinct().Order(StringComparer.Ordinal).Select((name, i) => new Category(i + 1, name))];
        var classes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < categories.Count; i++) classes.TryAdd(categories[i].Name, i);
        Dictionary<int, Skeleton> skeletons = Skeletons(objects, classes);

        var unknown = new UnknownClasses([.. categories.Select(c => c.Name)]);
        return new DataListing(categories, declared, [.. splits.Select(split =>
        {
            var folder = new PictureFolder(_folders[split]);
            PictureEntry[] pictures = [.. files[split].Select(file => Entry(file, folder, classes, skeletons, unknown, faults))];
            return new SplitListing(split, pictures, [.. pictures.Select(p => p.Position)]);
        })]) { Skeletons = skeletons };
    }

    internal override IEnumerable<string> PictureFiles() => _folders.Values.SelectMany(folder =>
        new PictureFolder(folder).Pictures.Select(name => Path.Combine(folder, name)));

    internal override string Describe(Box box) =>
        FormattableString.Invariant($"points ({box.X1:0.##}, {box.Y1:0.##}) and ({box.X2:0.##}, {box.Y2:0.##})");

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"a folder {Path.Combine(Root, split)} with pictures and a .json file beside each";

    private sealed record ReadFile(string Path, LabelMeJson Json, List<LabelMeObject> Objects, bool HasFaults);

    /// <summary>Reads the files of a folder on all cores; faults are told in the order of their names, not of the threads.</summary>
    private static List<ReadFile> ReadAll(string folder, Action<Fault> faults)
    {
        string[] paths = [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)];
        var files = new ReadFile[paths.Length];
        var found = new List<Fault>[paths.Length];
        Parallel.For(0, paths.Length, i =>
        {
            List<Fault> own = found[i] = [];
            LabelMeJson json = LabelMeJson.Read(paths[i], withMasks: false, own.Add);
            files[i] = new ReadFile(paths[i], json, LabelMeObjects.Of(json, paths[i], own.Add), own.Count > 0);
        });
        foreach (Fault fault in found.SelectMany(f => f)) faults(fault);
        return [.. files];
    }

    private static Dictionary<int, Skeleton> Skeletons(List<LabelMeObject> objects, Dictionary<string, int> classes)
    {
        var skeletons = new Dictionary<int, Skeleton>();
        foreach (var ofClass in objects.Where(o => o.Points.Count > 0).GroupBy(o => o.Label))
        {
            if (!classes.TryGetValue(ofClass.Key, out int index)) continue;
            string[] names = [.. ofClass.SelectMany(o => o.Points).Select(p => p.Label).Distinct().Order(StringComparer.Ordinal)];
            skeletons[index] = names.All(Skeleton.CocoPerson.Names.Contains) ? Skeleton.CocoPerson : Skeleton.Of(names, []);
        }
        return skeletons;
    }

    private static PictureEntry Entry(ReadFile file, PictureFolder folder, Dictionary<string, int> classes, Dictionary<int, Skeleton> skeletons,
        UnknownClasses unknown, Action<Fault> faults)
    {
        string stem = Path.GetFileNameWithoutExtension(file.Path);
        string? name = Picture(stem, file.Json.Picture, folder);
        if (name is null)
            faults(new Fault(FindingKind.MissingPicture, new FilePosition(file.Path),
                $"this file has no picture: there is no {stem} (.jpg, .jpeg, .png or .webp) in {folder.Path}" +
                (file.Json.Picture is { } stated ? $", and no {OneLine.Shorten(stated)}." : ".")));
        ObjectEntry[] objects = [.. file.Objects.Select(o =>
        {
            if (!classes.TryGetValue(o.Label, out int index))
            {
                (FindingKind kind, string message) = unknown.Explain(o.Label);
                faults(new Fault(kind, new FilePosition(file.Path, o.Shapes[0].Offset, IsOffset: true), message));
                index = -1;
            }
            return new ObjectEntry(o.Box(), index, double.NaN, 0, o.Shapes[0].Offset, o.Has(LabelMeShape.IsCrowd), o.Has(LabelMeShape.IsDifficult))
            {
                HasMask = o.HasMask, Keypoints = o.Points.Count > 0 && index >= 0 ? Keypoints(o, skeletons[index]) : null,
            };
        })];
        return new PictureEntry
        {
            Id = 0, Path = Path.Combine(folder.Path, name ?? stem + ".jpg"), Exists = name is not null,
            Position = new FilePosition(file.Path, 0, IsOffset: true), SizePosition = new FilePosition(file.Path), HasFaults = file.HasFaults,
            Stated = file.Json.Size, Objects = objects,
            Masks = Array.Exists(objects, o => o.HasMask) ? new LabelMeInstanceMasks(file.Path) : null,
        };
    }

    private static Keypoint[] Keypoints(LabelMeObject o, Skeleton skeleton)
    {
        var points = new Keypoint[skeleton.Names.Count];
        for (int i = 0; i < points.Length; i++)
            if (o.Points.Find(p => p.Label == skeleton.Names[i]) is { } point)
                points[i] = new Keypoint(point.Points[0], point.Points[1], point.Flags.Contains(LabelMeShape.IsHidden) ? 1 : 2);
        return points;
    }

    /// <summary>The name that the file states decides where it is a picture of the file's own name, or where there is none of that.</summary>
    private static string? Picture(string stem, string? stated, PictureFolder folder)
    {
        if (stated is not null && !(PictureFolder.IsInside(stated) && PictureFolder.IsPicture(stated) && folder.Contains(stated))) stated = null;
        if (stated is not null && Path.GetFileNameWithoutExtension(stated) == stem) return stated;
        return folder.FindStem(stem) ?? stated;
    }
}
