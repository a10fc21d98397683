using Fovea.Data.Checking;

namespace Fovea.Data.Reading;

/// <summary>Finds the mask of each picture.</summary>
internal static class MaskPairs
{
    /// <summary>What may follow the picture's name in its mask's.</summary>
    private static readonly string[] Endings = ["", "_mask"];

    /// <summary>The pictures of a folder with the masks of the same name in another, sorted by name.</summary>
    public static List<MaskedPicture> OfFolders(string pictures, string masks, Action<Fault> faults)
    {
        PictureFolder from = new(pictures), to = new(masks);
        List<MaskedPicture> result = [];
        foreach (string name in from.Pictures)
        {
            string path = Path.Combine(pictures, name);
            if (FindMask(to, name) is { } mask) result.Add(new MaskedPicture(path, new PngMask(mask), new FilePosition(path)));
            else faults(Without(path, MaskOf(path, masks), new FilePosition(path)));
        }
        return result;
    }

    /// <summary>The pictures that a list names: <c>picture mask</c> a line, by their paths, or the picture's name.</summary>
    public static List<MaskedPicture> OfList(string list, string root, string pictures, string masks, Action<Fault> faults)
    {
        PictureFolder from = new(pictures), to = new(masks);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<MaskedPicture> result = [];
        foreach ((string text, long line) in VocList.Lines(list, faults))
        {
            var position = new FilePosition(list, line);
            string[] parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            string? path = Find(parts[0], root, from);
            string? mask = parts.Length > 1 ? Find(parts[1], root, to) : path is null ? null : FindMask(to, path);
            if (parts.Length > 2)
                faults(new Fault(FindingKind.BadAnnotation, position, "the line has more than a picture and a mask: " +
                    $"'{OneLine.Shorten(text)}'. Names with spaces cannot be listed."));
            else if (path is null)
                faults(new Fault(FindingKind.MissingPicture, position, $"there is no picture {OneLine.Shorten(parts[0])} in {pictures} " +
                    $"or {root}."));
            else if (mask is null && parts.Length > 1)
                faults(new Fault(FindingKind.MissingAnnotation, position, $"there is no mask {OneLine.Shorten(parts[1])} in {masks} or " +
                    $"{root}."));
            else if (mask is null) faults(Without(path, MaskOf(path, masks), position));
            else if (!seen.Add(path))
                faults(new Fault(FindingKind.DuplicateId, position, $"'{OneLine.Shorten(parts[0])}' is listed twice."));
            else result.Add(new MaskedPicture(path, new PngMask(mask), position));
        }
        return result;
    }

    /// <summary>The same pictures with the masks of the same name in another folder, a second map of classes.</summary>
    public static List<MaskedPicture> WithSecond(List<MaskedPicture> pictures, string masks, Action<Fault> faults)
    {
        var to = new PictureFolder(masks);
        List<MaskedPicture> result = [];
        foreach (MaskedPicture picture in pictures)
        {
            if (FindMask(to, picture.Path) is { } mask) result.Add(picture with { Second = new PngMask(mask) });
            else faults(Without(picture.Path, MaskOf(picture.Path, masks), picture.Listed));
        }
        return result;
    }

    /// <summary>The fault of a picture that has no mask.</summary>
    public static Fault Without(string picture, string mask, FilePosition position) =>
        new(FindingKind.MissingAnnotation, position, $"picture {picture} has no mask: there is no {mask}.");

    /// <summary>The names, without extension, that the picture of a mask may have.</summary>
    public static IEnumerable<string> StemsOf(string mask)
    {
        string stem = Path.GetFileNameWithoutExtension(mask);
        return Endings.Where(ending => stem.EndsWith(ending, StringComparison.Ordinal)).Select(ending => stem[..^ending.Length]);
    }

    private static string MaskOf(string picture, string masks) =>
        Path.Combine(masks, Path.GetFileNameWithoutExtension(picture) + ".png");

    private static string? FindMask(PictureFolder masks, string picture)
    {
        string stem = Path.GetFileNameWithoutExtension(picture);
        return Endings.Select(ending => masks.FindStem(stem + ending)).FirstOrDefault(name => name is not null) is { } found
            ? Path.Combine(masks.Path, found) : null;
    }

    // Lists are published with the paths of somebody's machine: what counts is the file's folder and name.
    private static string? Find(string name, string root, PictureFolder folder)
    {
        string[] parts = name.Split('/', '\\');
        string last = parts[^1];
        if (last.Length > 0 && PictureFolder.IsInside(last) && parts.Length == 1)
            return (folder.Contains(last) ? last : folder.FindStem(last)) is { } found ? Path.Combine(folder.Path, found) : null;
        string inRoot = PictureFolder.IsInside(name) ? name : string.Join('/', parts[^2..]);
        if (!PictureFolder.IsInside(inRoot)) return null;
        string path = Path.Combine(root, inRoot);
        return File.Exists(path) ? path : folder.Contains(last) ? Path.Combine(folder.Path, last) : null;
    }
}
