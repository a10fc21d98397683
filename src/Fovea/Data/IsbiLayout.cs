using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>The electron microscope stacks of the ISBI 2012 challenge: <c>train-volume.tif</c> and <c>train-labels.tif</c>, TIFF files
/// of 30 pages each.</summary>
/// <remarks>Arganda-Carreras et al., "Crowdsourcing the creation of image segmentation algorithms for connectomics" (Frontiers in
/// Neuroanatomy 2015). In the masks 0 is a membrane and 255 the inside of a cell; here 255 is a class. The labels of
/// <c>test-volume.tif</c> are not published, where <c>test-labels.tif</c> is there it is read. For val the last tenth of the training
/// pages is taken, since neighbours in a stack are alike; train is the others, trainval all.</remarks>
public sealed class IsbiLayout : MaskFileLayout
{
    private const string Test = "test";

    private readonly Dictionary<string, (TiffStack Pictures, TiffStack Labels)?> _stacks = [];

    private IsbiLayout(string root, IReadOnlyList<string> splits) : base(root, DatasetFormat.Isbi, splits) { }

    /// <summary>The layout at a folder, or null when it holds no such stacks.</summary>
    internal static IsbiLayout? TryFind(string root)
    {
        string[] parts = [.. new[] { ShareOut.Train, Test }.Where(part =>
            File.Exists(Volume(root, part)) && File.Exists(Labels(root, part)))];
        return parts.Length == 0 ? null : new IsbiLayout(root,
            InOrder(parts.SelectMany(part => part == Test ? [Test] : new[] { ShareOut.Train, ShareOut.Val, ShareOut.Trainval })));
    }

    /// <inheritdoc/>
    public override string PlaceOf(string split) => $"files {Volume(Root, split)} and {Labels(Root, split)}";

    internal override IEnumerable<string> PictureFiles() => [];

    private protected override IReadOnlyList<string> Notes => Splits.Contains(ShareOut.Val)
        ? ["val is the last tenth of the pages of train-volume.tif; train is the others."] : [];

    private protected override LabelValues KnownValues => LabelValues.OfValues([(0, "membrane"), (255, "cell")]);

    private protected override List<MaskedPicture> Pictures(string split, Action<Fault> faults)
    {
        string part = split == Test ? Test : ShareOut.Train;
        if (!_stacks.TryGetValue(part, out var stacks)) stacks = _stacks[part] = Read(part, faults);
        if (stacks is not var (pictures, labels)) return [];
        int val = Math.Max(1, ShareOut.LastOf(pictures.Pages));
        (int from, int to) = split switch
        {
            ShareOut.Train => (0, pictures.Pages - val),
            ShareOut.Val => (pictures.Pages - val, pictures.Pages),
            _ => (0, pictures.Pages),
        };
        var packed = new PackedPictures(pictures.Values, 0, (int)pictures.Size.Pixels, pictures.Size, isColour: false);
        return [.. Enumerable.Range(from, to - from).Select(page => new MaskedPicture($"{Volume(Root, part)}#{page}",
            new PageMask($"{Labels(Root, part)}#{page}", labels, page), new FilePosition(Volume(Root, part)))
        {
            Packed = new PackedPicture(packed, page), Stated = pictures.Size,
        })];
    }

    private (TiffStack, TiffStack)? Read(string part, Action<Fault> faults)
    {
        try
        {
            TiffStack pictures = TiffStack.Read(Volume(Root, part)), labels = TiffStack.Read(Labels(Root, part));
            if (pictures.Pages == labels.Pages) return (pictures, labels);
            faults(new Fault(FindingKind.MissingAnnotation, new FilePosition(Labels(Root, part)),
                $"the file has {labels.Pages} pages, but {Volume(Root, part)} has {pictures.Pages}; each picture needs its mask."));
        }
        catch (DataException e)
        {
            faults(Fault.Of(e));
        }
        return null;
    }

    private static string Volume(string root, string part) => Path.Combine(root, part + "-volume.tif");

    private static string Labels(string root, string part) => Path.Combine(root, part + "-labels.tif");

    private sealed record PageMask(string Name, TiffStack Stack, int Page) : MaskSource(Name)
    {
        public override IndexMap Read()
        {
            int length = (int)Stack.Size.Pixels;
            return new IndexMap(Stack.Size, Stack.Values[(Page * length)..((Page + 1) * length)]);
        }
    }
}
