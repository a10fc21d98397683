using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A PASCAL VOC detection folder: <c>Annotations/*.xml</c>, <c>JPEGImages/</c> (pictures may also lie in
/// <c>images/</c> or beside the XML files), and <c>ImageSets/Main/*.txt</c>, one picture a line. Without lists there is one
/// split, "all". Where <c>SegmentationObject/</c> holds a PNG of a picture, its objects have masks.</summary>
/// <remarks>
/// In such a PNG the first object of the XML file has the value 1, the second 2, and so on; 255 is the rim that VOC leaves open.
/// The classes are those of <c>classes.txt</c> (one name a line) where the folder has one; otherwise every name that occurs
/// in any split, sorted by code point, so that all splits count them alike (which is VOC's own order for VOC's 20 classes).
/// </remarks>
public sealed class VocLayout : DatasetLayout
{
    /// <summary>The split of a folder that has no lists.</summary>
    public const string AllSplit = "all";

    private readonly string _annotations;
    private readonly bool _hasLists;

    private VocLayout(string root, string annotations, IReadOnlyList<string> splits, bool hasLists)
        : base(root, DatasetFormat.Voc, splits) => (_annotations, _hasLists) = (annotations, hasLists);

    /// <summary>The layout at a folder, or null when the folder holds no VOC annotations.</summary>
    internal static VocLayout? TryFind(string root)
    {
        string[] places = [Path.Combine(root, "Annotations"), root];
        string? annotations = places.FirstOrDefault(p => Directory.Exists(p) && Directory.EnumerateFiles(p, "*.xml").Any());
        if (annotations is null) return null;
        string lists = Path.Combine(root, "ImageSets", "Main");
        string[] splits = Directory.Exists(lists)
            ? [.. Directory.EnumerateFiles(lists, "*.txt").Where(f => !VocList.IsOfOneClass(f))
                .Select(f => Path.GetFileNameWithoutExtension(f))]
            : [];
        return new VocLayout(root, annotations, splits.Length > 0 ? InOrder(splits) : [AllSplit], splits.Length > 0);
    }

    /// <inheritdoc/>
    public override VocDataset Open(string split, IReadOnlyList<Category>? categories = null)
    {
        split = ResolveSplit(split);
        // Where the class list is what occurs, all splits are looked through, or they would number the classes differently.
        // Faults of another split are no reason to refuse this one.
        if (categories is null && !File.Exists(ClassFile))
            categories = Occurring(ReadAll([.. Splits.SelectMany(s => List(s, _ => { })).Select(l => l.Id).Distinct()], _ => { }));
        DataListing listing = Read([split], categories, Fault.Throw);
        return new VocDataset(Root, listing, listing.Splits[0]);
    }

    internal override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        var lists = splits.Select(split => (Name: split, Lines: List(split, faults))).ToList();
        string[] ids = [.. lists.SelectMany(l => l.Lines).Select(l => l.Id).Distinct()];
        Dictionary<string, VocXml> files = ReadAll(ids, faults);

        if (categories is null && File.Exists(ClassFile)) categories = VocList.ReadClasses(ClassFile, faults);
        bool declared = categories is not null;
        categories ??= Occurring(files);

        var folders = PictureFolders().Select(f => new PictureFolder(f)).ToList();
        Dictionary<string, PictureEntry> entries = [];
        var classes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < categories.Count; i++) classes.TryAdd(categories[i].Name, i);
        var unknown = new UnknownClasses([.. categories.Select(c => c.Name)]);
        foreach (string id in ids) entries[id] = Entry(id, files[id], folders, classes, unknown, faults);
        return new DataListing(categories, declared, [.. lists.Select(list => new SplitListing(
            list.Name,
            [.. list.Lines.Select(l => entries[l.Id])],
            [.. list.Lines.Select(l => l.Line > 0 ? new FilePosition(ListFile(list.Name), l.Line) : entries[l.Id].Position)]))]);
    }

    internal override IEnumerable<string> PictureFiles() => PictureFolders().Distinct()
        .SelectMany(folder => new PictureFolder(folder).Pictures.Select(name => Path.Combine(folder, name)));

    internal override string Describe(Box box) =>
        FormattableString.Invariant($"xmin {box.X1 + 1:0.##}, ymin {box.Y1 + 1:0.##}, xmax {box.X2:0.##}, ymax {box.Y2:0.##}");

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"a text file {ListFile(split)} with the name of a picture (without .jpg) on each line";

    /// <summary>All annotation files, sorted, whether a split lists them or not.</summary>
    internal IReadOnlyList<string> AnnotationFiles() =>
        [.. Directory.EnumerateFiles(_annotations, "*.xml").Order(StringComparer.Ordinal)];

    private static List<Category> Occurring(Dictionary<string, VocXml> files) =>
        [.. files.Values.SelectMany(f => f.Objects).Select(o => o.Name).Distinct()
            .Order(StringComparer.Ordinal).Select((name, i) => new Category(i + 1, name))];

    private string ClassFile => Path.Combine(Root, "classes.txt");

    private IEnumerable<string> PictureFolders() =>
        new[] { Path.Combine(Root, "JPEGImages"), Path.Combine(Root, "images"), _annotations }.Where(Directory.Exists);

    /// <summary>The ids of a split whose annotation file is there, in the order of the list.</summary>
    private List<VocList.Entry> List(string split, Action<Fault> faults)
    {
        if (!_hasLists)
            return [.. Directory.EnumerateFiles(_annotations, "*.xml").Order(StringComparer.Ordinal)
                .Select(f => new VocList.Entry(Path.GetFileNameWithoutExtension(f), 0))];
        string path = ListFile(split);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<VocList.Entry> result = [];
        foreach (VocList.Entry entry in VocList.Read(path, faults))
        {
            var position = new FilePosition(path, entry.Line);
            if (!PictureFolder.IsInside(entry.Id))
                faults(new Fault(FindingKind.BadAnnotation, position,
                    $"'{OneLine.Shorten(entry.Id)}' is no name of a picture in this data set."));
            else if (!seen.Add(entry.Id))
                faults(new Fault(FindingKind.DuplicateId, position, $"'{OneLine.Shorten(entry.Id)}' is listed twice."));
            else if (!File.Exists(XmlFile(entry.Id)))
                faults(new Fault(FindingKind.MissingAnnotation, position, $"'{OneLine.Shorten(entry.Id)}' has no annotation file " +
                    $"{XmlFile(entry.Id)}. (A picture without objects has a file without <object>.)"));
            else
                result.Add(entry);
        }
        return result;
    }

    private string ListFile(string split) => Path.Combine(Root, "ImageSets", "Main", split + ".txt");

    private string XmlFile(string id) => Path.Combine(_annotations, id + ".xml");

    /// <summary>Reads the files on all cores; faults are told in the order of the ids, not of the threads.</summary>
    private Dictionary<string, VocXml> ReadAll(string[] ids, Action<Fault> faults)
    {
        var files = new VocXml[ids.Length];
        var found = new List<Fault>?[ids.Length];
        Parallel.For(0, ids.Length, i =>
            files[i] = VocXml.Read(XmlFile(ids[i]), fault => (found[i] ??= []).Add(fault)));
        foreach (Fault fault in found.OfType<List<Fault>>().SelectMany(f => f)) faults(fault);
        return ids.Zip(files).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    private PictureEntry Entry(string id, VocXml file, List<PictureFolder> folders, Dictionary<string, int> classes,
        UnknownClasses unknown, Action<Fault> faults)
    {
        string xml = XmlFile(id);
        string? picture = Picture(id, file, folders);
        if (picture is null)
            faults(new Fault(FindingKind.MissingPicture, new FilePosition(xml), "this annotation file has no picture: there is no " +
                $"{id} (.jpg, .jpeg, .png or .webp) in {string.Join(" or ", folders.Select(f => f.Path))}."));
        string masks = Path.Combine(Root, "SegmentationObject", id + ".png");
        bool hasMasks = file.Objects.Count > 0 && File.Exists(masks);
        var objects = new ObjectEntry[file.Objects.Count];
        for (int i = 0; i < objects.Length; i++)
        {
            VocObject o = file.Objects[i];
            if (!classes.TryGetValue(o.Name, out int index))
            {
                (FindingKind kind, string message) = unknown.Explain(o.Name);
                faults(new Fault(kind, new FilePosition(xml, o.Line), message));
                index = -1;
            }
            objects[i] = new ObjectEntry(o.Box, index, double.NaN, 0, o.Line, IsCrowd: false, o.IsDifficult) { HasMask = hasMasks };
        }
        return new PictureEntry
        {
            Id = 0, Path = picture ?? Path.Combine(folders[0].Path, id + ".jpg"), Exists = picture is not null,
            Position = new FilePosition(xml), SizePosition = new FilePosition(xml, file.SizeLine), HasFaults = file.HasFaults,
            Stated = file.Size, Objects = objects, Masks = hasMasks ? new VocInstanceMasks(masks) : null,
        };
    }

    /// <summary>By the name of the annotation file, as VOC has it; the name stated inside decides only where that finds
    /// nothing, or tells apart a.jpg and a.png.</summary>
    private static string? Picture(string id, VocXml file, List<PictureFolder> folders)
    {
        string? stated = file.FileName is { } name && PictureFolder.IsInside(name) && PictureFolder.IsPicture(name) ? name : null;
        foreach (PictureFolder folder in folders)
        {
            if (stated is not null && Path.GetFileNameWithoutExtension(stated) == id && folder.Contains(stated))
                return Path.Combine(folder.Path, stated);
            if (folder.FindStem(id) is { } found) return Path.Combine(folder.Path, found);
        }
        return stated is not null && folders.Find(f => f.Contains(stated)) is { } holder ? Path.Combine(holder.Path, stated) : null;
    }
}
