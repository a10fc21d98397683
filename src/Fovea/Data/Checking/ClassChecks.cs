using Fovea.Data.Reading;
using Fovea.Structures;

namespace Fovea.Data.Checking;

/// <summary>Class names that are probably slips of the pen. Names that a declared class list lacks are found by the readers.</summary>
internal static class ClassChecks
{
    public static void Run(
        DataListing listing, DatasetLayout layout, PictureEntry[] pictures, FindingCollector findings, List<string> notes)
    {
        int[] counts = new int[listing.Categories.Count];
        foreach (PictureEntry picture in pictures)
            foreach (ObjectEntry o in picture.Objects.Span)
                if (o.Class >= 0) counts[o.Class]++;
        string[] names = [.. listing.Categories.Select(c => c.Name)];
        if (listing.ClassesDeclared) Declared(names, counts, layout, findings, notes);
        else Derived(names, counts, pictures, findings);
    }

    /// <summary>A declared list means what it says; only names that differ in nothing but case, space and signs are suspect.</summary>
    private static void Declared(string[] names, int[] counts, DatasetLayout layout, FindingCollector findings, List<string> notes)
    {
        foreach (var same in names.GroupBy(ClassNames.Fold).Where(g => g.Key.Length > 0 && g.Count() > 1))
            findings.Add(FindingKind.MisspeltClass, new FilePosition(layout.Root),
                $"the class list has {string.Join(" and ", same.Select(n => $"'{OneLine.Shorten(n)}'"))}, which are probably one class.");
        string[] unused = [.. names.Where((_, i) => counts[i] == 0)];
        if (unused.Length > 0)
            notes.Add($"{unused.Length} of {names.Length} classes have no box: " +
                string.Join(", ", unused.Take(10).Select(n => OneLine.Shorten(n))) + (unused.Length > 10 ? ", ..." : "."));
    }

    /// <summary>Without a list, a rare name close to a frequent one is suspect.</summary>
    private static void Derived(string[] names, int[] counts, PictureEntry[] pictures, FindingCollector findings)
    {
        // Comparing all pairs of very many names would take long, and is not what a list of classes looks like.
        const int most = 2000;
        var meant = new Dictionary<int, int>();
        var classes = names.Take(most).Select((name, i) => new ClassUse(name, ClassNames.Fold(name), counts[i])).ToArray();
        for (int i = 0; i < classes.Length; i++)
        {
            int[] better = [.. Enumerable.Range(0, classes.Length).Where(j => j != i && IsSlip(classes[i], classes[j]))];
            if (better.Length > 0) meant[i] = better.MaxBy(j => counts[j]);
        }
        if (meant.Count == 0) return;
        foreach (PictureEntry picture in pictures)
            foreach (ObjectEntry o in picture.Objects.Span)
                if (meant.TryGetValue(o.Class, out int j))
                    findings.Add(FindingKind.MisspeltClass, picture.Position with { Value = o.Position },
                        $"the class '{OneLine.Shorten(names[o.Class])}' ({counts[o.Class]} boxes) is probably " +
                        $"'{OneLine.Shorten(names[j])}' ({counts[j]} boxes), misspelt. If both are meant, list all classes in " +
                        "classes.txt, one a line.");
    }

    private readonly record struct ClassUse(string Name, string Folded, int Boxes);

    /// <summary>True when the first name is probably the second one, misspelt.</summary>
    private static bool IsSlip(ClassUse suspect, ClassUse other)
    {
        (string a, string b) = (suspect.Folded, other.Folded);
        if (a.Length == 0 || b.Length == 0) return false;
        if (a == b)
            return suspect.Boxes < other.Boxes || (suspect.Boxes == other.Boxes && string.CompareOrdinal(suspect.Name, other.Name) > 0);
        bool veryRare = suspect.Boxes * 50L <= other.Boxes;
        // In names of three letters one other letter is often another word: RBC and WBC, car and cat.
        bool isShort = Math.Min(a.Length, b.Length) <= 3 && !a.Order().SequenceEqual(b.Order());
        bool isRare = veryRare || (!isShort && suspect.Boxes <= 2 && other.Boxes >= 4 * suspect.Boxes);
        return isRare && ClassNames.Distance(a, b) <= ClassNames.Slips(a, b);
    }
}
