namespace Fovea.Cli;

/// <summary>Pictures that arguments name: files, folders, patterns.</summary>
internal static class PictureFiles
{
    private const string Extensions = ".jpg, .jpeg, .png or .webp";

    /// <summary>The files, each once: in the order of the arguments, folders and patterns sorted by name.</summary>
    /// <exception cref="UsageException">An argument names nothing, or nothing that is a picture.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> arguments) =>
        [.. arguments.SelectMany(Expand).DistinctBy(Path.GetFullPath, StringComparer.Ordinal)];

    private static IEnumerable<string> Expand(string argument)
    {
        if (File.Exists(argument)) return [argument];
        if (Directory.Exists(argument))
            return Some(argument, Directory.EnumerateFiles(argument), $"is a folder without pictures ({Extensions})");
        string folder = Path.GetDirectoryName(argument) is { Length: > 0 } parent ? parent : ".";
        string pattern = Path.GetFileName(argument);
        if ((pattern.Contains('*') || pattern.Contains('?')) && Directory.Exists(folder))
            return Some(argument, Directory.EnumerateFiles(folder, pattern), $"matches no picture ({Extensions})");
        throw new UsageException($"there is no picture or folder '{argument}'.");
    }

    private static string[] Some(string argument, IEnumerable<string> files, string otherwise)
    {
        string[] found = [.. files.Where(IsPicture).Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new UsageException($"'{argument}' {otherwise}.");
    }

    private static bool IsPicture(string file) => Path.GetExtension(file).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png" or ".webp";
}
