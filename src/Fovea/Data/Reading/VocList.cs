using Fovea.Data.Checking;
using Fovea.Structures;

namespace Fovea.Data.Reading;

/// <summary>The text files of a VOC folder: lists of pictures (ImageSets/Main) and the class list.</summary>
internal static class VocList
{
    private const int LongestLine = 4096;
    private const int MostClasses = 65_536;

    /// <summary>One line: the picture's name without extension.</summary>
    internal readonly record struct Entry(string Id, long Line);

    /// <summary>True for "aeroplane_train.txt" and its like: VOC's lists of one class, where a flag (-1, 0 or 1) follows the
    /// name.</summary>
    public static bool IsOfOneClass(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        if (!name.EndsWith("_train") && !name.EndsWith("_val") && !name.EndsWith("_trainval") && !name.EndsWith("_test")) return false;
        string? first = Lines(path, _ => { }).Select(l => l.Text).FirstOrDefault();
        return first is not null && first.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, "-1" or "0" or "1"];
    }

    /// <summary>The entries of a list, without blank lines.</summary>
    public static List<Entry> Read(string path, Action<Fault> faults) =>
        [.. Lines(path, faults).Select(l => new Entry(WithoutExtension(l.Text), l.Line))];

    private static string WithoutExtension(string name) => PictureFolder.IsPicture(name) ? Path.ChangeExtension(name, null) : name;

    /// <summary>The class list, one name a line.</summary>
    public static List<Category> ReadClasses(string path, Action<Fault> faults)
    {
        List<Category> categories = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((string name, long line) in Lines(path, faults).Take(MostClasses))
        {
            if (seen.Add(name)) categories.Add(new Category(categories.Count + 1, name));
            else faults(new Fault(FindingKind.DuplicateId, new FilePosition(path, line),
                $"the class '{OneLine.Shorten(name)}' is listed twice."));
        }
        if (categories.Count == 0)
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path),
                "the class list is empty; expected one class name a line."));
        return categories;
    }

    /// <summary>The lines of a text file, trimmed, without blank ones.</summary>
    public static List<(string Text, long Line)> Lines(string path, Action<Fault> faults)
    {
        List<(string, long)> result = [];
        long number = 0;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            using var reader = new StreamReader(stream);
            foreach (string? line in BoundedLines(reader))
            {
                number++;
                if (line is null)
                {
                    faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path, number),
                        $"the line is longer than {LongestLine} characters; expected one name a line."));
                    break;
                }
                string text = line.Trim();
                if (text.Length > 0) result.Add((text, number));
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(path), $"the file cannot be read. {e.Message}"));
        }
        return result;
    }

    /// <summary>Lines of bounded length: null stands for one that is too long, and is the last.</summary>
    private static IEnumerable<string?> BoundedLines(TextReader reader)
    {
        char[] buffer = new char[LongestLine + 1];
        int filled = 0;
        while (true)
        {
            int read = reader.Read(buffer, filled, buffer.Length - filled);
            filled += read;
            int start = 0;
            while (Array.IndexOf(buffer, '\n', start, filled - start) is var end && end >= 0)
            {
                yield return new string(buffer, start, end - start);
                start = end + 1;
            }
            Array.Copy(buffer, start, buffer, 0, filled - start);
            filled -= start;
            if (read == 0)
            {
                if (filled > LongestLine) yield return null;
                else if (filled > 0) yield return new string(buffer, 0, filled);
                yield break;
            }
            if (filled == buffer.Length)
            {
                yield return null;
                yield break;
            }
        }
    }
}
