using System.Text.Json;
using Fovea.Data.Checking;
using Fovea.Structures;

namespace Fovea.Data.Reading;

// Outlines, key points and skeletons. An annotation's key points are x, y, visibility in turn; a category names its key points and joins
// them in pairs counted from 1.
internal sealed partial class CocoJson
{
    private const int MostPoints = 1024;

    private Keypoint[] _unlabelled = []; // Many objects have key points of which none is labelled: they share one list.

    /// <summary>Passes over an outline; false where it is null or an empty list.</summary>
    private static bool PassOutline(ref JsonFileReader json)
    {
        json.Read();
        if (json.Token == JsonTokenType.StartObject)
        {
            json.Skip();
            return true;
        }
        if (json.Token != JsonTokenType.StartArray) return false;
        bool any = false;
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            any = true;
            json.Skip();
        }
        return any;
    }

    private Field<Keypoint[]?> Keypoints(ref JsonFileReader json)
    {
        const string what = "keypoints of an annotation", expected = "an array of x, y and visibility (0, 1 or 2) of each point";
        json.Read();
        if (json.Token == JsonTokenType.Null) return default;
        long at = json.Offset;
        if (json.Token != JsonTokenType.StartArray) return Wrong<Keypoint[]?>(ref json, what, expected);
        List<double> numbers = [];
        bool good = true;
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            if (json.TryGetDouble(out double value) && numbers.Count < 3 * MostPoints) numbers.Add(value);
            else good = false;
            json.Skip();
        }
        for (int i = 2; i < numbers.Count; i += 3) good &= numbers[i] is 0 or 1 or 2;
        if (!good || numbers.Count % 3 != 0)
        {
            Report(FindingKind.WrongKeypoints, at, $"{what} are {numbers.Count} numbers" +
                (numbers.Count % 3 == 0 ? ", not all of them of these kinds" : "") + $", but {expected} was expected.");
            return new Field<Keypoint[]?>(FieldState.Wrong, null);
        }
        if (numbers.Count == 0) return default;
        if (numbers.TrueForAll(number => number == 0))
        {
            if (_unlabelled.Length != numbers.Count / 3) _unlabelled = new Keypoint[numbers.Count / 3];
            return new Field<Keypoint[]?>(FieldState.Good, _unlabelled);
        }
        var points = new Keypoint[numbers.Count / 3];
        for (int i = 0; i < points.Length; i++) points[i] = new Keypoint(numbers[3 * i], numbers[3 * i + 1], (int)numbers[3 * i + 2]);
        return new Field<Keypoint[]?>(FieldState.Good, points);
    }

    private List<string>? PointNames(ref JsonFileReader json)
    {
        json.Read();
        if (json.Token != JsonTokenType.StartArray)
        {
            if (json.Token != JsonTokenType.Null) Wrong<string>(ref json, "keypoints of a category", "an array of names");
            return null;
        }
        List<string> names = [];
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            if (json.TryGetString(LongestName, out string name) && names.Count < MostPoints) names.Add(name);
            else
                Report(FindingKind.WrongKeypoints, json.Offset,
                    $"a key point of a category is {json.Describe()}, but a name was expected.");
            json.Skip();
        }
        return names;
    }

    private List<(int, int)> Limbs(ref JsonFileReader json)
    {
        List<(int, int)> limbs = [];
        json.Read();
        if (json.Token != JsonTokenType.StartArray)
        {
            if (json.Token != JsonTokenType.Null) Wrong<string>(ref json, "skeleton of a category", "an array of pairs");
            return limbs;
        }
        while (json.Read() && json.Token != JsonTokenType.EndArray)
        {
            long at = json.Offset;
            List<long> ends = [];
            if (json.Token == JsonTokenType.StartArray)
                while (json.Read() && json.Token != JsonTokenType.EndArray)
                {
                    if (json.TryGetInt64(out long end) && ends.Count < 3) ends.Add(end);
                    json.Skip();
                }
            else json.Skip();
            if (ends is [var from and > 0 and <= MostPoints, var to and > 0 and <= MostPoints]) limbs.Add(((int)from - 1, (int)to - 1));
            else
                Report(FindingKind.WrongKeypoints, at, "a limb of a skeleton is no pair of key points, counted from 1.");
        }
        return limbs;
    }

    private Skeleton? ToSkeleton(List<string>? names, List<(int From, int To)> limbs, long offset)
    {
        if (names is not { Count: > 0 }) return null;
        if (limbs.Exists(limb => Math.Max(limb.From, limb.To) >= names.Count))
        {
            Report(FindingKind.WrongKeypoints, offset, $"a limb of the category's skeleton names a key point beyond its {names.Count}.");
            limbs = limbs.FindAll(limb => Math.Max(limb.From, limb.To) < names.Count);
        }
        return Skeleton.Of(names, limbs);
    }
}
