using System.IO.Enumeration;
using Fovea.Data.Checking;

namespace Fovea.Data.Reading;

/// <summary>Folders that are named after what their pictures show.</summary>
internal static class ClassFolders
{
    /// <summary>Deeper folders are not looked into.</summary>
    private const int MostLevels = 16;

    private static readonly string[] ForeignPictures =
        [".bmp", ".gif", ".tif", ".tiff", ".heic", ".avif", ".jxl", ".jp2", ".ppm", ".pgm", ".tga"];

    /// <summary>The folders in a folder, sorted by code point, without hidden ones and what macOS leaves behind.</summary>
    public static string[] In(string folder) => [.. Directory.EnumerateDirectories(folder).Select(f => Path.GetFileName(f))
        .Where(name => !name.StartsWith('.') && name != "__MACOSX").Order(StringComparer.Ordinal)];

    /// <summary>True when a picture lies in a folder or not far below it; what comes after many other files is not looked at.</summary>
    public static bool HoldsPictures(string folder) =>
        Files(folder, mostLevels: 4, onlyAccessible: true, name => name).Take(10_000).Any(file => PictureFolder.IsPicture(file));

    /// <summary>The pictures in a folder and below it, by their paths from there, sorted by code point. A picture of a format that
    /// cannot be read, or a folder that may not be read, is a fault; other files are counted.</summary>
    public static List<string> Pictures(string folder, Action<Fault> faults, ref int others)
    {
        List<string> pictures = [];
        try
        {
            foreach (string file in Files(folder, MostLevels, onlyAccessible: false, path => Path.GetRelativePath(folder, path)))
            {
                if (PictureFolder.IsPicture(file)) pictures.Add(file);
                else if (ForeignPictures.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                    faults(new Fault(FindingKind.UnreadablePicture, new FilePosition(Path.Combine(folder, file)),
                        "this kind of picture is not read; JPEG, PNG and WebP are. Convert it, or take it away."));
                else if (!Path.GetFileName(file).StartsWith('.')) others++;
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not DataException)
        {
            faults(new Fault(FindingKind.BadAnnotation, new FilePosition(folder), $"the folder cannot be read. {e.Message}"));
        }
        pictures.Sort(StringComparer.Ordinal);
        return pictures;
    }

    /// <summary>All files below a folder. A link to a folder counts as a file, because following it may lead round in a circle.</summary>
    private static FileSystemEnumerable<string> Files(string folder, int mostLevels, bool onlyAccessible, Func<string, string> name) =>
        new(folder, (ref FileSystemEntry entry) => name(entry.ToFullPath()), new EnumerationOptions
        {
            RecurseSubdirectories = true, MaxRecursionDepth = mostLevels, IgnoreInaccessible = onlyAccessible, AttributesToSkip = 0,
        })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory || IsLink(ref entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(ref entry) && !entry.FileName.StartsWith("."),
        };

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}
