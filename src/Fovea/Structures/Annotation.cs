namespace Fovea.Structures;

/// <summary>One annotated object of a picture.</summary>
public sealed record Annotation
{
    /// <summary>Where the object is, in continuous absolute pixels of its picture.</summary>
    public required Box Box { get; init; }

    /// <summary>Zero-based index into the data set's categories.</summary>
    public required int Category { get; init; }

    /// <summary>COCO's iscrowd: the box covers a group. Not trained on; detections that fall on it do not count as wrong.</summary>
    public bool IsCrowd { get; init; }

    /// <summary>VOC's difficult: not counted in VOC's AP, neither as found nor as missed.</summary>
    public bool IsDifficult { get; init; }

    /// <summary>The area in square pixels that decides whether COCO calls the object small, medium or large: of the
    /// mask where the file states it, otherwise of the box.</summary>
    public double Area { get; init; }

    /// <summary>The data set's own id of the annotation, 0 where it has none.</summary>
    public long Id { get; init; }

    /// <summary>Which pixels belong to the object, or null where only boxes are annotated.</summary>
    public RunLengthMask? Mask { get; init; }

    /// <summary>The object's key points, empty where none are annotated.</summary>
    public IReadOnlyList<Keypoint> Keypoints { get; init; } = [];
}
