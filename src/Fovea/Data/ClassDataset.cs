using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>One split of a data set whose pictures have one class each as a whole: records have an
/// <see cref="ImageRecord.Category"/> and no annotations. Opened through <see cref="Dataset.Open"/>.</summary>
/// <remarks>A record of a picture that has a file of its own costs a look at the file's header, for its size; <see
/// cref="FileDataset.CategoryOf"/> costs nothing.</remarks>
public sealed class ClassDataset : FileDataset
{
    internal ClassDataset(ClassLayout layout, DataListing listing, SplitListing split)
        : base($"{split.Name} of {layout.Root}", listing.Categories, split.Pictures, idsFromPosition: true) { }

    /// <inheritdoc/>
    public override AnnotationKind Kind => AnnotationKind.Classes;
}
