using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A YOLO folder: <c>images/SPLIT/</c> with pictures and <c>labels/SPLIT/</c> with a text file for each, or <c>SPLIT/images/</c> and
/// <c>SPLIT/labels/</c>, or the text files beside the pictures. <c>data.yaml</c>, or <c>classes.txt</c> or <c>obj.names</c> (a name a
/// line), names the classes.</summary>
/// <remarks>
/// An object is a line: <c>class cx cy w h</c>, or a polygon <c>class x1 y1 x2 y2 ...</c>, or a box with key points where data.yaml has
/// <c>kpt_shape</c>; all numbers but the class are shares of the picture from 0 to 1. The splits are those of data.yaml that are there,
/// as folders or as lists of pictures; otherwise the folders. Without any there is one split, "all".
/// </remarks>
public sealed class YoloLayout : DatasetLayout
{
    private readonly string? _nameFile;
    private readonly IReadOnlyDictionary<string, string[]> _places; // of each split: folders, or lists of pictures
    private readonly IReadOnlyList<string> _notes;

    private YoloLayout(string root, string? nameFile, IReadOnlyDictionary<string, string[]> places, IReadOnlyList<string> notes)
        : base(root, DatasetFormat.Yolo, InOrder(places.Keys)) => (_nameFile, _places, _notes) = (nameFile, places, notes);

    /// <summary>The layout at a folder, or null when it holds no YOLO labels.</summary>
    internal static YoloLayout? TryFind(string root)
    {
        string? nameFile = YoloFolders.NameFiles(root).FirstOrDefault();
        Dictionary<string, string> folders = YoloFolders.Find(root, nameFile is not null);
        var declared = nameFile is null ? [] : YoloNames.Read(nameFile, _ => { }).Splits;
        Dictionary<string, string[]> places = new(StringComparer.Ordinal);
        List<string> notes = [];
        foreach ((string split, string[] named) in declared)
        {
            string[] found = [.. named.Select(place => YoloFolders.Resolve(root, place)).OfType<string>()];
            if (found.Length == named.Length) places[split] = found;
            else if (split is "train" or "val" or "test")
                notes.Add($"{nameFile} has the split {split} in {OneLine.Shorten(string.Join(", ", named))}, which is not there.");
        }
        // Names and pictures alone are no labels.
        if (folders.Count == 0 && !places.Values.SelectMany(p => p).Any(File.Exists)) return null;
        if (places.Count == 0) places = folders.ToDictionary(f => f.Key, f => (string[])[f.Value], StringComparer.Ordinal);
        return new YoloLayout(root, nameFile, places, notes);
    }

    /// <inheritdoc/>
    public override YoloDataset Open(string split, IReadOnlyList<Category>? categories = null)
    {
        DataListing listing = Read([ResolveSplit(split)], categories, Fault.Throw);
        return new YoloDataset(Root, listing, listing.Splits[0]);
    }

