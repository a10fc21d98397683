using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A COCO folder: <c>annotations/instances_SPLIT.json</c> with the pictures in <c>SPLIT/</c>, <c>images/SPLIT/</c> or
/// <c>images/</c>; or <c>annotations/SPLIT.json</c>; or <c>SPLIT/_annotations.coco.json</c> beside the pictures; or one JSON
/// file. Where there are no instances files, <c>annotations/person_keypoints_SPLIT.json</c> are read in the same way.</summary>
public sealed class CocoLayout : DatasetLayout
{
    private const string Prefix = "instances_", KeypointPrefix = "person_keypoints_";
    private const string BesidePictures = "_annotations.coco.json";

    private readonly IReadOnlyDictionary<string, string> _files;
    private readonly string? _pictures;

    private CocoLayout(string root, IReadOnlyDictionary<string, string> files, string? pictures)
        : base(root, DatasetFormat.Coco, InOrder(files.Keys)) => (_files, _pictures) = (files, pictures);

    /// <summary>The layout at a folder, or null when it holds no COCO annotations.</summary>
    internal static CocoLayout? TryFind(string root)
    {
        Dictionary<string, string> files = [];
        string annotations = Path.Combine(root, "annotations");
        if (Directory.Exists(annotations))
        {
            string[] all = [.. Directory.EnumerateFiles(annotations, "*.json").Order(StringComparer.Ordinal)];
            // Beside COCO's instances lie other files of the same pictures, captions among them.
            string[] known = Named(all, Prefix) is { Length: > 0 } instances ? instances : Named(all, KeypointPrefix);
            foreach (string file in known.Length > 0 ? known : all) files[SplitOf(file)] = file;
        }
        if (files.Count == 0)
        {
            foreach (string folder in Directory.EnumerateDirectories(root))
            {
                string file = Path.Combine(folder, BesidePictures);
                if (File.Exists(file)) files[Path.GetFileName(folder)] = file;
            }
        }
        return files.Count > 0 ? new CocoLayout(root, files, pictures: null) : null;
    }

    /// <summary>The layout of one JSON file; its one split is named after the file.</summary>
    /// <exception cref="DataException">There is no such file, or no such picture folder.</exception>
    internal static CocoLayout OfFile(string json, string? pictures = null)
    {
        if (!File.Exists(json)) throw new DataException($"There is no file {json}.");
        if (pictures is not null && !Directory.Exists(pictures)) throw new DataException($"There is no picture folder {pictures}.");
        return new CocoLayout(json, new Dictionary<string, string> { [SplitOf(json)] = json }, pictures);
    }

    /// <inheritdoc/>
    public override CocoDataset Open(string split, IReadOnlyList<Category>? categories = null)
    {
        split = split.Length == 0 && Splits.Count == 1 ? Splits[0] : ResolveSplit(split);
        return new CocoDataset(split, Root, Read([split], categories, Fault.Throw));
    }

