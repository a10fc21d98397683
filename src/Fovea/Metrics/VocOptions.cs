namespace Fovea.Metrics;

/// <summary>What a box's right and lower edges mean, on which the VOC development kit and everyone else differ.</summary>
public enum BoxEdges
{
    /// <summary>Continuous pixels: the width is x2 - x1. Fovea's own boxes are so, also those read from VOC folders: the reader
    /// turns the kit's (xmin, ymin, xmax, ymax) into (xmin - 1, ymin - 1, xmax, ymax), so that overlaps are exactly the kit's.</summary>
    Continuous,

    /// <summary>The numbers of the first and the last pixel inside, as VOC's files hold them: the width is x2 - x1 + 1, the kit's
    /// "+ 1". For boxes that were taken from such files without a change.</summary>
    Inclusive,
}

/// <summary>What VOC's evaluation is computed at. The defaults are those of the PASCAL VOC challenge.</summary>
public sealed record VocOptions
{
    private readonly double _iouThreshold = 0.5;

    /// <summary>VOC's own settings.</summary>
    public static VocOptions Default { get; } = new();

    /// <summary>How much a detection has to overlap an object to count as having found it, more than 0 and at most 1. Default:
    /// 0.5.</summary>
    /// <exception cref="ArgumentException">Outside that range.</exception>
    public double IouThreshold
    {
        get => _iouThreshold;
        init => _iouThreshold = value is > 0 and <= 1
            ? value
            : throw new ArgumentException($"IouThreshold must be more than 0 and at most 1, but is {value}.", nameof(IouThreshold));
    }

    /// <summary>What the boxes' edges mean. Default: continuous.</summary>
    /// <exception cref="ArgumentException">None of the named values.</exception>
    public BoxEdges Edges
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentException($"Edges must be {BoxEdges.Continuous} or {BoxEdges.Inclusive}, but is {value}.", nameof(Edges));
    } = BoxEdges.Continuous;
}
