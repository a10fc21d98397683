using Fovea.Imaging;
using Fovea.Torch.Interop;

namespace Fovea.Diagnostics;

/// <summary>What reading, writing and drawing pictures needs of the machine.</summary>
internal static class ImagingChecks
{
    internal static IEnumerable<SetupCheck> Run() => [Libraries(ImagingLibraries.Missing()), Font(FontFolders())];

    internal static SetupCheck Libraries(IReadOnlyList<(string Library, string DebianPackage)> missing) => missing.Count == 0
        ? new SetupCheck("Pictures", CheckState.Ok, "libraries for JPEG, PNG, WebP and drawing")
        : SetupCheck.Installable(
            "Pictures", CheckState.Missing, $"not found: {string.Join(", ", missing.Select(library => library.Library))}",
            [.. missing.Select(library => library.DebianPackage)]);

    /// <summary>Whether any of the folders holds a font that labels can be drawn in.</summary>
    internal static SetupCheck Font(IEnumerable<string> folders)
    {
        var everything = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 6 };
        string? font = folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", everything))
            .FirstOrDefault(file => Path.GetExtension(file).ToLowerInvariant() is ".ttf" or ".otf" or ".ttc");
        return font is not null
            ? new SetupCheck("Fonts", CheckState.Ok, Path.GetFileName(font))
            : SetupCheck.Installable("Fonts", CheckState.Missing, "none: labels on pictures would be empty", "fonts-dejavu-core");
    }

    private static IEnumerable<string> FontFolders()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? [Environment.GetFolderPath(Environment.SpecialFolder.Fonts), "/System/Library/Fonts"]
            : ["/usr/share/fonts", "/usr/local/share/fonts", Path.Combine(home, ".local/share/fonts"), Path.Combine(home, ".fonts")];
    }
}