    internal override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        var files = splits.Select(split => (Split: split, Path: _files[split], Json: CocoJson.Read(_files[split], faults))).ToList();
        IReadOnlyList<Category> classes = categories ?? CocoClasses.Union([.. files.Select(f => (f.Path, f.Json))], faults);
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < classes.Count; i++) index.TryAdd(classes[i].Name, i);
        return new DataListing(classes, ClassesDeclared: true,
            [.. files.Select(f =>
            {
                List<PictureEntry> pictures = Pictures(f.Split, f.Path, f.Json, index, faults);
                return new SplitListing(f.Split, pictures, [.. pictures.Select(p => p.Position)]);
            })]) { Skeletons = Skeletons(files.SelectMany(f => f.Json.Categories), index) };
    }

    internal override IEnumerable<string> PictureFiles()
    {
        // A folder that splits share, or that is the root itself, may hold other things: only a split's own folder is listed.
        foreach (string split in Splits)
        {
            string[] own = [Path.Combine(Base(_files[split]), split), Path.Combine(Base(_files[split]), "images", split)];
            if (own.FirstOrDefault(Directory.Exists) is not { } folder) continue;
            foreach (string name in new PictureFolder(folder).Pictures) yield return Path.Combine(folder, name);
        }
    }

    internal override string Describe(Box box) =>
        FormattableString.Invariant($"bbox [{box.X1:0.##}, {box.Y1:0.##}, {box.Width:0.##}, {box.Height:0.##}]");

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"a file {Path.Combine(Root, "annotations", $"{Prefix}{split}.json")}";

    private static Dictionary<int, Skeleton> Skeletons(IEnumerable<CocoCategory> categories, Dictionary<string, int> classes)
    {
        var skeletons = new Dictionary<int, Skeleton>();
        foreach (CocoCategory category in categories)
            if (category.Skeleton is { } skeleton && classes.TryGetValue(category.Name, out int index)) skeletons.TryAdd(index, skeleton);
        return skeletons;
    }

    private List<PictureEntry> Pictures(
        string split, string path, CocoJson json, Dictionary<string, int> classes, Action<Fault> faults)
    {
        var indexOfImage = new Dictionary<long, int>(json.Images.Count);
        for (int i = 0; i < json.Images.Count; i++)
            if (!indexOfImage.TryAdd(json.Images[i].Id, i))
                faults(At(FindingKind.DuplicateId, path, json.Images[i].Offset, $"image id {json.Images[i].Id} occurs twice."));

        ObjectEntry[][] objects = Objects(path, json, indexOfImage, classes, faults);
        PictureFolder folder = FindPictures(split, path, json);
        List<PictureEntry> pictures = new(json.Images.Count);
        for (int i = 0; i < json.Images.Count; i++)
        {
            CocoImage image = json.Images[i];
            if (indexOfImage[image.Id] != i) continue; // told above; its annotations belong to the first
            bool exists = folder.Contains(image.FileName);
            if (!exists)
                faults(At(FindingKind.MissingPicture, path, image.Offset,
                    $"picture {OneLine.Shorten(image.FileName)} of image {image.Id} is not in {folder.Path}."));
            bool sized = image is { Width: > 0 and <= int.MaxValue, Height: > 0 and <= int.MaxValue };
            pictures.Add(new PictureEntry
            {
                Id = image.Id, Path = Path.Combine(folder.Path, image.FileName), Exists = exists,
                Position = new FilePosition(path, image.Offset, IsOffset: true),
                SizePosition = new FilePosition(path, image.Offset, IsOffset: true),
                Stated = sized ? new ImageSize((int)image.Height, (int)image.Width) : null,
                Objects = objects[i],
                Masks = Array.Exists(objects[i], o => o.HasMask) ? CocoInstanceMasks.Instance : null,
            });
        }
        return pictures;
    }

    /// <summary>The annotations of each image, in the order of the file.</summary>
    private static ObjectEntry[][] Objects(string path, CocoJson json, Dictionary<long, int> indexOfImage,
        Dictionary<string, int> classes, Action<Fault> faults)
    {
        var classOfId = new Dictionary<long, int>();
        foreach (CocoCategory category in json.Categories) classOfId.TryAdd(category.Id, classes.GetValueOrDefault(category.Name, -1));
        var nameOfId = json.Categories.GroupBy(c => c.Id).ToDictionary(g => g.Key, g => g.First().Name);

        var unknown = new UnknownClasses([.. classes.Keys]);
        int[] counts = new int[json.Images.Count];
        foreach (CocoAnnotation a in json.Annotations)
            if (indexOfImage.TryGetValue(a.ImageId, out int image)) counts[image]++;
        ObjectEntry[][] objects = [.. counts.Select(count => count == 0 ? [] : new ObjectEntry[count])];

        var ids = new HashSet<long>(json.Annotations.Count);
        Array.Clear(counts);
        foreach (CocoAnnotation a in json.Annotations)
        {
            if (!ids.Add(a.Id))
                faults(At(FindingKind.DuplicateId, path, a.Offset, $"annotation id {a.Id} occurs twice."));
            if (!classOfId.TryGetValue(a.CategoryId, out int index))
            {
                index = -1;
                faults(At(FindingKind.UnknownClass, path, a.Offset,
                    $"annotation {a.Id} has category_id {a.CategoryId}, which is not in the file's \"categories\"."));
            }
            else if (index < 0)
            {
                (FindingKind kind, string message) = unknown.Explain(nameOfId[a.CategoryId]);
                faults(At(kind, path, a.Offset, $"annotation {a.Id}: {message}"));
            }
            if (indexOfImage.TryGetValue(a.ImageId, out int image))
                objects[image][counts[image]++] = new ObjectEntry(
                    a.Box, index, a.Area, a.Id, a.Offset, a.IsCrowd, IsDifficult: false)
                {
                    HasMask = a.HasOutline, Keypoints = a.Keypoints,
                };
            else
                faults(At(FindingKind.NoPicture, path, a.Offset,
                    $"annotation {a.Id} belongs to image {a.ImageId}, which is not in \"images\"."));
        }
        return objects;
    }

    /// <summary>The first of the usual places that holds one of the file's first pictures; otherwise the first that is there.</summary>
    private PictureFolder FindPictures(string split, string path, CocoJson json)
    {
        string root = Base(path), beside = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string[] places = _pictures is not null ? [_pictures] : [.. new[]
        {
            Path.Combine(root, split), Path.Combine(root, "images", split), Path.Combine(root, "images"), beside, root,
        }.Where(Directory.Exists)];
        string[] names = [.. json.Images.Take(100).Select(i => i.FileName)];
        return new PictureFolder(
            places.FirstOrDefault(place => names.Any(name => File.Exists(Path.Combine(place, name)))) ?? places[0]);
    }

    /// <summary>The folder above "annotations", or the file's own.</summary>
    private static string Base(string file)
    {
        string folder = Path.GetDirectoryName(file) is { Length: > 0 } named ? named : ".";
        return Path.GetFileName(folder) == "annotations" ? Path.GetDirectoryName(folder) is { Length: > 0 } up ? up : "." : folder;
    }

    private static string[] Named(string[] files, string prefix) =>
        [.. files.Where(file => Path.GetFileName(file).StartsWith(prefix, StringComparison.Ordinal))];

    private static string SplitOf(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        foreach (string prefix in (string[])[Prefix, KeypointPrefix])
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length) return name[prefix.Length..];
        return name;
    }

    private static Fault At(FindingKind kind, string path, long offset, string message) =>
        new(kind, new FilePosition(path, offset, IsOffset: true), message);
}
