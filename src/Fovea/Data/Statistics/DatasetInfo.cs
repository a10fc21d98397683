namespace Fovea.Data.Statistics;

/// <summary>How often a class occurs in a split.</summary>
/// <param name="Id">The data set's own id.</param>
/// <param name="Name">The class.</param>
/// <param name="Boxes">Its boxes.</param>
/// <param name="Pictures">Pictures with at least one of them or of its pixels, or of this class as a whole.</param>
public sealed record ClassCount(int Id, string Name, int Boxes, int Pictures);

/// <summary>How many pictures of a split have a size.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Pictures">How many.</param>
public sealed record PictureSizeCount(int Height, int Width, int Pictures);

/// <summary>What a split holds. Boxes that training would drop (a side of at most one pixel) count as boxes but not in
/// the distributions.</summary>
public sealed record SplitInfo
{
    /// <summary>The split's name.</summary>
    public required string Name { get; init; }

    /// <summary>Pictures.</summary>
    public required int Pictures { get; init; }

    /// <summary>Pictures without any box.</summary>
    public required int EmptyPictures { get; init; }

    /// <summary>Boxes.</summary>
    public required int Boxes { get; init; }

    /// <summary>Boxes that cover a group (COCO's iscrowd).</summary>
    public required int Crowds { get; init; }

    /// <summary>Boxes marked difficult (VOC).</summary>
    public required int Difficult { get; init; }

    /// <summary>Objects whose pixels are told.</summary>
    public int Masks { get; init; }

    /// <summary>Objects with at least one labelled key point.</summary>
    public int WithKeypoints { get; init; }

    /// <summary>Boxes with a side of at most one pixel, or reversed.</summary>
    public required int Degenerate { get; init; }

    /// <summary>Every class, in the order of the class list.</summary>
    public required IReadOnlyList<ClassCount> Classes { get; init; }

    /// <summary>Boxes that COCO calls small: area below 32 x 32 pixels.</summary>
    public required int Small { get; init; }

    /// <summary>Boxes that COCO calls medium: area from 32 x 32 to 96 x 96 pixels.</summary>
    public required int Medium { get; init; }

    /// <summary>Boxes that COCO calls large: area of 96 x 96 pixels or more.</summary>
    public required int Large { get; init; }

    /// <summary>Width of boxes in pixels; null without boxes.</summary>
    public required Distribution? Width { get; init; }

    /// <summary>Height of boxes in pixels; null without boxes.</summary>
    public required Distribution? Height { get; init; }

    /// <summary>Square root of width x height in pixels; null without boxes.</summary>
    public required Distribution? Side { get; init; }

    /// <summary>Height / width; null without boxes.</summary>
    public required Distribution? AspectRatio { get; init; }

    /// <summary>Boxes of a picture; null without pictures.</summary>
    public required Distribution? BoxesPerPicture { get; init; }

    /// <summary>The most frequent picture sizes, ten at most, the most frequent first.</summary>
    public required IReadOnlyList<PictureSizeCount> PictureSizes { get; init; }

    /// <summary>Number of different picture sizes.</summary>
    public required int DistinctSizes { get; init; }

    /// <summary>Anchors that fit the boxes; null without boxes.</summary>
    public required AnchorAdvice? Anchors { get; init; }

    /// <summary>Anchors of YOLOv3 that fit the boxes, nine of them and six; none without boxes.</summary>
    public IReadOnlyList<ShapeClusters> Shapes { get; init; } = [];

    /// <summary>Pixels of each class; null where the data set does not tell them.</summary>
    public LabelInfo? Labels { get; init; }

    /// <summary>What the second masks hold; null where there are none.</summary>
    public LabelInfo? SecondLabels { get; init; }
}

/// <summary>What a data set holds.</summary>
/// <param name="Path">The folder or file.</param>
/// <param name="Format">Its format.</param>
/// <param name="Splits">Its splits.</param>
/// <param name="Faults">Entries that could not be accepted and are not counted; <c>data check</c> lists them.</param>
public sealed record DatasetInfo(string Path, DatasetFormat Format, IReadOnlyList<SplitInfo> Splits, int Faults)
{
    /// <summary>What is told of the pictures.</summary>
    public AnnotationKind Kind { get; init; }

    /// <summary>True where each picture has one class as a whole, and there are no boxes.</summary>
    public bool IsOfWholePictures => Kind == AnnotationKind.Classes;
}
