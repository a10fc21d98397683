namespace Fovea.Data.Reading;

/// <summary>Where the pictures of a YOLO data set and their label files lie.</summary>
/// <remarks>The label file of a picture has its name, with .txt: in the folder that is called labels where the picture's is called images
/// (the last one of its path), or beside the picture.</remarks>
internal static class YoloFolders
{
    private const string Images = "images", Labels = "labels", Darknet = "obj_train_data";
    private const int MostLooked = 2000;
    private static readonly string[] SplitNames = ["train", "val", "valid", "validation", "test", "trainval"];

    /// <summary>The files that may name the classes, best first.</summary>
    public static IEnumerable<string> NameFiles(string root)
    {
        string[] yaml = [.. Directory.EnumerateFiles(root).Where(file => Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml")
            .OrderBy(file => Path.GetFileNameWithoutExtension(file) != "data").ThenBy(file => file, StringComparer.Ordinal)];
        return yaml.Where(YoloNames.IsConfiguration).Concat(((string[])["classes.txt", "obj.names", "labels/classes.txt"])
            .Select(name => Path.Combine(root, name)).Where(File.Exists));
    }

    /// <summary>The splits that lie in folders, in any of the usual places: each name with its folder of pictures.</summary>
    public static Dictionary<string, string> Find(string root, bool hasNames)
    {
        Dictionary<string, string> found = new(StringComparer.Ordinal);
        foreach (string name in Below(Path.Combine(root, Images))) Add(name, Path.Combine(root, Images, name));
        foreach (string name in Below(root)) Add(name, Path.Combine(root, name, Images));
        if (found.Count > 0) return found;
        Add(VocLayout.AllSplit, Path.Combine(root, Images));
        // Beside the pictures other text files may lie: only a class list makes them labels.
        if (found.Count > 0 || !hasNames) return found;
        foreach (string name in Below(root).Where(name => SplitNames.Contains(name.TrimEnd("0123456789".ToCharArray()))))
            Add(name, Path.Combine(root, name));
        if (found.Count > 0) return found;
        Add(VocLayout.AllSplit, root);
        Add(VocLayout.AllSplit, Path.Combine(root, Darknet));
        return found;

        void Add(string split, string folder)
        {
            if (HoldsLabelled(root, folder)) found.TryAdd(split, folder);
        }
    }

    /// <summary>The label file of a picture, whether it is there or not.</summary>
    public static string LabelFile(string root, string picture)
    {
        string[] parts = Path.GetRelativePath(root, picture).Split('/', '\\');
        int images = Array.LastIndexOf(parts, Images, parts.Length - 1);
        if (images >= 0 && images < parts.Length - 1) parts[images] = Labels;
        return Path.ChangeExtension(Path.Combine([root, .. parts]), ".txt");
    }

    /// <summary>The folder or the list that a data.yaml means, inside the data set; null where it is not there.</summary>
    public static string? Resolve(string root, string place)
    {
        List<string> parts = [.. place.Split('/', '\\').Where(part => part is not ("" or "." or ".."))];
        // A path of the machine it was written on: its end may still be there.
        for (; parts.Count > 0; parts.RemoveAt(0))
        {
            string path = Path.Combine([root, .. parts]);
            if (Directory.Exists(path) || File.Exists(path) && path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)) return path;
        }
        return null;
    }

    /// <summary>Whether a folder has pictures of which one has its label file.</summary>
    private static bool HoldsLabelled(string root, string folder) => Directory.Exists(folder) &&
        Directory.EnumerateFiles(folder).Take(MostLooked).Any(file => PictureFolder.IsPicture(file) && File.Exists(LabelFile(root, file)));

    private static IEnumerable<string> Below(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.'))
            .Order(StringComparer.Ordinal)
        : [];
}
