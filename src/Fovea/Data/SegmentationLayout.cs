using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>A data set that tells the class of every pixel.</summary>
public abstract class SegmentationLayout : DatasetLayout
{
    private protected SegmentationLayout(string root, DatasetFormat format, IReadOnlyList<string> splits) : base(root, format, splits) { }

    /// <inheritdoc/>
    public override AnnotationKind Kind => AnnotationKind.Labels;

    /// <inheritdoc/>
    public override SegmentationDataset Open(string split, IReadOnlyList<Category>? categories = null)
    {
        split = split.Length == 0 && Splits.Count == 1 ? Splits[0] : ResolveSplit(split);
        DataListing listing = Read([split], categories, Fault.Throw);
        return new SegmentationDataset(this, listing, listing.Splits[0]);
    }

    /// <summary>Masks that lie in the folders of masks, for finding those that belong to no picture.</summary>
    internal virtual IEnumerable<string> MaskFiles() => [];

    internal override string Describe(Box box) => throw new InvalidOperationException("Our own bug: masks have no boxes.");
}
