using Fovea.Data.Checking;
using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>COCO's outlines as labels: each picture's objects are drawn into a map of their classes, on a background that is the first
/// class. Only where labels are wanted; otherwise the boxes are read, see <see cref="CocoLayout"/>.</summary>
/// <remarks>Polygons fill the pixels whose middles lie inside (even-odd); run lengths are taken as they are, compressed or not. Pixels
/// of objects of two classes are ignored, as in torchvision's reference training for segmentation. Outlines stay in the file and are
/// read with their picture.</remarks>
public sealed class CocoMaskLayout : SegmentationLayout
{
    private readonly CocoLayout _coco;

    internal CocoMaskLayout(CocoLayout coco) : base(coco.Root, DatasetFormat.Coco, coco.Splits) => _coco = coco;

    /// <inheritdoc/>
    public override string PlaceOf(string split) => _coco.PlaceOf(split);

    internal override IEnumerable<string> PictureFiles() => _coco.PictureFiles();

    internal override DataListing Read(IReadOnlyList<string> splits, IReadOnlyList<Category>? categories, Action<Fault> faults)
    {
        DataListing objects = _coco.Read(splits, categories: null, faults);
        if (objects.Categories.Count >= SegmentationMap.Ignore)
            throw new DataException($"{Root} has {objects.Categories.Count} classes, but a map of labels holds " +
                $"{SegmentationMap.Ignore - 1} and the background.");
        LabelValues values = LabelValues.Named(["background", .. objects.Categories.Select(c => c.Name)]);
        var table = new LabelTable(values, categories, Root, faults);
        SplitListing[] listings = [.. objects.Splits.Select(split => split with { Pictures = [.. split.Pictures.Select(WithMask)] })];
        ExpectOutlines(listings, faults);
        IReadOnlyList<Category> used = categories ?? values.Categories;
        return new DataListing(used, ClassesDeclared: true, listings) { Labellings = [new Labelling(used, Declared: true, table)] };
    }

    private static PictureEntry WithMask(PictureEntry picture)
    {
        var outlines = new List<Outline>(picture.Objects.Length);
        foreach (ObjectEntry o in picture.Objects.Span)
            if (o.Class >= 0) outlines.Add(new Outline(o.Position, (byte)(o.Class + 1), o.Id));
        return new PictureEntry
        {
            Id = picture.Id, Path = picture.Path, Exists = picture.Exists, Position = picture.Position, Stated = picture.Stated,
            SizePosition = picture.SizePosition, HasFaults = picture.HasFaults,
            Mask = new OutlineMask($"{picture.Position.File}#{picture.Id}", picture.Position.File, picture.Path, picture.Stated, outlines),
        };
    }

    /// <summary>Boxes alone are told of at once, not when training has begun.</summary>
    private static void ExpectOutlines(SplitListing[] splits, Action<Fault> faults)
    {
        foreach (SplitListing split in splits)
        {
            PictureEntry? first = split.Pictures.FirstOrDefault(p => ((OutlineMask)p.Mask!).Outlines.Count > 0);
            if (first is null) continue;
            var mask = (OutlineMask)first.Mask!;
            if (mask.HasOutlines()) continue;
            faults(new Fault(FindingKind.MissingAnnotation, new FilePosition(mask.File, mask.Outlines[0].Offset, IsOffset: true),
                $"annotation {mask.Outlines[0].Id} has a box, but no outline (\"segmentation\"), which labels are made of."));
        }
    }
}
