using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Structures;
using Fovea.Weights;

namespace Fovea.Data;

/// <summary>PASCAL VOC's labels: <c>SegmentationClass/*.png</c>, pictures in <c>JPEGImages/</c>, and the splits' pictures in
/// <c>ImageSets/Segmentation/*.txt</c>, a name a line. Without lists there is one split, "all".</summary>
/// <remarks>
/// Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge" (IJCV 2010). The masks are palette PNG files: 0 is the background,
/// which is a class, 1 to 20 are the object classes, and 255, the outlines, is ignored. Where the folder has a <c>classes.txt</c>
/// without values and without a background, as for detection, the background comes before it.
/// </remarks>
public sealed class VocSegmentationLayout : MaskFileLayout
{
    private const string Background = "background";

    private readonly bool _hasLists;

    private VocSegmentationLayout(string root, IReadOnlyList<string> splits, bool hasLists) : base(root, DatasetFormat.Voc, splits) =>
        _hasLists = hasLists;

    /// <summary>The layout at a folder, or null when it holds no such masks.</summary>
    internal static VocSegmentationLayout? TryFind(string root)
    {
        string masks = Path.Combine(root, "SegmentationClass"), lists = Path.Combine(root, "ImageSets", "Segmentation");
        if (!Directory.Exists(masks) || !Directory.EnumerateFiles(masks, "*.png").Any()) return null;
        string[] splits = Directory.Exists(lists)
            ? [.. Directory.EnumerateFiles(lists, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f))] : [];
        return new VocSegmentationLayout(root, splits.Length > 0 ? InOrder(splits) : [VocLayout.AllSplit], splits.Length > 0);
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"a text file {ListFile(split)} with the name of a picture (without .jpg) on each line";

    // Most of VOC's pictures have boxes and no masks: only masks are looked for without a partner.
    internal override IEnumerable<string> PictureFiles() => [];

    internal override IEnumerable<string> MaskFiles() => new PictureFolder(Masks).Pictures.Select(name => Path.Combine(Masks, name));

    private protected override LabelValues KnownValues =>
        LabelValues.Named([Background, .. ClassList.Find("voc").Categories(21).Select(c => c.Name)]);

    private protected override LabelValues ReadClasses(Action<Fault> faults)
    {
        LabelValues values = base.ReadClasses(faults);
        bool isWithout = values.Categories.Count > 0 && values.Categories[0].Id == 0 &&
            values.Categories.All(c => !c.Name.Trim('_').Equals(Background, StringComparison.OrdinalIgnoreCase));
        return isWithout ? LabelValues.Named([Background, .. values.Categories.Select(c => c.Name)]) : values;
    }

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults)
    {
        string pictures = Path.Combine(Root, "JPEGImages");
        if (_hasLists) return MaskPairs.OfList(ListFile(split), Root, pictures, Masks, faults);
        List<MaskedPicture> result = [];
        var folder = new PictureFolder(pictures);
        foreach (string mask in MaskFiles())
        {
            string stem = Path.GetFileNameWithoutExtension(mask);
            if (folder.FindStem(stem) is { } name)
                result.Add(new MaskedPicture(Path.Combine(pictures, name), new PngMask(mask), new FilePosition(mask)));
            else
                faults(new Fault(FindingKind.MissingPicture, new FilePosition(mask), $"this mask has no picture: there is no {stem} " +
                    $"(.jpg, .jpeg, .png or .webp) in {pictures}."));
        }
        return result;
    }

    private string Masks => Path.Combine(Root, "SegmentationClass");

    private string ListFile(string split) => Path.Combine(Root, "ImageSets", "Segmentation", split + ".txt");
}