    internal override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        if (_nameFile is null)
        {
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(Root), "there are YOLO labels, but nothing names their classes: write " +
                $"the names into {Path.Combine(Root, "classes.txt")}, one a line, in the order of their numbers."));
            return new DataListing([], ClassesDeclared: true, [.. splits.Select(split => new SplitListing(split, [], []))]);
        }
        YoloNames names = YoloNames.Read(_nameFile, faults);
        int[] classes = Match(names, categories, faults);
        var skeletons = new Dictionary<int, Skeleton>();
        foreach ((int own, Skeleton skeleton) in names.Skeletons)
            if (classes[own] >= 0) skeletons.TryAdd(classes[own], skeleton);

        var lists = splits.Select(split => (Name: split, Pictures: List(split, faults))).ToList();
        string[] paths = [.. lists.SelectMany(list => list.Pictures).Select(p => p.Path).Distinct(StringComparer.Ordinal)];
        var entries = new PictureEntry[paths.Length];
        var found = new List<Fault>?[paths.Length];
        Parallel.For(0, paths.Length, i => entries[i] = Entry(paths[i], names, classes, skeletons, fault => (found[i] ??= []).Add(fault)));
        foreach (Fault fault in found.OfType<List<Fault>>().SelectMany(f => f)) faults(fault);
        var byPath = paths.Zip(entries).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        return new DataListing(categories ?? names.Categories, ClassesDeclared: true,
            [.. lists.Select(list => new SplitListing(list.Name, [.. list.Pictures.Select(p => byPath[p.Path])],
                [.. list.Pictures.Select(p => p.Listed)]))]) { Skeletons = skeletons, Notes = _notes };
    }

    internal override IEnumerable<string> PictureFiles() => Folders().SelectMany(folder =>
        new PictureFolder(folder).Pictures.Select(name => Path.Combine(folder, name)));

    /// <summary>Label files that have no picture.</summary>
    internal IEnumerable<string> LabelsWithoutPicture()
    {
        HashSet<string> labels = new(PictureFiles().Select(picture => YoloFolders.LabelFile(Root, picture)), StringComparer.Ordinal);
        foreach (string folder in Folders())
        {
            string beside = Path.GetDirectoryName(YoloFolders.LabelFile(Root, Path.Combine(folder, "a")))!;
            // Beside the pictures other text files may lie.
            if (beside == folder || !Directory.Exists(beside)) continue;
            foreach (string file in Directory.EnumerateFiles(beside, "*.txt").Order(StringComparer.Ordinal))
                if (!labels.Contains(file) && file != _nameFile) yield return file;
        }
    }

    internal override string Describe(Box box) =>
        FormattableString.Invariant($"box ({box.X1:0.##}, {box.Y1:0.##}) to ({box.X2:0.##}, {box.Y2:0.##})");

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"folders {Path.Combine(Root, "images", split)} with pictures and " +
        $"{Path.Combine(Root, "labels", split)} with a text file for each";

    private IEnumerable<string> Folders() => _places.Values.SelectMany(places => places).Where(Directory.Exists).Distinct(StringComparer.Ordinal);

    /// <summary>The index in the list that is used of each of the data set's own classes; -1 where it is not there.</summary>
    private int[] Match(YoloNames names, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        if (categories is null) return [.. Enumerable.Range(0, names.Categories.Count)];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < categories.Count; i++) places.TryAdd(categories[i].Name, i);
        var unknown = new UnknownClasses([.. places.Keys]);
        return [.. names.Categories.Select(own =>
        {
            if (places.TryGetValue(own.Name, out int index)) return index;
            (FindingKind kind, string message) = unknown.Explain(own.Name);
            faults(new Fault(kind, new FilePosition(_nameFile!), message));
            return -1;
        })];
    }

    private List<(string Path, FilePosition Listed)> List(string split, Action<Fault> faults)
    {
        List<(string, FilePosition)> pictures = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string place in _places[split])
        {
            if (Directory.Exists(place))
            {
                foreach (string path in new PictureFolder(place).Pictures.Select(name => Path.Combine(place, name)))
                    if (seen.Add(path)) pictures.Add((path, new FilePosition(path)));
                continue;
            }
            foreach ((string text, long line) in VocList.Lines(place, faults))
            {
                var position = new FilePosition(place, line);
                if (YoloPicture(text) is not { } path)
                    faults(new Fault(FindingKind.MissingPicture, position, $"picture {OneLine.Shorten(text)} is not in {Root}."));
                else if (!seen.Add(path))
                    faults(new Fault(FindingKind.DuplicateId, position, $"'{OneLine.Shorten(text)}' is listed twice."));
                else
                    pictures.Add((path, position));
            }
        }
        return pictures;
    }

    /// <summary>The picture that a list names, by its path or by the end of it; null where it is not in the data set.</summary>
    private string? YoloPicture(string text)
    {
        if (!PictureFolder.IsPicture(text)) return null;
        List<string> parts = [.. text.Split('/', '\\').Where(part => part is not ("" or "." or ".."))];
        for (; parts.Count > 0; parts.RemoveAt(0))
            if (Path.Combine([Root, .. parts]) is var path && File.Exists(path)) return path;
        return null;
    }

    private PictureEntry Entry(string path, YoloNames names, int[] classes, Dictionary<int, Skeleton> skeletons, Action<Fault> faults)
    {
        string labels = YoloFolders.LabelFile(Root, path);
        bool isLabelled = File.Exists(labels);
        var position = new FilePosition(isLabelled ? labels : path);
        ImageSize size;
        try
        {
            size = Image.ReadInfo(path).Size;
        }
        catch (ImageException e)
        {
            faults(new Fault(FindingKind.UnreadablePicture, new FilePosition(path), $"the picture cannot be read. {e.Message}"));
            return new PictureEntry
            {
                Id = 0, Path = path, Exists = false, Position = position, SizePosition = position, Stated = null, HasFaults = true,
            };
        }
        YoloText? text = isLabelled ? YoloText.Read(labels, names, faults) : null;
        ObjectEntry[] objects = [.. (text?.Objects ?? []).Select(o =>
        {
            int index = classes[o.Class];
            bool isPosed = o.Keypoints is not null && (skeletons.ContainsKey(index) || o.Keypoints.Any(p => p.Visibility > 0));
            return new ObjectEntry(o.Box.Scale(size.Height, size.Width), index, double.NaN, 0, o.Line, IsCrowd: false, IsDifficult: false)
            {
                HasMask = o.Polygon is not null,
                Keypoints = isPosed ? [.. o.Keypoints!.Select(p => new Keypoint(p.X * size.Width, p.Y * size.Height, p.Visibility))] : null,
            };
        })];
        return new PictureEntry
        {
            Id = 0, Path = path, Exists = true, Position = position, SizePosition = new FilePosition(path), Stated = size, Objects = objects,
            HasFaults = text?.HasFaults ?? false,
            Masks = Array.Exists(objects, o => o.HasMask) ? new YoloInstanceMasks(labels, names) : null,
        };
    }
}
