namespace Fovea.Data.Reading;

/// <summary>The pictures of one folder, found by the name in their annotations. Listed once, because asking the disk for
/// 100,000 names one by one is slow.</summary>
internal sealed class PictureFolder
{
    /// <summary>In the order of preference where one stem has several.</summary>
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _byStem = new(StringComparer.Ordinal);

    /// <summary>Lists a folder; one that is not there is empty.</summary>
    public PictureFolder(string path)
    {
        Path = path;
        if (!Directory.Exists(path)) return;
        foreach (string file in Directory.EnumerateFiles(path))
        {
            string name = System.IO.Path.GetFileName(file);
            _names.Add(name);
            if (!IsPicture(name)) continue;
            string stem = System.IO.Path.GetFileNameWithoutExtension(name);
            if (!_byStem.TryGetValue(stem, out string? other) || Compare(name, other) < 0) _byStem[stem] = name;
        }
    }

    public string Path { get; }

    /// <summary>Names of the pictures, sorted.</summary>
    public IEnumerable<string> Pictures => _names.Where(IsPicture).Order(StringComparer.Ordinal);

    /// <summary>True when the folder itself holds a file of this name, or a folder below it does.</summary>
    public bool Contains(string name) => _names.Contains(name) ||
        (name.AsSpan().IndexOfAny('/', '\\') >= 0 && File.Exists(System.IO.Path.Combine(Path, name)));

    /// <summary>The picture with this name without its extension, or null.</summary>
    public string? FindStem(string stem) => _byStem.GetValueOrDefault(stem);

    /// <summary>Decides by the extension; hidden files (macOS leaves "._a.jpg" on foreign disks) are none.</summary>
    public static bool IsPicture(string name) => !System.IO.Path.GetFileName(name).StartsWith('.') &&
        Extensions.Contains(System.IO.Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>True when a name from an annotation file stays inside the picture folder: nothing read from a file may
    /// lead to a device or another folder.</summary>
    public static bool IsInside(string name) =>
        name.Length > 0 && !name.Contains('\0') && !System.IO.Path.IsPathRooted(name) && !name.Split('/', '\\').Contains("..");

    private static int Compare(string a, string b)
    {
        int byExtension = Rank(a).CompareTo(Rank(b));
        return byExtension != 0 ? byExtension : string.CompareOrdinal(a, b);
    }

    private static int Rank(string name) => Array.FindIndex(Extensions,
        e => e.Equals(System.IO.Path.GetExtension(name), StringComparison.OrdinalIgnoreCase));
}
