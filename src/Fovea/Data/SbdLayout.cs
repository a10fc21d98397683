using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Weights;

namespace Fovea.Data;

/// <summary>The Semantic Boundaries Dataset: <c>img/*.jpg</c>, <c>cls/*.mat</c>, and <c>train.txt</c>, <c>val.txt</c> and their like with a
/// name on each line; in the folder that is named, or in its <c>dataset/</c> or <c>benchmark_RELEASE/dataset/</c>.</summary>
/// <remarks>Hariharan, Arbelaez, Bourdev, Maji, Malik, "Semantic Contours from Inverse Detectors" (ICCV 2011): labels of 11,355 pictures of
/// PASCAL VOC 2011, in its 20 classes and the background. The matrix is GTcls.Segmentation; no pixel is void, unlike VOC's outlines. Its
/// train shares pictures with VOC's val: where that is measured on, list in <c>train_noval.txt</c> what may be learnt from.</remarks>
public sealed class SbdLayout : MaskFileLayout
{
    private const string Variable = "GTcls", Field = "Segmentation";

    private readonly string _folder;

    private SbdLayout(string root, string folder, IReadOnlyList<string> splits) : base(root, DatasetFormat.Sbd, splits) => _folder = folder;

    /// <summary>The layout at a folder, or null when it holds no such label files.</summary>
    internal static SbdLayout? TryFind(string root)
    {
        foreach (string inner in (string[])["", "dataset", Path.Combine("benchmark_RELEASE", "dataset")])
        {
            string folder = Path.Combine(root, inner), masks = Path.Combine(folder, "cls");
            if (!Directory.Exists(Path.Combine(folder, "img")) || !Directory.Exists(masks)
                || !Directory.EnumerateFiles(masks, "*.mat").Any()) continue;
            string[] lists = [.. Directory.EnumerateFiles(folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f))
                .Where(name => name.StartsWith("train", StringComparison.Ordinal) || name is "val" or "test")];
            return new SbdLayout(root, folder, lists.Length > 0 ? InOrder(lists) : [VocLayout.AllSplit]);
        }
        return null;
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"a text file {ListFile(split)} with the name of a picture (without .jpg) on each line";

    internal override IEnumerable<string> PictureFiles() =>
        new PictureFolder(Images).Pictures.Select(name => Path.Combine(Images, name));

    internal override IEnumerable<string> MaskFiles() => Directory.EnumerateFiles(Masks, "*.mat").Order(StringComparer.Ordinal);

    private protected override LabelValues KnownValues =>
        LabelValues.Named(["background", .. ClassList.Find("voc").Categories(21).Select(c => c.Name)]);

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults)
    {
        var pictures = new PictureFolder(Images);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<MaskedPicture> result = [];
        foreach ((string id, FilePosition position) in Listed(split, faults))
        {
            string mask = Path.Combine(Masks, id + ".mat");
            if (!PictureFolder.IsInside(id) || pictures.FindStem(id) is not { } name)
                faults(new Fault(FindingKind.MissingPicture, position, $"there is no picture {OneLine.Shorten(id)} in {Images}."));
            else if (!File.Exists(mask)) faults(MaskPairs.Without(Path.Combine(Images, name), mask, position));
            else if (!seen.Add(id)) faults(new Fault(FindingKind.DuplicateId, position, $"'{OneLine.Shorten(id)}' is listed twice."));
            else result.Add(new MaskedPicture(Path.Combine(Images, name), new MatMask(mask, Variable, Field), position));
        }
        return result;
    }

    private IEnumerable<(string Id, FilePosition Position)> Listed(string split, Action<Fault> faults) => File.Exists(ListFile(split))
        ? VocList.Read(ListFile(split), faults).Select(entry => (entry.Id, new FilePosition(ListFile(split), entry.Line)))
        : MaskFiles().Select(file => (Path.GetFileNameWithoutExtension(file), new FilePosition(file)));

    private string Images => Path.Combine(_folder, "img");

    private string Masks => Path.Combine(_folder, "cls");

    private string ListFile(string split) => Path.Combine(_folder, split + ".txt");
}
