using System.Globalization;
using Fovea.Data.Checking;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>One object of a YOLO label file, in shares of the picture's width and height.</summary>
internal readonly record struct YoloObject(int Class, Box Box, double[]? Polygon, Keypoint[]? Keypoints, long Line);

/// <summary>What a YOLO label file states: a line for each object, its class and then numbers from 0 to 1. <c>class cx cy w h</c> is a box by
/// its centre; <c>class x1 y1 x2 y2 x3 y3 ...</c> a polygon; with key points (<c>kpt_shape</c> of data.yaml) <c>class cx cy w h</c>, and x, y
/// and visibility of each point.</summary>
/// <remarks>Redmon et al., "You Only Look Once" (CVPR 2016), whose program Darknet began it; polygons and key points as in Ultralytics' data
/// sets. Where key points have no visibility, (0, 0) is not labelled and all others are visible.</remarks>
internal sealed class YoloText
{
    private const int LongestFile = 64 << 20;
    private const int BoxNumbers = 4, LeastCorners = 3;

    private readonly string _path;
    private readonly YoloNames _names;
    private readonly Action<Fault> _faults;

    private YoloText(string path, YoloNames names, Action<Fault> faults) => (_path, _names, _faults) = (path, names, faults);

    /// <summary>True when something could not be accepted.</summary>
    public bool HasFaults { get; private set; }

    public List<YoloObject> Objects { get; } = [];

    /// <summary>Reads a file. A line that cannot be accepted goes to <paramref name="faults"/> and is left out.</summary>
    public static YoloText Read(string path, YoloNames names, Action<Fault> faults)
    {
        var file = new YoloText(path, names, faults);
        try
        {
            if (new FileInfo(path).Length > LongestFile) throw new IOException($"It is larger than {LongestFile >> 20} MiB.");
            long number = 0;
            foreach (string line in File.ReadLines(path)) file.ReadLine(line, ++number);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            file.Report(FindingKind.BadAnnotation, 0, $"the file cannot be read. {e.Message}");
        }
        return file;
    }

    private void ReadLine(string line, long number)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return;
        if (!int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            Report(FindingKind.BadAnnotation, number,
                $"the line begins with '{OneLine.Shorten(words[0])}', but the number of a class, counted from 0, was expected.");
            return;
        }
        if (index >= _names.Categories.Count)
        {
            Report(FindingKind.UnknownClass, number, $"the class {index} is not in the class list, which ends with " +
                $"{_names.Categories.Count - 1}, {(_names.Categories.Count > 0 ? OneLine.Shorten(_names.Categories[^1].Name) : "and is empty")}.");
            return;
        }
        double[] numbers = new double[words.Length - 1];
        if (!HasRightCount(numbers.Length, number)) return;
        for (int i = 0; i < numbers.Length; i++)
        {
            bool isVisibility = _names is { Points: > 0, Dimensions: 3 } && i >= BoxNumbers && (i - BoxNumbers) % 3 == 2;
            if (double.TryParse(words[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) &&
                (isVisibility ? numbers[i] is 0 or 1 or 2 : numbers[i] is >= 0 and <= 1)) continue;
            Report(isVisibility ? FindingKind.WrongKeypoints : FindingKind.BadAnnotation, number,
                $"number {i + 1} after the class is '{OneLine.Shorten(words[i + 1])}', but " +
                (isVisibility ? "a visibility (0, 1 or 2) was expected." : "a share of the picture from 0 to 1 was expected."));
            return;
        }
        Objects.Add(ToObject(index, numbers, number));
    }

    private bool HasRightCount(int count, long number)
    {
        if (_names.Points > 0)
        {
            int expected = BoxNumbers + _names.Points * _names.Dimensions;
            if (count == expected) return true;
            Report(FindingKind.WrongKeypoints, number, $"there are {count} numbers after the class, but {expected} were expected: cx, cy, w, h and " +
                $"{_names.Points} key points of {_names.Dimensions} numbers (kpt_shape).");
            return false;
        }
        if (count == BoxNumbers || count >= 2 * LeastCorners && count % 2 == 0) return true;
        Report(FindingKind.BadAnnotation, number, $"there are {count} numbers after the class, but 4 (cx, cy, w, h) or x and y of at least " +
            $"{LeastCorners} corners were expected.");
        return false;
    }

    private YoloObject ToObject(int index, double[] numbers, long line)
    {
        if (_names.Points == 0 && numbers.Length > BoxNumbers)
            return new YoloObject(index, ObjectOutline.ExtentOf([numbers]), numbers, null, line);
        var box = Box.FromXywh(numbers[0] - numbers[2] / 2, numbers[1] - numbers[3] / 2, numbers[2], numbers[3]);
        if (_names.Points == 0) return new YoloObject(index, box, null, null, line);
        var points = new Keypoint[_names.Points];
        for (int i = 0, at = BoxNumbers; i < points.Length; i++, at += _names.Dimensions)
            points[i] = new Keypoint(numbers[at], numbers[at + 1],
                _names.Dimensions == 3 ? (int)numbers[at + 2] : numbers[at] == 0 && numbers[at + 1] == 0 ? 0 : 2);
        return new YoloObject(index, box, null, points, line);
    }

    private void Report(FindingKind kind, long line, string message)
    {
        HasFaults = true;
        _faults(new Fault(kind, new FilePosition(_path, line), message));
    }
}
