using Fovea.Data.Checking;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>Which values of a mask are which classes.</summary>
/// <param name="Categories">The classes in their order; each id is the value in the masks, 0 to 255.</param>
/// <param name="Ignored">Values whose pixels belong to no class.</param>
/// <param name="Declared">True where a list names the classes, false where they are numbered.</param>
internal sealed record LabelValues(IReadOnlyList<Category> Categories, IReadOnlyList<int> Ignored, bool Declared)
{
    private const int MostValues = 256;
    private static readonly string[] NoClass = ["void", "ignore", "ignored", "unlabelled", "unlabeled"];

    /// <summary>class0, class1, ...; 255 is ignored.</summary>
    public static LabelValues Numbered(int count) =>
        new([.. Enumerable.Range(0, count).Select(i => new Category(i, $"class{i}"))], [SegmentationMap.Ignore], Declared: false);

    /// <summary>Names that count from a first value; those that mean no class are ignored, and so is 255.</summary>
    public static LabelValues Named(IEnumerable<string> names, int first = 0, params IReadOnlyList<int> ignored) =>
        Of([.. names.Select((name, i) => (first + i, name))], ignored);

    /// <summary>Classes by their values, in the order given.</summary>
    public static LabelValues OfValues(IEnumerable<(int Value, string Name)> classes, params IReadOnlyList<int> ignored) =>
        Of([.. classes], ignored);

    /// <summary>Reads a class list: a name a line, from 0 on, or <c>value name</c> on each line.</summary>
    public static LabelValues Read(string path, Action<Fault> faults)
    {
        List<(string Text, long Line)> lines = VocList.Lines(path, faults);
        (int Value, string Name)?[] numbered = [.. lines.Select(line => Split(line.Text))];
        bool isNumbered = numbered.Length > 0 && numbered.All(entry => entry is not null);
        List<(int, string)> entries = [];
        HashSet<int> values = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < lines.Count; i++)
        {
            (int value, string name) = isNumbered ? numbered[i]!.Value : (i, lines[i].Text);
            string? fault = value >= MostValues ? $"the value {value} is more than a mask can hold; expected 0 to 255."
                : !values.Add(value) ? $"the value {value} is listed twice."
                : !names.Add(name) ? $"the class '{OneLine.Shorten(name)}' is listed twice." : null;
            if (fault is null) entries.Add((value, name));
            else faults(new Fault(FindingKind.DuplicateId, new FilePosition(path, lines[i].Line), fault));
            if (value >= MostValues && !isNumbered) break;
        }
        LabelValues result = Of(entries, []);
        if (result.Categories.Count == 0)
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path),
                "the class list names no class; expected one name a line, or a value and a name."));
        else if (result.Categories.Count > SegmentationMap.Ignore)
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path),
                $"the class list names {result.Categories.Count} classes; at most {SegmentationMap.Ignore} are possible."));
        return result;
    }

    private static LabelValues Of(List<(int Value, string Name)> entries, IReadOnlyList<int> ignored)
    {
        ILookup<bool, (int Value, string Name)> byKind = entries.ToLookup(entry => NoClass.Contains(entry.Name.Trim().ToLowerInvariant()));
        IEnumerable<int> none = byKind[true].Select(entry => entry.Value).Concat(ignored);
        if (entries.All(entry => entry.Value != SegmentationMap.Ignore)) none = none.Append(SegmentationMap.Ignore);
        return new LabelValues([.. byKind[false].OrderBy(entry => entry.Value).Select(entry => new Category(entry.Value, entry.Name))],
            [.. none.Distinct().Order()], Declared: true);
    }

    private static (int, string)? Split(string line)
    {
        int end = line.AsSpan().IndexOfAny(' ', '\t');
        return end > 0 && int.TryParse(line.AsSpan(0, end), System.Globalization.NumberStyles.None, null, out int value)
            ? (value, line[end..].Trim()) : null;
    }
}
