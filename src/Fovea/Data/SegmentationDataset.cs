using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>One split of a data set that tells the class of every pixel: samples have <see cref="Sample.Labels"/>, some data sets' also
/// <see cref="Sample.SecondLabels"/>, and no annotated objects. Opened through <see cref="Dataset.Open"/>.</summary>
/// <remarks>A mask is read together with its picture, so opening is quick however many there are. Labels are positions in <see
/// cref="FileDataset.Categories"/>, or <see cref="SegmentationMap.Ignore"/>; the id of a category of the data set's own is the value
/// that it has in the masks.</remarks>
public sealed class SegmentationDataset : FileDataset
{
    private readonly IReadOnlyList<Labelling> _labellings;

    internal SegmentationDataset(DatasetLayout layout, DataListing listing, SplitListing split)
        : base($"{split.Name} of {layout.Root}", listing.Categories, split.Pictures,
            idsFromPosition: layout is not CocoMaskLayout) => _labellings = listing.Labellings;

    /// <inheritdoc/>
    public override AnnotationKind Kind => AnnotationKind.Labels;

    /// <inheritdoc/>
    public override IReadOnlyList<Category> SecondCategories => _labellings.Count > 1 ? _labellings[1].Categories : [];

    /// <exception cref="DataException">The mask cannot be read, has another size than its picture, or a value of no class.</exception>
    private protected override SegmentationMap? LabelsOf(PictureEntry picture, ImageSize size) => Read(_labellings[0], picture, size);

    /// <inheritdoc cref="LabelsOf"/>
    private protected override SegmentationMap? SecondLabelsOf(PictureEntry picture, ImageSize size) =>
        _labellings.Count > 1 ? Read(_labellings[1], picture, size) : null;

    private static SegmentationMap Read(Labelling labelling, PictureEntry picture, ImageSize size)
    {
        MaskSource mask = labelling.MaskOf(picture);
        IndexMap values = mask.Read();
        return values.Size == size ? new SegmentationMap(size, labelling.Table.Apply(values, mask.Name))
            : throw new DataException(new DataLocation(mask.Name), LabelTable.OtherSize(values.Size, picture.Path, size));
    }
}
