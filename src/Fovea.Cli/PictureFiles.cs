namespace Fovea.Cli;

/// <summary>Pictures that arguments name: files, folders, patterns.</summary>
internal static class PictureFiles
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp"];

    /// <summary>The files, each once, folders and patterns sorted by name.</summary>
    /// <exception cref="UsageException">An argument names nothing, or nothing that is a picture.</exception>
    public static IEnumerable<string> Find(IEnumerable<string> arguments) => arguments.SelectMany(Expand).Distinct();

    private static IEnumerable<string> Expand(string argument)
    {
        if (File.Exists(argument)) return [argument];
        if (Directory.Exists(argument)) return Some(argument, Directory.EnumerateFiles(argument).Where(IsPicture), "holds no .jpg, .jpeg, .png or .webp");
        string folder = Path.GetDirectoryName(argument) is { Length: > 0 } parent ? parent : ".";
        string pattern = Path.GetFileName(argument);
        if ((pattern.Contains('*') || pattern.Contains('?')) && Directory.Exists(folder))
            return Some(argument, Directory.EnumerateFiles(folder, pattern).Where(IsPicture), "matches no picture");
        throw new UsageException($"There is no picture or folder '{argument}'.");
    }

    private static string[] Some(string argument, IEnumerable<string> files, string otherwise)
    {
        string[] found = [.. files.Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new UsageException($"'{argument}' {otherwise}.");
    }

    private static bool IsPicture(string file) => Extensions.Contains(Path.GetExtension(file).ToLowerInvariant());
}
