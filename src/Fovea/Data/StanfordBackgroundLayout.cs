using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>Stanford Background: <c>images/*.jpg</c> and <c>labels/*.regions.txt</c>, text files with a number for each pixel, a row a
/// line; <c>labels/*.surfaces.txt</c>, where they are there, tell the geometric class of each pixel in the same way. It has no splits: one
/// picture in five is for validation, chosen by a hash of its file name.</summary>
/// <remarks>Gould, Fulton, Koller, "Decomposing a Scene into Geometric and Semantically Consistent Regions" (ICCV 2009): 715 pictures,
/// eight classes; -1 is unknown and ignored. Its results are means over five random splits.</remarks>
public sealed class StanfordBackgroundLayout : MaskFileLayout
{
    private const string Ending = ".regions.txt", SecondEnding = ".surfaces.txt";

    private StanfordBackgroundLayout(string root)
        : base(root, DatasetFormat.StanfordBackground,
            [ShareOut.Train, ShareOut.Val, ShareOut.Trainval]) { }

    /// <summary>The layout at a folder, or null when it holds no such label files.</summary>
    internal static StanfordBackgroundLayout? TryFind(string root) =>
        Directory.Exists(Path.Combine(root, "images")) && Directory.Exists(LabelFolder(root))
            && Directory.EnumerateFiles(LabelFolder(root), "*" + Ending).Any() ? new StanfordBackgroundLayout(root) : null;

    /// <inheritdoc/>
    public override string PlaceOf(string split) => "another folder: Stanford Background has the splits train, val and trainval";

    internal override IEnumerable<string> PictureFiles() =>
        new PictureFolder(Path.Combine(Root, "images")).Pictures.Select(name => Path.Combine(Root, "images", name));

    private protected override IReadOnlyList<string> Notes => ["val is one picture in five, by its file name."];

    private protected override LabelValues KnownValues =>
        LabelValues.Named(["sky", "tree", "road", "grass", "water", "building", "mountain", "foreground"]);

    private protected override LabelValues? SecondValues(Action<Fault> faults) =>
        HasSurfaces ? LabelValues.Named(["sky", "horizontal", "vertical"]) : null;

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults)
    {
        List<MaskedPicture> all = [];
        bool hasSurfaces = HasSurfaces;
        foreach (string picture in PictureFiles())
        {
            string mask = Path.Combine(LabelFolder(Root), Path.GetFileNameWithoutExtension(picture) + Ending);
            var position = new FilePosition(picture);
            string surfaces = Path.Combine(LabelFolder(Root), Path.GetFileNameWithoutExtension(picture) + SecondEnding);
            if (!File.Exists(mask)) faults(MaskPairs.Without(picture, mask, position));
            else if (hasSurfaces && !File.Exists(surfaces)) faults(MaskPairs.Without(picture, surfaces, position));
            else all.Add(new MaskedPicture(picture, new TextMask(mask), position) { Second = hasSurfaces ? new TextMask(surfaces) : null });
        }
        if (split == ShareOut.Trainval) return all;
        bool[] isVal = ShareOut.ByName([.. all.Select(p => p.Path)]);
        return [.. all.Where((_, i) => isVal[i] == (split == ShareOut.Val))];
    }

    private bool HasSurfaces => Directory.EnumerateFiles(LabelFolder(Root), "*" + SecondEnding).Any();

    private static string LabelFolder(string root) => Path.Combine(root, "labels");
}
