using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>From the values of masks to labels: positions in a class list, or <see cref="SegmentationMap.Ignore"/>.</summary>
internal sealed class LabelTable
{
    private const int NoClass = -1;

    private readonly int[] _labels = new int[256];
    private readonly LabelValues _values;

    /// <summary>A table for the data set's own classes, or for a list in which they are found by name.</summary>
    /// <param name="values">The data set's classes.</param>
    /// <param name="categories">The list that labels count; null for the data set's own.</param>
    /// <param name="place">What names the data set's classes, for messages.</param>
    /// <param name="faults">Told of classes that the list does not have.</param>
    public LabelTable(LabelValues values, IReadOnlyList<Category>? categories, string place, Action<Fault> faults)
    {
        _values = values;
        Array.Fill(_labels, NoClass);
        IReadOnlyList<Category> used = categories ?? values.Categories;
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Math.Min(used.Count, SegmentationMap.Ignore); i++) places.TryAdd(used[i].Name, i);
        var unknown = new UnknownClasses([.. places.Keys]);
        foreach (Category own in values.Categories)
        {
            if (places.TryGetValue(own.Name, out int index))
            {
                _labels[own.Id] = index;
                continue;
            }
            (var kind, string message) = unknown.Explain(own.Name);
            faults(new Fault(kind, new FilePosition(place), message));
        }
        foreach (int value in values.Ignored) _labels[value] = SegmentationMap.Ignore;
    }

    /// <summary>The label of a value, or null where it is no class's and not ignored either.</summary>
    public int? this[byte value] => _labels[value] == NoClass ? null : _labels[value];

    /// <summary>The labels of a mask.</summary>
    /// <param name="mask">Its values.</param>
    /// <param name="name">The file, for the message.</param>
    /// <exception cref="DataException">A value is no class's and not ignored either.</exception>
    public byte[] Apply(IndexMap mask, string name)
    {
        byte[] values = mask.Values, labels = GC.AllocateUninitializedArray<byte>(values.Length);
        int[] table = _labels;
        int all = 0;
        for (int i = 0; i < values.Length; i++)
        {
            int label = table[values[i]];
            all |= label;
            labels[i] = (byte)label;
        }
        return all >= 0 ? labels : throw new DataException(new DataLocation(name), Explain(mask)!);
    }

    /// <summary>What is wrong with the values of a mask, or null: each value that is no class's, with its first pixel.</summary>
    public string? Explain(IndexMap mask)
    {
        var counts = new long[256];
        foreach (byte value in mask.Values) counts[value]++;
        int[] wrong = [.. Enumerable.Range(0, 256).Where(v => counts[v] > 0 && _labels[v] == NoClass)];
        if (wrong.Length == 0) return null;
        int first = Array.IndexOf(mask.Values, (byte)wrong[0]);
        string others = wrong.Length == 1 ? "" : $" So are {string.Join(", ", wrong.Skip(1).Take(8))}{(wrong.Length > 9 ? ", ..." : "")}.";
        return $"{counts[wrong[0]]:N0} pixels have the value {wrong[0]}, the first in row {first / mask.Size.Width}, column " +
            $"{first % mask.Size.Width} (from 0), which is no class.{others} The classes are {Known()}.";
    }

    /// <summary>What a mask of another size than its picture is told.</summary>
    public static string OtherSize(ImageSize mask, string picture, ImageSize size) =>
        $"the mask is {mask} (height x width), but its picture {picture} is {size}" +
        (mask.Height == size.Width && mask.Width == size.Height ? ": one of them was turned." : "; they must be equal.");

    private string Known()
    {
        string classes = string.Join(", ", _values.Categories.Take(20).Select(c => $"{c.Id} {OneLine.Shorten(c.Name)}"));
        return $"{classes}{(_values.Categories.Count > 20 ? $", ... ({_values.Categories.Count} in all)" : "")}" +
            (_values.Ignored.Count > 0 ? $"; ignored: {string.Join(", ", _values.Ignored)}" : "");
    }
}
