namespace Fovea.Data.Reading;

/// <summary>Compares class names as a person who mistypes them would.</summary>
internal static class ClassNames
{
    /// <summary>Letters and digits only, in lower case: "Traffic-Light " and "traffic light" are one.</summary>
    public static string Fold(string name) => string.Concat(name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant));

    /// <summary>The declared name that was probably meant, or null.</summary>
    public static string? Nearest(string name, IEnumerable<string> declared)
    {
        (string? best, int distance) = (null, int.MaxValue);
        string folded = Fold(name);
        foreach (string candidate in declared)
        {
            string other = Fold(candidate);
            int d = folded == other && folded.Length > 0 ? 0 : Distance(folded, other);
            if (d <= Slips(folded, other) && d < distance) (best, distance) = (candidate, d);
        }
        return best;
    }

    /// <summary>How many slips of the pen two names of this length may lie apart: none for one or two letters, two from eight on.</summary>
    public static int Slips(string a, string b) => Math.Min(a.Length, b.Length) switch { < 3 => 0, < 8 => 1, _ => 2 };

    /// <summary>Number of insertions, deletions, substitutions and exchanges of neighbours that make one name of the other
    /// (Damerau 1964, each letter edited once); "grade1" and "grade2" are infinitely far, because numbers name things, and so are
    /// names that differ by more than two letters in length, or are longer than any class name: they need not be compared.</summary>
    public static int Distance(string a, string b)
    {
        if (Digits(a) != Digits(b)) return int.MaxValue;
        if (Math.Abs(a.Length - b.Length) > 2 || Math.Max(a.Length, b.Length) > 40) return a == b ? 0 : int.MaxValue;
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(substitute, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }

    private static string Digits(string name) => string.Concat(name.Where(char.IsDigit));
}
