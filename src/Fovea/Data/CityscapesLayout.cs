using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>Cityscapes: <c>leftImg8bit/SPLIT/CITY/*_leftImg8bit.png</c> with <c>gtFine/SPLIT/CITY/*_gtFine_labelIds.png</c>, or
/// <c>gtCoarse/</c> in the same form.</summary>
/// <remarks>
/// Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding" (CVPR 2016). Of the label ids 0 to 33 the 19 that are
/// evaluated are classes, in the order of their train ids; the others are ignored. Splits: train and val of the fine labels, train_extra of
/// the coarse ones; the coarse labels of train and val are called train_coarse and val_coarse. The labels of the test split are not
/// published.
/// </remarks>
public sealed class CityscapesLayout : MaskFileLayout
{
    private const string PictureEnding = "_leftImg8bit.png", Extra = "train_extra", Coarse = "_coarse";

    private static readonly (int Id, string Name)[] Classes =
    [
        (7, "road"), (8, "sidewalk"), (11, "building"), (12, "wall"), (13, "fence"), (17, "pole"), (19, "traffic light"),
        (20, "traffic sign"), (21, "vegetation"), (22, "terrain"), (23, "sky"), (24, "person"), (25, "rider"), (26, "car"), (27, "truck"),
        (28, "bus"), (31, "train"), (32, "motorcycle"), (33, "bicycle"),
    ];

    private const int LastId = 33;

    private CityscapesLayout(string root, IReadOnlyList<string> splits) : base(root, DatasetFormat.Cityscapes, splits) { }

    /// <summary>The layout at a folder, or null when it holds no Cityscapes.</summary>
    internal static CityscapesLayout? TryFind(string root)
    {
        string pictures = Path.Combine(root, "leftImg8bit");
        if (!Directory.Exists(pictures)) return null;
        string[] splits = [.. new[] { "train", "val", Extra, "train" + Coarse, "val" + Coarse }
            .Where(split => Directory.Exists(Path.Combine(pictures, Folder(split)))
                && Directory.Exists(Path.Combine(root, Labelling(split), Folder(split))))];
        return splits.Length > 0 ? new CityscapesLayout(root, InOrder(splits)) : null;
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) =>
        $"folders {PictureFolder(split)} and {MaskFolder(split)} with a folder of pictures, or of masks, for each city";

    internal override IEnumerable<string> PictureFiles() => Splits.Select(PictureFolder).Distinct().SelectMany(Files);

    internal override IEnumerable<string> MaskFiles() =>
        Splits.SelectMany(split => Files(MaskFolder(split)).Where(file => file.EndsWith(MaskEnding(split), StringComparison.Ordinal)));

    private protected override LabelValues KnownValues => LabelValues.OfValues(Classes,
        [.. Enumerable.Range(0, LastId + 1).Except(Classes.Select(c => c.Id))]);

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults)
    {
        List<MaskedPicture> result = [];
        foreach (string picture in Files(PictureFolder(split)))
        {
            string name = Path.GetFileName(picture);
            if (!name.EndsWith(PictureEnding, StringComparison.Ordinal)) continue;
            string city = Path.GetFileName(Path.GetDirectoryName(picture)!);
            string mask = Path.Combine(MaskFolder(split), city, name[..^PictureEnding.Length] + MaskEnding(split));
            var position = new FilePosition(picture);
            if (File.Exists(mask)) result.Add(new MaskedPicture(picture, new PngMask(mask), position));
            else faults(MaskPairs.Without(picture, mask, position));
        }
        return result;
    }

    private string PictureFolder(string split) => Path.Combine(Root, "leftImg8bit", Folder(split));

    private string MaskFolder(string split) => Path.Combine(Root, Labelling(split), Folder(split));

    private static string MaskEnding(string split) => $"_{Labelling(split)}_labelIds.png";

    private static string Folder(string split) => split.EndsWith(Coarse, StringComparison.Ordinal) ? split[..^Coarse.Length] : split;

    private static string Labelling(string split) =>
        split == Extra || split.EndsWith(Coarse, StringComparison.Ordinal) ? "gtCoarse" : "gtFine";

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
        .SelectMany(city => Directory.EnumerateFiles(city, "*.png").Order(StringComparer.Ordinal));
}
