using Fovea.Data.Checking;
using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>SIFT Flow: pictures in <c>Images/</c>, their semantic classes in <c>SemanticLabels/</c> and their geometric classes in
/// <c>GeoLabels/</c>, MATLAB files with a matrix S; each in a folder <c>spatial_envelope_256x256_static_8outdoorcategories/</c>.</summary>
/// <remarks>
/// <para>Liu, Yuen, Torralba, "Nonparametric Scene Parsing: Label Transfer via Dense Scene Alignment" (CVPR 2009), 33 semantic classes; the
/// geometric ones (sky, horizontal, vertical) are from Tighe, Lazebnik, "SuperParsing" (ECCV 2010), who published both in this form. In S,
/// 1 is the first class, and 0 and -1 mean unlabelled. The classes are those that the label files name.</para>
/// <para>Splits: <c>train.txt</c>, <c>val.txt</c>, <c>trainval.txt</c> and <c>test.txt</c> list the names of pictures, as Long et al.'s
/// lists do (CVPR 2015: trainval and test). Where they are not there: test is the published <c>TestSet1.txt</c>; trainval is all that is
/// not test, without the two pictures that nobody has labelled; val is one in five of trainval by its file name, or what train.txt leaves
/// of it; train is the rest.</para>
/// </remarks>
public sealed class SiftFlowLayout : MaskFileLayout
{
    private const string Images = "Images", Semantic = "SemanticLabels", Geometric = "GeoLabels", Test = "test", TestSet = "TestSet1.txt";
    private const string Inner = "spatial_envelope_256x256_static_8outdoorcategories";

    // As Long et al. leave them out.
    private static readonly string[] Unlabelled = ["highway_bost181", "street_urb506"];

    private static readonly string[] SemanticClasses =
    [
        "awning", "balcony", "bird", "boat", "bridge", "building", "bus", "car", "cow", "crosswalk", "desert", "door", "fence", "field",
        "grass", "moon", "mountain", "person", "plant", "pole", "river", "road", "rock", "sand", "sea", "sidewalk", "sign", "sky", "staircase",
        "streetlight", "sun", "tree", "window",
    ];

    private static readonly string[] GeometricClasses = ["sky", "horizontal", "vertical"];

    private readonly Lazy<IReadOnlyList<string>> _semantic, _geometric;

    private SiftFlowLayout(string root, IReadOnlyList<string> splits) : base(root, DatasetFormat.SiftFlow, splits)
    {
        _semantic = new(() => Names(Semantic, SemanticClasses));
        _geometric = new(() => Names(Geometric, GeometricClasses));
    }

    /// <summary>The layout at a folder, or null when it holds no such label files.</summary>
    internal static SiftFlowLayout? TryFind(string root)
    {
        if (!Directory.Exists(Path.Combine(root, Images, Inner)) || !Directory.Exists(Path.Combine(root, Semantic, Inner))) return null;
        string[] splits = [ShareOut.Train, ShareOut.Val, ShareOut.Trainval];
        bool hasTest = File.Exists(ListFile(root, Test)) || File.Exists(Path.Combine(root, TestSet));
        return new SiftFlowLayout(root, hasTest ? [.. splits, Test] : splits);
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"a text file {ListFile(Root, split)} with the name of a picture on each line";

    internal override IEnumerable<string> PictureFiles() =>
        new PictureFolder(Folder(Images)).Pictures.Select(name => Path.Combine(Folder(Images), name));

    internal override IEnumerable<string> MaskFiles() =>
        Directory.EnumerateFiles(Folder(Semantic), "*.mat").Order(StringComparer.Ordinal);

    private protected override IReadOnlyList<string> Notes
    {
        get
        {
            List<string> notes = [];
            if (!HasList(ShareOut.Trainval) && PictureFiles().Select(p => Path.GetFileNameWithoutExtension(p)).Any(Unlabelled.Contains))
                notes.Add($"{string.Join(" and ", Unlabelled)} have no labels and are left out.");
            if (!HasList(ShareOut.Train) && !HasList(ShareOut.Val)) notes.Add("val is one picture in five of trainval, by its file name.");
            return notes;
        }
    }

    private protected override LabelValues KnownValues => LabelValues.Named(_semantic.Value, first: 1, ignored: 0);

    // The authors of FCN keep a classes.txt beside their lists, which is prose.
    private protected override LabelValues ReadClasses(Action<Fault> faults) => KnownValues;

    private protected override LabelValues? SecondValues(Action<Fault> faults) =>
        Directory.Exists(Folder(Geometric)) ? LabelValues.Named(_geometric.Value, first: 1, ignored: 0) : null;

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults)
    {
        bool hasGeometric = Directory.Exists(Folder(Geometric));
        List<MaskedPicture> result = [];
        foreach ((string picture, FilePosition position) in Listed(split, faults))
        {
            string stem = Path.GetFileNameWithoutExtension(picture), name = stem + ".mat";
            string semantic = Path.Combine(Folder(Semantic), name), geometric = Path.Combine(Folder(Geometric), name);
            if (!File.Exists(semantic)) faults(MaskPairs.Without(picture, semantic, position));
            else if (hasGeometric && !File.Exists(geometric)) faults(MaskPairs.Without(picture, geometric, position));
            else
                result.Add(new MaskedPicture(picture, new MatMask(semantic, "S") { Classes = _semantic.Value }, position)
                {
                    Second = hasGeometric ? new MatMask(geometric, "S") { Classes = _geometric.Value } : null,
                });
        }
        return result;
    }

