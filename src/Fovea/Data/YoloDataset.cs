using Fovea.Data.Reading;

namespace Fovea.Data;

/// <summary>YOLO text: one split of a folder with a label file for each picture, read as it is.</summary>
/// <remarks>Numbers are shares of the picture's width and height; here they become continuous pixels of the picture as its header states it.
/// A polygon is the object's mask, by the rule of COCO's own tools, and its extent the box. A picture without a label file shows
/// background. Classes are numbered from 1 in the order of their list. Which pictures and classes there are: <see cref="YoloLayout"/>.</remarks>
public sealed class YoloDataset : FileDataset
{
    internal YoloDataset(string root, DataListing listing, SplitListing split)
        : base($"YOLO {split.Name} of {root}", listing.Categories, split.Pictures, idsFromPosition: true, listing.Skeletons) { }
}
