using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>One split of a data set that tells the class of every pixel: samples have <see cref="Sample.Labels"/> and no annotated
/// objects. Opened through <see cref="Dataset.Open"/>.</summary>
/// <remarks>A mask is read together with its picture, so opening is quick however many there are. Labels are positions in <see
/// cref="FileDataset.Categories"/>, or <see cref="SegmentationMap.Ignore"/>; the id of a category of the data set's own is the value
/// that it has in the masks.</remarks>
public sealed class SegmentationDataset : FileDataset
{
    private readonly LabelTable _table;

    internal SegmentationDataset(DatasetLayout layout, DataListing listing, SplitListing split)
        : base($"{split.Name} of {layout.Root}", listing.Categories, split.Pictures,
            idsFromPosition: layout is not CocoMaskLayout) => _table = listing.Labels!;

    /// <inheritdoc/>
    public override AnnotationKind Kind => AnnotationKind.Labels;

    /// <exception cref="DataException">The mask cannot be read, has another size than its picture, or a value of no class.</exception>
    private protected override SegmentationMap? LabelsOf(PictureEntry picture, ImageSize size)
    {
        MaskSource mask = picture.Mask!;
        IndexMap values = mask.Read();
        return values.Size == size ? new SegmentationMap(size, _table.Apply(values, mask.Name))
            : throw new DataException(new DataLocation(mask.Name), LabelTable.OtherSize(values.Size, picture.Path, size));
    }
}
