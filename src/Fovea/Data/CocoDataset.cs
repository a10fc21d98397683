using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>COCO instances: one JSON file and its pictures, read as they are.</summary>
/// <remarks>
/// Lin et al., "Microsoft COCO: Common Objects in Context" (ECCV 2014). Boxes are left, top, width, height in continuous pixels and
/// become corners; category ids are kept, and categories are numbered in the order of their ids. A missing <c>area</c> is
/// the box's; a missing <c>iscrowd</c> is 0. Polygons and run lengths (<c>segmentation</c>) become masks, by the rule of COCO's own tools;
/// <c>keypoints</c> and the skeletons of the categories are read too. The file is read as a stream: memory goes with the number of
/// annotations, not with the length of their outlines, which stay in the file until a mask is asked for.
/// </remarks>
public sealed class CocoDataset : FileDataset
{
    internal CocoDataset(string split, string root, DataListing listing)
        : base($"COCO {split} of {root}", listing.Categories, listing.Splits[0].Pictures, idsFromPosition: false,
            listing.Skeletons) { }

    /// <summary>Opens a JSON file.</summary>
    /// <param name="json">An instances file, such as annotations/instances_val2017.json.</param>
    /// <param name="pictures">The folder that its file names count from; null finds it beside the file.</param>
    /// <param name="categories">The class list to use instead of the file's own; see <see cref="DatasetLayout.Open"/>.</param>
    /// <exception cref="DataException">The file cannot be read, has wrong or missing values, or its pictures are not found.</exception>
    public static CocoDataset Open(string json, string? pictures = null, IReadOnlyList<Category>? categories = null)
    {
        CocoLayout layout = CocoLayout.OfFile(json, pictures);
        return layout.Open(layout.Splits[0], categories);
    }
}
