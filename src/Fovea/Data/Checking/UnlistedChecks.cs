using Fovea.Data.Reading;

namespace Fovea.Data.Checking;

/// <summary>Files that lie in the data set's folders without a partner, or without a split that lists them.</summary>
internal static class UnlistedChecks
{
    public static void Run(DatasetLayout layout, PictureEntry[] listed, FindingCollector findings, List<string> notes)
    {
        HashSet<string> known = new(listed.Select(p => Path.GetFullPath(p.Path)), StringComparer.Ordinal);
        string[] unlisted = [.. layout.PictureFiles().Where(f => !known.Contains(Path.GetFullPath(f)))];
        if (layout is VocLayout voc)
        {
            OfVoc(voc, listed, unlisted, findings, notes);
            return;
        }
        foreach (string file in unlisted)
            findings.Add(FindingKind.NoAnnotations, new FilePosition(file), "no annotation file lists this picture.");
        if (layout is not YoloLayout yolo) return;
        foreach (string file in yolo.LabelsWithoutPicture())
            findings.Add(FindingKind.NoPicture, new FilePosition(file), "this label file has no picture.");
    }

    /// <summary>VOC annotates more pictures than its detection splits list (others are for segmentation or actions), so those are
    /// only noted; a picture without annotation file, or the reverse, is a finding.</summary>
    private static void OfVoc(
        VocLayout layout, PictureEntry[] listed, string[] unlistedPictures, FindingCollector findings, List<string> notes)
    {
        HashSet<string> listedFiles = new(listed.Select(p => p.Position.File), StringComparer.Ordinal);
        IReadOnlyList<string> all = layout.AnnotationFiles();
        HashSet<string> annotated = new(all.Select(f => Path.GetFileNameWithoutExtension(f)), StringComparer.Ordinal);
        HashSet<string> pictured = new(layout.PictureFiles().Select(f => Path.GetFileNameWithoutExtension(f)), StringComparer.Ordinal);
        int noted = 0;
        foreach (string file in all.Where(f => !listedFiles.Contains(f)))
        {
            if (pictured.Contains(Path.GetFileNameWithoutExtension(file))) noted++;
            else findings.Add(FindingKind.NoPicture, new FilePosition(file), "this annotation file has no picture, and no split lists it.");
        }
        foreach (string file in unlistedPictures.Where(f => !annotated.Contains(Path.GetFileNameWithoutExtension(f))))
            findings.Add(FindingKind.NoAnnotations, new FilePosition(file), "this picture has no annotation file.");
        if (noted > 0) notes.Add($"{noted} annotated pictures are in no split.");
    }
}
