using Fovea.Data.Reading;

namespace Fovea.Data.Checking;

/// <summary>Looks for everything in a data set that would make training fail, or learn something wrong, and says where it is.</summary>
/// <example><code>
/// DataCheckReport report = DataCheck.Run("bccd");
/// foreach (Finding finding in report.Findings) Console.WriteLine(finding);
/// return report.IsClean ? 0 : 1;
/// </code></example>
public static class DataCheck
{
    /// <summary>Checks all splits of a data set.</summary>
    /// <param name="path">A folder or file that <see cref="Dataset.Recognise"/> knows.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancel">Ends the check between two pictures.</param>
    /// <exception cref="DataException">No data set was recognised. Whatever is wrong inside one is a finding.</exception>
    public static DataCheckReport Run(string path, DataCheckOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new DataCheckOptions();
        DatasetLayout layout = Dataset.Recognise(path, options.Wanted);
        var findings = new FindingCollector(options.MostOfAKind);
        DataListing listing = layout.Read(layout.Splits, categories: null, findings.Add);
        PictureEntry[] pictures = [.. listing.Splits.SelectMany(s => s.Pictures).Distinct()];

        PictureEntry[] files = [.. pictures.Where(p => p.Exists).DistinctBy(p => p.Path, StringComparer.Ordinal)];
        Dictionary<string, PictureFact> facts = options.DecodePictures ? PictureFact.Gather(files, options.Progress, cancel) : [];
        List<string> notes = [.. listing.Notes];
        foreach (PictureEntry picture in pictures) PictureChecks.Run(picture, layout, facts, findings);
        if (layout is SegmentationLayout masks) MaskChecks.Run(listing, masks, facts, findings, notes, options, cancel);
        else if (layout.IsOfWholePictures) PictureClassChecks.Run(listing, layout, facts, findings, notes);
        else ClassChecks.Run(listing, layout, pictures, findings, notes);
        if (layout.Kind == AnnotationKind.Boxes) InstanceChecks.Run(listing, pictures, facts, findings, cancel);
        DuplicateChecks.Run(listing, facts, findings);
        if (layout is not SegmentationLayout) UnlistedChecks.Run(layout, pictures, findings, notes);

        return new DataCheckReport(path, layout.Format, [.. listing.Categories.Select(c => c.Name)],
            [.. listing.Splits.Select(s => new CheckedSplit(s.Name, s.Pictures.Count, s.Pictures.Sum(p => p.Objects.Length)))],
            findings.Sorted(), findings.Counts, notes)
        {
            Kind = layout.Kind,
            SecondClasses = [.. listing.Labellings.Where(l => l.IsSecond).SelectMany(l => l.Categories).Select(c => c.Name)],
        };
    }
}
