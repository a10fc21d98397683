using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Structures;
using Fovea.Weights;

namespace Fovea.Data;

/// <summary>Pictures in folders that are named after their classes: <c>train/CLASS/a.jpg</c>, <c>val/CLASS/b.jpg</c> as ImageNet is
/// usually unpacked, or <c>CLASS/a.jpg</c> without splits. Folders below a class count as part of it.</summary>
/// <remarks>
/// <para>The classes are those of <c>classes.txt</c> (one name a line) where the folder has one; otherwise the folders' names in any
/// split, sorted by code point, so that all splits count them alike. A class without pictures stays a class.</para>
/// <para>Without splits, or with train but neither val, valid nor validation, one picture in five of each class is for validation, chosen
/// by a hash of its file name: the splits are train, val, and trainval for both together.</para>
/// </remarks>
public sealed class ImageFolderLayout : ClassLayout
{
    private static readonly string[] ValNames = ["val", "valid", "validation"];
    private static readonly string[] SplitNames = [ShareOut.Train, .. ValNames, "test"];

    // Folders of other kinds of data sets: where these are, the pictures are not sorted by class.
    private static readonly string[] NoClasses = ["JPEGImages", "Annotations", "annotations", "ImageSets", "SegmentationClass",
        "SegmentationObject", "images", "labels", "masks"];

    private readonly IReadOnlyDictionary<string, string> _folders; // of each split that has one
    private readonly string? _shared;                              // the folder whose pictures become train and val

    private ImageFolderLayout(string root, IReadOnlyDictionary<string, string> folders, string? shared) : base(root, DatasetFormat.Folders,
        InOrder(shared is null ? folders.Keys : [.. folders.Keys, ShareOut.Train, ShareOut.Val, ShareOut.Trainval])) =>
        (_folders, _shared) = (folders, shared);

    /// <summary>The layout at a folder, or null when it holds no folders of pictures.</summary>
    /// <exception cref="DataException">It cannot be told whether a folder is a split or a class.</exception>
    internal static ImageFolderLayout? TryFind(string root)
    {
        string[] folders = ClassFolders.In(root);
        string[] splits = [.. folders.Where(name => SplitNames.Contains(name) && CountSorted(Path.Combine(root, name)) > 0)];
        if (splits.Length == 0)
            return CountSorted(root) > 1 && !LooksSplit(folders)
                ? new ImageFolderLayout(root, new Dictionary<string, string>(), root) : null;
        string? other = folders.FirstOrDefault(name => !SplitNames.Contains(name) && ClassFolders.HoldsPictures(Path.Combine(root, name)));
        if (splits.Length == 1 && other is not null)
            throw new DataException($"{root} holds {splits[0]}/ with folders in it, which looks like a split, and {other}/ with " +
                $"pictures, which looks like a class. Move the classes into {splits[0]}/, or name that folder differently if it is a " +
                "class too.");
        bool shares = splits.Contains(ShareOut.Train) && !folders.Any(ValNames.Contains);
        return new ImageFolderLayout(root, splits.Where(name => !(shares && name == ShareOut.Train)).ToDictionary(name => name,
            name => Path.Combine(root, name)), shares ? Path.Combine(root, ShareOut.Train) : null);
    }

    /// <summary>How many class folders with pictures there are; from two on it is not counted further.</summary>
    private static int CountSorted(string folder)
    {
        string[] names = ClassFolders.In(folder);
        return names.Any(NoClasses.Contains) ? 0
            : names.Where(name => ClassFolders.HoldsPictures(Path.Combine(folder, name))).Take(2).Count();
    }

    /// <summary>True for folders like train2017/ and val2017/, or train/ beside val/: their pictures lack annotations, not classes.
    /// (A train alone may be one that runs on rails.)</summary>
    private static bool LooksSplit(string[] folders) => folders.Count(SplitNames.Contains) > 1 ||
        folders.Any(name => char.IsAsciiDigit(name[^1]) && SplitNames.Contains(name.TrimEnd("0123456789".ToCharArray())));

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"a folder {Path.Combine(Root, split)} with one folder of pictures for each class";