    private List<(string Picture, FilePosition Position)> Listed(string split, Action<Fault> faults)
    {
        if (HasList(split)) return OfList(ListFile(Root, split), faults);
        if (split == Test) return OfList(Path.Combine(Root, TestSet), faults);
        if (split == ShareOut.Trainval)
        {
            HashSet<string> test = Splits.Contains(Test) ? [.. Listed(Test, faults).Select(p => p.Picture)] : [];
            return [.. PictureFiles().Where(p => !test.Contains(p) && !Unlabelled.Contains(Path.GetFileNameWithoutExtension(p)))
                .Select(p => (p, new FilePosition(p)))];
        }
        List<(string Picture, FilePosition Position)> all = Listed(ShareOut.Trainval, faults);
        string other = split == ShareOut.Val ? ShareOut.Train : ShareOut.Val;
        if (HasList(other))
        {
            HashSet<string> taken = [.. OfList(ListFile(Root, other), faults).Select(p => p.Picture)];
            return [.. all.Where(p => !taken.Contains(p.Picture))];
        }
        bool[] isVal = ShareOut.ByName([.. all.Select(p => p.Picture)]);
        return [.. all.Where((_, i) => isVal[i] == (split == ShareOut.Val))];
    }

    // TestSet1.txt has the folder before each name, and the extension after it; the lists of FCN's authors have neither.
    private List<(string Picture, FilePosition Position)> OfList(string list, Action<Fault> faults)
    {
        var folder = new PictureFolder(Folder(Images));
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<(string, FilePosition)> result = [];
        foreach ((string id, long line) in VocList.Read(list, faults))
        {
            string stem = id.Split('/', '\\')[^1];
            var position = new FilePosition(list, line);
            if (folder.FindStem(stem) is not { } name)
                faults(new Fault(FindingKind.MissingPicture, position,
                    $"there is no picture {OneLine.Shorten(stem)} in {Folder(Images)}."));
            else if (!seen.Add(name)) faults(new Fault(FindingKind.DuplicateId, position, $"'{OneLine.Shorten(id)}' is listed twice."));
            else result.Add((Path.Combine(Folder(Images), name), position));
        }
        return result;
    }

    private IReadOnlyList<string> Names(string kind, IReadOnlyList<string> published)
    {
        string? first = Directory.EnumerateFiles(Folder(kind), "*.mat").Order(StringComparer.Ordinal).FirstOrDefault();
        return first is not null && MatMask.NamesIn(first) is { } names ? names : published;
    }

    private bool HasList(string split) => File.Exists(ListFile(Root, split));

    private string Folder(string kind) => Path.Combine(Root, kind, Inner);

    private static string ListFile(string root, string split) => Path.Combine(root, split + ".txt");
}
