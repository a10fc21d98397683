namespace Fovea.Torch.Interop;

/// <summary>What the search for libtorch sees of the machine, so that tests can show it another.</summary>
/// <param name="FileSystemRoot">Where the system's own folders begin: <c>/</c>.</param>
/// <param name="Variable">Reads an environment variable; null where it is not set.</param>
internal sealed record MachineView(string FileSystemRoot, Func<string, string?> Variable)
{
    /// <summary>The machine as it is.</summary>
    internal static MachineView Real { get; } = new("/", name => name == "HOME"
        ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) // also where the variable is not set
        : Environment.GetEnvironmentVariable(name));

    /// <summary>The user's home folder, or null for a user without one.</summary>
    internal string? Home => Value("HOME");

    /// <summary>A variable's value, with an empty one counted as not set.</summary>
    internal string? Value(string name) => Variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>The place of a system folder such as <c>usr/include</c>.</summary>
    internal string System(string path) => Path.Combine(FileSystemRoot, path);

    /// <summary>The first file called <paramref name="name"/> in the folders of PATH, or null.</summary>
    internal string? FindProgram(string name)
    {
        if (name.Contains(Path.DirectorySeparatorChar))
            return File.Exists(name) ? name : null;
        return (Value("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The folders in <paramref name="parent"/> whose name fits a pattern, newest version number first; none where it
    /// cannot be read.</summary>
    internal static IEnumerable<string> Folders(string parent, string pattern)
    {
        try
        {
            return Directory.Exists(parent)
                ? Directory.GetDirectories(parent, pattern).OrderByDescending(VersionIn).ThenBy(path => path, StringComparer.Ordinal)
                : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static Version VersionIn(string path)
    {
        string digits = Path.GetFileName(path).TrimStart("abcdefghijklmnopqrstuvwxyz-".ToCharArray());
        if (!digits.Contains('.'))
            digits += ".0";
        return Version.TryParse(digits, out Version? version) ? version : new Version(0, 0);
    }
}
