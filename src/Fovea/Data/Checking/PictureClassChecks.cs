using Fovea.Data.Reading;

namespace Fovea.Data.Checking;

/// <summary>Classes of whole pictures: without pictures, without pictures to learn from, or probably one class under two names; and what
/// is worth knowing of the pictures.</summary>
internal static class PictureClassChecks
{
    public static void Run(DataListing listing, DatasetLayout layout, Dictionary<string, PictureFact> facts, FindingCollector findings,
        List<string> notes)
    {
        string[] names = [.. listing.Categories.Select(c => OneLine.Shorten(c.Name))];
        var counts = listing.Splits.ToDictionary(s => s.Name, s => Count(s, names.Length));
        counts.TryGetValue(ShareOut.Train, out int[]? train);
        var root = new FilePosition(layout.Root);
        for (int i = 0; i < names.Length; i++)
        {
            string[] holders = [.. counts.Where(split => split.Value[i] > 0).Select(split => split.Key)];
            if (holders.Length == 0)
                findings.Add(FindingKind.EmptyClass, root, $"the class '{names[i]}' has no picture in any split. It stays a class.");
            else if (train is not null && train[i] == 0)
                findings.Add(FindingKind.UntrainedClass, root,
                    $"the class '{names[i]}' has no picture in split {ShareOut.Train}, but in {string.Join(", ", holders)}: it cannot be " +
                    "learnt.");
        }
        foreach (var same in names.GroupBy(ClassNames.Fold).Where(g => g.Key.Length > 0 && g.Count() > 1))
            findings.Add(FindingKind.MisspeltClass, root,
                $"there are the classes {string.Join(" and ", same.Select(n => $"'{n}'"))}, which are probably one class.");
        foreach ((string split, int[] count) in counts.Where(split => split.Key != ShareOut.Train && split.Value.Any(n => n > 0)))
        {
            string[] unmeasured = [.. names.Where((_, i) => count[i] == 0 && train?[i] > 0)];
            if (unmeasured.Length > 0)
                notes.Add($"split {split} has no picture of {unmeasured.Length} of {names.Length} classes: " +
                    string.Join(", ", unmeasured.Take(10)) + (unmeasured.Length > 10 ? ", ..." : "."));
        }
        NoteGrey(facts, notes);
    }

    /// <summary>A grey picture among coloured ones is no fault, but a network may learn to tell classes apart by it.</summary>
    private static void NoteGrey(Dictionary<string, PictureFact> facts, List<string> notes)
    {
        string[] grey = [.. facts.Where(fact => fact.Value.IsGrey).Select(fact => fact.Key).Order(StringComparer.Ordinal)];
        int readable = facts.Values.Count(fact => fact.Error is null);
        if (grey.Length > 0 && grey.Length < readable)
            notes.Add($"{grey.Length} of {readable} pictures are grey, the others have colours: " +
                string.Join(", ", grey.Take(3).Select(path => OneLine.Shorten(Path.GetFileName(path)))) +
                (grey.Length > 3 ? ", ..." : "."));
    }

    /// <summary>Pictures of each class.</summary>
    public static int[] Count(SplitListing split, int classes)
    {
        int[] counts = new int[classes];
        foreach (PictureEntry picture in split.Pictures)
            if (picture.Class is { } index) counts[index]++;
        return counts;
    }
}
