using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>LabelMe: one split of a folder with a JSON file beside each picture, read as it is.</summary>
/// <remarks>Wada, "Labelme: Image Polygonal Annotation with Python". Coordinates are continuous pixels. Shapes of one label and one
/// <c>group_id</c> are one object; its box is that of its rectangle, where it has one, otherwise the smallest one around its shapes. Which
/// pictures and classes there are: <see cref="LabelMeLayout"/>.</remarks>
public sealed class LabelMeDataset : FileDataset
{
    internal LabelMeDataset(string root, DataListing listing, SplitListing split)
        : base($"LabelMe {split.Name} of {root}", listing.Categories, split.Pictures, idsFromPosition: true, listing.Skeletons) { }
}
