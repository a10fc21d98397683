using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data;

/// <summary>PASCAL VOC: one split of a detection folder, read as it is.</summary>
/// <remarks>
/// Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge" (IJCV 2010). VOC's corners are pixels counted from 1,
/// both inside the box; here they become continuous pixels, (xmin - 1, ymin - 1, xmax, ymax), so that a box over the whole
/// of a 640 x 480 picture, 1 1 640 480, is (0, 0, 640, 480). Coordinates may have decimals. Objects without
/// <c>difficult</c> are not difficult. Which pictures and classes there are: <see cref="VocLayout"/>.
/// </remarks>
public sealed class VocDataset : FileDataset
{
    internal VocDataset(string root, DataListing listing, SplitListing split)
        : base($"VOC {split.Name} of {root}", listing.Categories, split.Pictures, idsFromPosition: true) { }

    /// <summary>Opens one split of a folder.</summary>
    /// <param name="folder">The folder that holds Annotations and JPEGImages.</param>
    /// <param name="split">A list in ImageSets/Main, without ".txt", or "all" where there are no lists.</param>
    /// <param name="categories">The class list to use instead of the folder's own; see <see cref="DatasetLayout.Open"/>.</param>
    /// <exception cref="DataException">The folder is no VOC folder, a listed file is missing, or one cannot be read.</exception>
    public static VocDataset Open(string folder, string split, IReadOnlyList<Category>? categories = null) =>
        (Directory.Exists(folder) ? VocLayout.TryFind(folder) : null)?.Open(split, categories)
        ?? throw new DataException($"{folder} is no PASCAL VOC folder: expected Annotations/*.xml in it.");
}
