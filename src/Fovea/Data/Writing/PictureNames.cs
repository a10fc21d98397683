namespace Fovea.Data.Writing;

/// <summary>Names for the pictures of one folder: their own, and another where two would have the same.</summary>
/// <param name="losses">Told of names that change.</param>
/// <param name="byStem">Whether names must differ without their extensions too, because another file is called by them.</param>
internal sealed class PictureNames(LossCounter losses, bool byStem)
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase); // Some disks do not tell cases apart.

    /// <summary>The name of a picture in the folder; true for <paramref name="isNew"/> when it is asked for the first time.</summary>
    public string NameOf(string picture, out bool isNew)
    {
        isNew = !_names.TryGetValue(picture, out string? name);
        if (name is not null) return name;
        // Hidden files are no pictures, and lists of names are trimmed.
        string own = Path.GetFileName(picture), wanted = own.Trim().TrimStart('.');
        string stem = Path.GetFileNameWithoutExtension(wanted).Trim(), extension = Path.GetExtension(wanted);
        name = wanted = stem + extension;
        for (int i = 2; !_taken.Add(byStem ? Path.GetFileNameWithoutExtension(name) : name); i++) name = $"{stem}-{i}{extension}";
        if (name != own) losses.Add(ConversionLoss.PictureName);
        return _names[picture] = name;
    }
}
