using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>Pictures and masks in folders of their own, with equal names: <c>images/a.jpg</c> and <c>masks/a.png</c>, without splits or
/// with a folder for each, inside (<c>images/train/</c>) or outside (<c>train/images/</c>); or, as the SegNet tutorial has CamVid,
/// <c>train/a.png</c> and <c>trainannot/a.png</c>.</summary>
/// <remarks>
/// <para>A mask is a palette or grey PNG file of the picture's size. Its folder may also be called <c>labels</c> or <c>annotations</c>,
/// its name end in <c>_mask</c>. <c>train.txt</c> in the folder, and its like, list a split's pictures: <c>picture mask</c> a line, by
/// their paths, or the picture's name.</para>
/// <para>A second map of other classes lies in <c>masks2</c> (<c>labels2</c>, <c>annotations2</c>) where <c>masks</c> lies, under the
/// same names: every picture has both or none has.</para>
/// <para>Without splits, or with train but neither val, valid nor validation, one picture in five is for validation, chosen by a hash
/// of its file name: the splits are train, val, and trainval for both together.</para>
/// </remarks>
public sealed class MaskFolderLayout : MaskFileLayout
{
    private const string Tutorial = "annot", Again = "2";
    private static readonly string[] MaskNames = ["masks", "labels", "annotations"];
    private static readonly string[] ValNames = ["val", "valid", "validation"];
    private static readonly string[] SplitNames = [ShareOut.Train, .. ValNames, ShareOut.Trainval, "test"];

    // CamVid, Brostow et al. 2009, in the 11 classes of Badrinarayanan et al. 2015.
    private static readonly string[] CamVid =
        ["Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car", "Pedestrian", "Bicyclist", "Void"];

    private readonly record struct Pair(string Pictures, string Masks, string? Second = null);

    private readonly IReadOnlyDictionary<string, Pair> _folders;   // of each split that has its own
    private readonly Pair? _shared;                                // whose pictures become train and val

    private MaskFolderLayout(string root, DatasetFormat format, IReadOnlyDictionary<string, Pair> folders, Pair? shared)
        : base(root, format, InOrder(shared is null ? folders.Keys : [.. folders.Keys, ShareOut.Train, ShareOut.Val, ShareOut.Trainval])) =>
        (_folders, _shared) = (folders, shared);

    /// <summary>The layout at a folder, or null when it holds no pictures with masks.</summary>
    internal static MaskFolderLayout? TryFind(string root)
    {
        string images = Path.Combine(root, "images");
        var pairs = new Dictionary<string, Pair>();
        foreach (string folder in Folders(images))
            if (Masks(root, folder) is { } masks) pairs[folder] = new Pair(Path.Combine(images, folder), masks, Masks(root, folder, Again));
        foreach (string folder in Folders(root).Where(folder => SplitNames.Contains(folder)))
        {
            string own = Path.Combine(root, folder);
            if (Holds(Path.Combine(own, "images")) && Masks(own, "") is { } masks)
                pairs.TryAdd(folder, new Pair(Path.Combine(own, "images"), masks, Masks(own, "", Again)));
        }
        if (pairs.Count > 0) return Sharing(root, DatasetFormat.MaskFolders, pairs);

        foreach (string folder in Folders(root).Select(folder => Path.Combine(root, folder)))
            if (Holds(folder + Tutorial) && Holds(folder)) pairs[Path.GetFileName(folder)] = new Pair(folder, folder + Tutorial);
        if (pairs.Count > 0) return Sharing(root, DatasetFormat.CamVid, pairs);

        if (!Holds(images) || Masks(root, "") is not { } all) return null;
        var pair = new Pair(images, all, Masks(root, "", Again));
        foreach (string split in SplitNames.Where(split => File.Exists(Path.Combine(root, split + ".txt")))) pairs[split] = pair;
        return new MaskFolderLayout(root, DatasetFormat.MaskFolders, pairs, pairs.Count == 0 ? pair : null);
    }

    private static MaskFolderLayout Sharing(string root, DatasetFormat format, Dictionary<string, Pair> pairs)
    {
        bool shares = pairs.ContainsKey(ShareOut.Train) && !pairs.Keys.Any(ValNames.Contains) && !pairs.ContainsKey(ShareOut.Trainval);
        Pair? shared = shares ? pairs[ShareOut.Train] : null;
        if (shares) pairs.Remove(ShareOut.Train);
        return new MaskFolderLayout(root, format, pairs, shared);
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) => Format == DatasetFormat.CamVid
        ? $"folders {Path.Combine(Root, split)} with pictures and {Path.Combine(Root, split + Tutorial)} with their masks"
        : $"folders {Path.Combine(Root, "images", split)} with pictures and {Path.Combine(Root, "masks", split)} with their masks";

    internal override IEnumerable<string> PictureFiles() => Files(pair => pair.Pictures);

    internal override IEnumerable<string> MaskFiles() => Files(pair => pair.Masks);

    private protected override IReadOnlyList<string> Notes => _shared is { } pair
        ? [$"there are no pictures for val: one in five of {pair.Pictures} is taken, by its file name."] : [];

    private protected override LabelValues? KnownValues =>
        Format == DatasetFormat.CamVid && Path.GetFileName(Path.GetFullPath(Root)).Contains("camvid", StringComparison.OrdinalIgnoreCase)
            ? LabelValues.Named(CamVid) : null;

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults)
    {
        bool isShared = !_folders.TryGetValue(split, out Pair pair);
        if (isShared) pair = _shared!.Value;
        string list = Path.Combine(Root, (isShared ? ShareOut.Train : split) + ".txt");
        List<MaskedPicture> pictures = File.Exists(list) ? MaskPairs.OfList(list, Root, pair.Pictures, pair.Masks, faults)
            : MaskPairs.OfFolders(pair.Pictures, pair.Masks, faults);
        if (HasSecond) pictures = MaskPairs.WithSecond(pictures, pair.Second ?? pair.Masks + Again, faults);
        if (!isShared || split == ShareOut.Trainval) return pictures;
        bool[] isVal = ShareOut.ByName([.. pictures.Select(p => Path.GetRelativePath(Root, p.Path))]);
        return [.. pictures.Where((_, i) => isVal[i] == (split == ShareOut.Val))];
    }

    private protected override LabelValues? SecondValues(Action<Fault> faults) => !HasSecond ? null
        : File.Exists(SecondClassFile) ? LabelValues.Read(SecondClassFile, faults) : Occurring(p => p.Second!, SecondClassFile, faults);

    private bool HasSecond => _shared?.Second is not null || _folders.Values.Any(pair => pair.Second is not null);

    private IEnumerable<string> Files(Func<Pair, string> of) =>
        (_shared is { } shared ? _folders.Values.Append(shared) : _folders.Values).Select(of).Distinct()
            .SelectMany(folder => new PictureFolder(folder).Pictures.Select(name => Path.Combine(folder, name)));

    private static string[] Folders(string folder) => Directory.Exists(folder) ? ClassFolders.In(folder) : [];

    private static bool Holds(string folder) => Directory.Exists(folder) &&
        Directory.EnumerateFiles(folder).Take(10_000).Any(PictureFolder.IsPicture);

    /// <summary>The folder of masks beside a folder of pictures, for one split or for all.</summary>
    private static string? Masks(string root, string split, string ending = "") =>
        MaskNames.Select(name => Path.Combine(root, name + ending, split)).FirstOrDefault(Holds);
}
