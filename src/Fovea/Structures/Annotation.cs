namespace Fovea.Structures;

/// <summary>One annotated object of a picture.</summary>
public sealed record Annotation
{
    private readonly object? _mask; // a RunLengthMask, or one that is still to be read

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
    /// <exception cref="Data.DataException">When it is first asked for: the data set's file no longer holds it, or holds it wrongly.</exception>
    public RunLengthMask? Mask
    {
        get => _mask as RunLengthMask ?? (_mask as Lazy<RunLengthMask?>)?.Value;
        init => _mask = value;
    }

    /// <summary>Whether it has a mask, without reading it.</summary>
    public bool HasMask => _mask is not null;

    /// <summary>A mask that is read when it is asked for: outlines of large data sets stay in their files.</summary>
    internal Lazy<RunLengthMask?>? LazyMask { init => _mask = value is { IsValueCreated: true } ? value.Value : value; }

    /// <summary>The mask after a motion of the picture: one that is still to be read is read and moved when it is asked for, so that
    /// detectors of boxes alone never read it.</summary>
    internal Lazy<RunLengthMask?>? MoveMask(Func<RunLengthMask, RunLengthMask> motion) => _mask switch
    {
        RunLengthMask mask => new Lazy<RunLengthMask?>(motion(mask)),
        Lazy<RunLengthMask?> later => new Lazy<RunLengthMask?>(() => later.Value is { } mask ? motion(mask) : null),
        _ => null,
    };

    /// <summary>The object's key points, empty where none are annotated.</summary>
    public IReadOnlyList<Keypoint> Keypoints { get; init; } = [];
}
