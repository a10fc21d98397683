using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Checking;

/// <summary>Masks against their pictures and the class list: what cannot be read, does not fit, or holds other values; classes that do
/// not occur; masks without pictures.</summary>
internal static class MaskChecks
{
    public static void Run(DataListing listing, SegmentationLayout layout, Dictionary<string, PictureFact> facts, FindingCollector findings,
        List<string> notes, DataCheckOptions options, CancellationToken cancel)
    {
        PictureEntry[] pictures = [.. listing.Splits.SelectMany(s => s.Pictures).Distinct()];
        foreach (Labelling labelling in listing.Labellings)
        {
            Dictionary<PictureEntry, MaskFact> masks = MaskFact.Gather(pictures, labelling, options.Progress, cancel);
            foreach (PictureEntry picture in pictures) Run(picture, masks[picture], labelling, facts, findings);
            Classes(listing.Splits, labelling, layout, masks, findings, notes);
            if (!labelling.Declared)
                notes.Add("no list names the classes, so they are numbered; name them in " +
                    $"{Labelling.ClassFile(labelling.IsSecond)}, one a line, or 'value name'.");
        }
        Unlisted(layout, pictures, findings, notes);
    }

    private static void Run(PictureEntry picture, MaskFact mask, Labelling labelling, Dictionary<string, PictureFact> facts,
        FindingCollector findings)
    {
        var position = new FilePosition(labelling.MaskOf(picture).Name);
        if (mask.Error is not null)
        {
            findings.Add(FindingKind.UnreadableMask, position, mask.Error);
            return;
        }
        if (SizeOf(picture, facts) is { } size && size != mask.Size)
            findings.Add(FindingKind.WrongSize, position, LabelTable.OtherSize(mask.Size, picture.Path, size));
        if (mask.Wrong is not null) findings.Add(FindingKind.WrongLabel, position, mask.Wrong);
        else if (mask.Count(labelling.Table, labelling.Categories.Count).Labelled.All(count => count == 0))
            findings.Add(FindingKind.NoLabels, position, $"every pixel is ignored: nothing can be learnt from picture {picture.Path}.");
    }

    private static ImageSize? SizeOf(PictureEntry picture, Dictionary<string, PictureFact> facts)
    {
        if (facts.TryGetValue(picture.Path, out PictureFact fact)) return fact.Error is null ? fact.Size : null;
        try
        {
            return picture.ReadSize();
        }
        catch (ImageException)
        {
            return null; // told of where pictures are decoded; their headers alone are no finding
        }
    }

    private static void Classes(IReadOnlyList<SplitListing> splits, Labelling labelling, SegmentationLayout layout,
        Dictionary<PictureEntry, MaskFact> masks, FindingCollector findings, List<string> notes)
    {
        string[] names = [.. labelling.Categories.Select(c => OneLine.Shorten(c.Name))];
        Dictionary<string, long[]> counts = splits.ToDictionary(split => split.Name, split =>
        {
            var sum = new long[names.Length];
            foreach (PictureEntry picture in split.Pictures)
            {
                long[] labelled = masks[picture].Count(labelling.Table, names.Length).Labelled;
                for (int i = 0; i < sum.Length; i++) sum[i] += labelled[i];
            }
            return sum;
        });
        counts.TryGetValue(ShareOut.Train, out long[]? train);
        var root = new FilePosition(layout.Root);
        for (int i = 0; i < names.Length; i++)
        {
            string[] holders = [.. counts.Where(split => split.Value[i] > 0).Select(split => split.Key)];
            if (holders.Length == 0)
                findings.Add(FindingKind.EmptyClass, root, $"the class '{names[i]}' has no pixel in any split. It stays a class.");
            else if (train is not null && train[i] == 0)
                findings.Add(FindingKind.UntrainedClass, root, $"the class '{names[i]}' has no pixel in split {ShareOut.Train}, but in " +
                    $"{string.Join(", ", holders)}: it cannot be learnt.");
        }
        foreach (var same in names.GroupBy(ClassNames.Fold).Where(g => g.Key.Length > 0 && g.Count() > 1))
            findings.Add(FindingKind.MisspeltClass, root,
                $"there are the classes {string.Join(" and ", same.Select(n => $"'{n}'"))}, which are probably one class.");
        foreach ((string split, long[] count) in counts.Where(split => split.Key != ShareOut.Train && split.Value.Any(n => n > 0)))
        {
            string[] unmeasured = [.. names.Where((_, i) => count[i] == 0 && train?[i] > 0)];
            if (unmeasured.Length > 0)
                notes.Add($"split {split} has no pixel of {unmeasured.Length} of {names.Length} classes: " +
                    string.Join(", ", unmeasured.Take(10)) + (unmeasured.Length > 10 ? ", ..." : "."));
        }
    }

    /// <summary>A mask whose picture is there but in no list is only counted; one without a picture is a finding.</summary>
    private static void Unlisted(SegmentationLayout layout, PictureEntry[] pictures, FindingCollector findings, List<string> notes)
    {
        HashSet<string> used = new(pictures.Select(p => Path.GetFullPath(p.Mask!.Name)), StringComparer.Ordinal);
        string[] rest = [.. layout.MaskFiles().Where(file => !used.Contains(Path.GetFullPath(file)))];
        if (rest.Length == 0) return;
        HashSet<string> stems = new(layout.PictureFiles().Select(file => Path.GetFileNameWithoutExtension(file)), StringComparer.Ordinal);
        int unlisted = 0;
        foreach (string file in rest)
        {
            if (MaskPairs.StemsOf(file).Any(stems.Contains)) unlisted++;
            else findings.Add(FindingKind.NoPicture, new FilePosition(file), "this mask has no picture.");
        }
        if (unlisted > 0) notes.Add($"{unlisted} pictures with masks are in no split.");
    }
}
