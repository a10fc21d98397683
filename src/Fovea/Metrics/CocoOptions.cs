namespace Fovea.Metrics;

/// <summary>A range of object areas that is evaluated by itself, both ends included.</summary>
/// <param name="Name">What tables call it; "small", "medium" and "large" are the names COCO's twelve figures look for.</param>
/// <param name="Minimum">Smallest area in square pixels.</param>
/// <param name="Maximum">Largest area in square pixels.</param>
public sealed record AreaRange(string Name, double Minimum, double Maximum)
{
    /// <summary>True when the area lies in the range.</summary>
    public bool Contains(double area) => area >= Minimum && area <= Maximum;
}

/// <summary>What COCO's evaluation is computed at. The defaults are those of the COCO challenge
/// (Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014, and its detection evaluation).</summary>
public sealed record CocoOptions
{
    private readonly double[] _iouThresholds = EvenlySpaced(0.5, 0.95, 10);
    private readonly double[] _recallThresholds = EvenlySpaced(0, 1, 101);
    private readonly int[] _maxDetections = [1, 10, 100];
    private readonly AreaRange[] _areaRanges =
    [
        new("all", 0, 1e10), new("small", 0, 32 * 32), new("medium", 32 * 32, 96 * 96), new("large", 96 * 96, 1e10),
    ];

    /// <summary>COCO's own settings.</summary>
    public static CocoOptions Default { get; } = new();

    /// <summary>COCO's own settings for key points: areas from medium on, since those of small objects are not annotated, the 20 surest
    /// detections of a picture, and recall at single overlaps as well.</summary>
    public static CocoOptions Keypoints { get; } = new()
    {
        MaxDetections = [20], AreaRanges = [new("all", 0, 1e10), new("medium", 32 * 32, 96 * 96), new("large", 96 * 96, 1e10)],
        ShowsRecallAtOverlaps = true,
    };

    /// <summary>Whether the summary has recall at the overlaps 0.50 and 0.75 too, as COCO's has for key points. Default: no.</summary>
    public bool ShowsRecallAtOverlaps { get; init; }

    /// <summary>COCO's own settings, for a model that finds more objects in a picture: its limit takes the place of the last, 100, where it is
    /// larger.</summary>
    /// <param name="detections">Detections of a picture at most.</param>
    public static CocoOptions WithLimit(int detections) => detections <= 100 ? Default : Default with { MaxDetections = [1, 10, detections] };

    /// <summary>How much a detection has to overlap an object to count as having found it. Default: 0.50, 0.55, ... 0.95.</summary>
    /// <exception cref="ArgumentException">Empty, not rising, or outside 0 to 1.</exception>
    public IReadOnlyList<double> IouThresholds
    {
        get => _iouThresholds;
        init => _iouThresholds = Rising(value, nameof(IouThresholds));
    }

    /// <summary>The recalls at which precision is read off and averaged. Default: 0.00, 0.01, ... 1.00.</summary>
    /// <exception cref="ArgumentException">Empty, not rising, or outside 0 to 1.</exception>
    public IReadOnlyList<double> RecallThresholds
    {
        get => _recallThresholds;
        init => _recallThresholds = Rising(value, nameof(RecallThresholds));
    }

    /// <summary>How many detections of one category count in one picture, the surest first. Recall is computed at each of
    /// these limits, precision at the last. Default: 1, 10, 100.</summary>
    /// <exception cref="ArgumentException">Empty, not rising, or below 1.</exception>
    public IReadOnlyList<int> MaxDetections
    {
        get => _maxDetections;
        init
        {
            int[] limits = [.. value];
            if (limits.Length == 0 || limits[0] < 1 || !IsRising(limits))
                throw new ArgumentException("MaxDetections needs at least one limit, each 1 or more and larger than the one " +
                    $"before it, but holds [{string.Join(", ", limits)}].", nameof(MaxDetections));
            _maxDetections = limits;
        }
    }

    /// <summary>The ranges of object area that are evaluated; the first is the one that the figures without a range use.
    /// Default: all, small (up to 32 x 32), medium (up to 96 x 96), large.</summary>
    /// <exception cref="ArgumentException">Empty, two of one name, or a range whose ends are reversed or not numbers.</exception>
    public IReadOnlyList<AreaRange> AreaRanges
    {
        get => _areaRanges;
        init
        {
            AreaRange[] ranges = [.. value];
            if (ranges.Length == 0) throw new ArgumentException("AreaRanges needs at least one range.", nameof(AreaRanges));
            foreach (AreaRange range in ranges)
                if (!(range.Minimum <= range.Maximum))
                    throw new ArgumentException($"The area range \"{range.Name}\" must not end before it begins, but goes " +
                        $"from {range.Minimum} to {range.Maximum}.", nameof(AreaRanges));
            if (ranges.DistinctBy(range => range.Name).Count() != ranges.Length)
                throw new ArgumentException("Two area ranges have one name: " +
                    $"{string.Join(", ", ranges.Select(range => range.Name))}.", nameof(AreaRanges));
            _areaRanges = ranges;
        }
    }

    /// <summary>Values from first to last in equal steps: first + i * step, and exactly last at the end. The last bit
    /// matters: overlaps and recalls of small whole numbers often hit a threshold exactly, and then this product decides.</summary>
    internal static double[] EvenlySpaced(double first, double last, int count)
    {
        double step = (last - first) / (count - 1);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) values[i] = i * step + first;
        values[^1] = last;
        return values;
    }

    private static double[] Rising(IReadOnlyList<double> values, string name)
    {
        double[] copy = [.. values];
        if (copy.Length == 0 || !copy.All(value => value is >= 0 and <= 1) || !IsRising(copy))
            throw new ArgumentException($"{name} needs at least one value, each from 0 to 1 and larger than the one before " +
                $"it, but holds [{string.Join(", ", copy)}].", name);
        return copy;
    }

    private static bool IsRising<T>(T[] values) where T : IComparable<T>
    {
        for (int i = 1; i < values.Length; i++)
            if (values[i].CompareTo(values[i - 1]) <= 0) return false;
        return true;
    }
}
