using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>One object as its file states it: nothing clipped, nothing dropped.</summary>
/// <param name="Box">Continuous pixels; may be reversed, empty or outside.</param>
/// <param name="Class">Index into the listing's categories, or -1 for a class that they do not have (reported as a fault).</param>
/// <param name="Area">Stated area in square pixels, or NaN where the file states none.</param>
/// <param name="Id">COCO's annotation id, 0 for VOC.</param>
/// <param name="Position">Line (VOC) or byte offset (COCO) in the picture's annotation file.</param>
/// <param name="IsCrowd">COCO's iscrowd.</param>
/// <param name="IsDifficult">VOC's difficult.</param>
internal readonly record struct ObjectEntry(
    Box Box, int Class, double Area, long Id, long Position, bool IsCrowd, bool IsDifficult)
{
    /// <summary>Whether the file tells the object's pixels; where they are read from, see <see cref="PictureEntry.Masks"/>.</summary>
    public bool HasMask { get; init; }

    /// <summary>The key points, or null where the file has none.</summary>
    public Keypoint[]? Keypoints { get; init; }
}

/// <summary>One picture as its annotation file states it.</summary>
internal sealed class PictureEntry
{
    /// <summary>COCO's image id; VOC's position in its split is given when the data set is opened.</summary>
    public required long Id { get; init; }

    /// <summary>The picture's file, or where it should have been; a name for it where many share one file.</summary>
    public required string Path { get; init; }

    /// <summary>False where the file is not there.</summary>
    public required bool Exists { get; init; }

    /// <summary>Where the picture is annotated.</summary>
    public required FilePosition Position { get; init; }

    /// <summary>Where the picture's size is stated.</summary>
    public required FilePosition SizePosition { get; init; }

    /// <summary>True when parts of the picture's annotation could not be accepted and are missing from <see cref="Objects"/>.</summary>
    public bool HasFaults { get; init; }

    /// <summary>The size that the annotation file states, or null where it states none (or none above zero).</summary>
    public required ImageSize? Stated { get; init; }

    /// <summary>The annotated objects in the order of the file.</summary>
    public ReadOnlyMemory<ObjectEntry> Objects { get; init; }

    /// <summary>Reads the masks of <see cref="Objects"/>; null where none has one.</summary>
    public InstanceMasks? Masks { get; init; }

    /// <summary>What the whole picture shows: an index into the listing's categories; null where objects are annotated.</summary>
    public int? Class { get; init; }

    /// <summary>Where the class of every pixel is told; null where it is not.</summary>
    public MaskSource? Mask { get; init; }

    /// <summary>Where a second class of every pixel is told; null where there is none.</summary>
    public MaskSource? SecondMask { get; init; }

    /// <summary>Where the pixels are when many pictures share one file; null for a file of its own.</summary>
    public PackedPicture? Packed { get; init; }

    /// <summary>Reads the pixels.</summary>
    /// <exception cref="ImageException">The picture is missing, damaged or too large.</exception>
    public Image ReadImage() => Packed is { } packed ? packed.ToImage() : Image.Load(Path);

    /// <summary>The size that the picture has, by its header.</summary>
    /// <exception cref="ImageException">The file is missing or no picture.</exception>
    public ImageSize ReadSize() => Packed is { } packed ? packed.File.Size : Image.ReadInfo(Path).Size;
}

/// <summary>The pictures of one split, in the order of its list.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="Pictures">What is annotated.</param>
/// <param name="Listed">For each picture, where the split lists it.</param>
internal sealed record SplitListing(string Name, IReadOnlyList<PictureEntry> Pictures, IReadOnlyList<FilePosition> Listed);

/// <summary>A data set as its files state it, before anything is judged.</summary>
/// <param name="Categories">The classes that <see cref="ObjectEntry.Class"/> counts.</param>
/// <param name="ClassesDeclared">True when a class list was given (by the JSON, classes.txt or the caller), false when
/// the classes are the names that occur.</param>
/// <param name="Splits">The splits that were asked for. A picture that two splits share is one object.</param>
internal sealed record DataListing(IReadOnlyList<Category> Categories, bool ClassesDeclared, IReadOnlyList<SplitListing> Splits)
{
    /// <summary>Things worth knowing that are no faults, such as files that are passed over.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the values of masks mean, for each map that a picture has; empty where there are no masks.</summary>
    public IReadOnlyList<Labelling> Labellings { get; init; } = [];

    /// <summary>The key points of the categories that have some, by index.</summary>
    public IReadOnlyDictionary<int, Skeleton> Skeletons { get; init; } = new Dictionary<int, Skeleton>();
}