    internal override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        string classFile = Path.Combine(Root, "classes.txt");
        if (categories is null && File.Exists(classFile)) categories = VocList.ReadClasses(classFile, faults);
        bool declared = categories is not null;
        categories ??= [.. (_shared is null ? _folders.Values : _folders.Values.Append(_shared)).SelectMany(ClassFolders.In).Distinct()
            .Order(StringComparer.Ordinal).Select((name, i) => new Category(i + 1, name))];

        Dictionary<string, int> classes = WithWordNetNumbers(Places(categories));
        var unknown = new UnknownClasses([.. categories.Select(c => c.Name)]);
        int others = 0;
        var pictures = new Dictionary<string, IEnumerable<PictureEntry>>();
        foreach (string split in splits)
            if (_folders.TryGetValue(split, out string? folder))
                pictures[split] = Pictures(folder, classes, unknown, faults, ref others).SelectMany(ofClass => ofClass);
        if (_shared is not null && splits.Any(split => !_folders.ContainsKey(split)))
            ShareBetween(Pictures(_shared, classes, unknown, faults, ref others), _shared, pictures);
        return new DataListing(categories, declared, [.. splits.Select(split => Listing(split, pictures[split]))])
        {
            Notes = [.. Notes(others)],
        };
    }

    // ImageNet's folders are called by WordNet's numbers, and its classes by their names.
    private static Dictionary<string, int> WithWordNetNumbers(Dictionary<string, int> classes)
    {
        ClassList list = ClassList.Find("imagenet");
        foreach ((string number, Category category) in list.WordNetNumbers.Zip(list.Categories(list.WordNetNumbers.Count)))
            if (classes.TryGetValue(category.Name, out int index)) classes.TryAdd(number, index);
        return classes;
    }

    private IEnumerable<string> Notes(int others)
    {
        if (others > 0) yield return $"{others} files or links that are no pictures (.jpg, .jpeg, .png, .webp) are passed over.";
        if (_shared is not null)
            yield return $"there is no folder for val: one picture in five of each class{(_shared == Root ? "" : " of train")} " +
                "is taken, by its file name.";
        string[] beside = _shared == Root ? [] : [.. ClassFolders.In(Root).Except(_folders.Keys).Except([ShareOut.Train])];
        if (beside.Length > 0)
            yield return "folders without pictures in folders of classes are no split and passed over: " +
                $"{string.Join(", ", beside.Take(8))}{(beside.Length > 8 ? ", ..." : ".")}";
    }

    private static void ShareBetween(
        List<List<PictureEntry>> classes, string folder, Dictionary<string, IEnumerable<PictureEntry>> pictures)
    {
        List<PictureEntry> train = [], val = [];
        foreach (List<PictureEntry> ofClass in classes)
        {
            bool[] isVal = ShareOut.ByName([.. ofClass.Select(p => Path.GetRelativePath(folder, p.Path))]);
            for (int i = 0; i < isVal.Length; i++) (isVal[i] ? val : train).Add(ofClass[i]);
        }
        (pictures[ShareOut.Train], pictures[ShareOut.Val]) = (train, val);
        pictures[ShareOut.Trainval] = classes.SelectMany(ofClass => ofClass);
    }

    private static SplitListing Listing(string split, IEnumerable<PictureEntry> pictures)
    {
        PictureEntry[] all = [.. pictures];
        return new SplitListing(split, all, [.. all.Select(p => p.Position)]);
    }

    /// <summary>The pictures of each class folder.</summary>
    private static List<List<PictureEntry>> Pictures(
        string folder, Dictionary<string, int> classes, UnknownClasses unknown, Action<Fault> faults, ref int others)
    {
        List<List<PictureEntry>> all = [];
        foreach (string name in ClassFolders.In(folder))
        {
            string path = Path.Combine(folder, name);
            List<string> files = ClassFolders.Pictures(path, faults, ref others);
            if (files.Count == 0) continue;
            if (classes.TryGetValue(name, out int index))
            {
                all.Add([.. files.Select(file => Entry(Path.Combine(path, file), index))]);
                continue;
            }
            (FindingKind kind, string message) = unknown.Explain(name);
            faults(new Fault(kind, new FilePosition(path), message));
        }
        return all;
    }

    private static PictureEntry Entry(string path, int index) => new()
    {
        Id = 0, Path = path, Exists = true, Position = new FilePosition(path), SizePosition = new FilePosition(path), Stated = null,
        Class = index,
    };
}
