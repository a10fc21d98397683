using Fovea.Data.Reading;

namespace Fovea.Data.Writing;

/// <summary>Writes a data set of boxes, masks and key points in another format, without loss where that can hold it; what it cannot hold is
/// counted. The result lies in the layout that <see cref="Dataset"/> recognises.</summary>
/// <example><code>
/// ConversionReport report = DataConversion.Run("bccd", DatasetFormat.Coco, "bccd-coco");
/// foreach (string line in report.Lines) Console.WriteLine(line);
/// </code></example>
public static class DataConversion
{
    /// <summary>The formats that can be written.</summary>
    public static IReadOnlyList<DatasetFormat> Formats { get; } = [DatasetFormat.Coco, DatasetFormat.Voc, DatasetFormat.Yolo, DatasetFormat.LabelMe];

    /// <summary>Converts a data set.</summary>
    /// <param name="path">A folder or file that <see cref="Dataset.Recognise"/> knows, with boxes.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="output">The folder to write, which must not be there, or be empty. It appears when all is written.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancel">Ends the conversion between two pictures; nothing is left behind.</param>
    /// <exception cref="DataException">No data set was recognised, it cannot be read, there is no such split, or the output is there
    /// already.</exception>
    /// <exception cref="Imaging.ImageException">A picture cannot be read.</exception>
    /// <exception cref="IOException">The output cannot be written.</exception>
    /// <exception cref="ArgumentException">The format cannot be written.</exception>
    public static ConversionReport Run(
        string path, DatasetFormat format, string output, ConversionOptions? options = null, CancellationToken cancel = default)
    {
        if (!Formats.Contains(format)) throw new ArgumentException($"{format} cannot be written; there are {string.Join(", ", Formats)}.", nameof(format));
        options ??= new ConversionOptions();
        OutputFolder.ExpectNothing(output);
        DatasetLayout layout = Dataset.Recognise(path, AnnotationKind.Boxes);
        DataListing listing = layout.Read([.. (options.Splits ?? layout.Splits).Select(layout.ResolveSplit).Distinct()], null, Fault.Throw);
        List<string> notes = [];
        SplitListing[] splits = options.Splits is null ? WithoutUnion(listing.Splits, notes) : [.. listing.Splits];

        var losses = new LossCounter(format);
        using var folder = new OutputFolder(output, options.LinkPictures);
        DatasetWriter writer = Create(format, folder, layout, listing, splits, losses);
        if (writer.HasFolderOfEachSplit)
            losses.Add(ConversionLoss.RepeatedPicture, splits.SelectMany(split => split.Pictures.Select(p => p.Path).Distinct())
                .GroupBy(picture => picture, StringComparer.Ordinal).Count(group => group.Count() > 1));
        List<ConvertedSplit> converted = [];
        var counted = new HashSet<PictureEntry>();
        int done = 0, total = splits.Sum(split => split.Pictures.Count);
        foreach (SplitListing split in splits)
        {
            int objects = 0;
            writer.WriteSplit(split.Name, split.Pictures.Select(picture =>
            {
                cancel.ThrowIfCancellationRequested();
                WrittenPicture written = Prepare(picture, layout.Format, format, counted.Add(picture) ? losses : null);
                objects += written.Objects.Count;
                options.Progress?.Report((++done, total));
                return written;
            }));
            converted.Add(new ConvertedSplit(split.Name, split.Pictures.Count, objects));
        }
        writer.Finish();
        folder.Finish();
        notes.Add("what Fovea does not read (licences, sources, poses, other keys of the files) is not in the new ones.");
        return new ConversionReport(output, format, converted) { Losses = losses.Counts, Lines = losses.Lines(), Notes = notes };
    }

    private static DatasetWriter Create(DatasetFormat format, OutputFolder folder, DatasetLayout layout, DataListing listing, SplitListing[] splits,
        LossCounter losses) => format switch
    {
        DatasetFormat.Coco => new CocoWriter(folder, listing.Categories, listing.Skeletons, losses, keepsIds: layout.Format == DatasetFormat.Coco),
        DatasetFormat.Voc => new VocWriter(folder, listing.Categories, listing.Skeletons, losses),
        DatasetFormat.Yolo => new YoloWriter(folder, listing.Categories, listing.Skeletons, losses, [.. splits.Select(split => split.Name)],
            KeypointsOf(splits)),
        _ => new LabelMeWriter(folder, listing.Categories, listing.Skeletons, losses),
    };

    /// <summary>The number of key points that most objects have; 0 where none has a labelled one.</summary>
    private static int KeypointsOf(SplitListing[] splits)
    {
        var counts = new Dictionary<int, int>();
        foreach (PictureEntry picture in splits.SelectMany(split => split.Pictures))
            foreach (ObjectEntry o in picture.Objects.Span)
                if (o.Keypoints is { } points && points.Any(p => p.Visibility > 0))
                    counts[points.Length] = counts.GetValueOrDefault(points.Length) + 1;
        return counts.OrderByDescending(pair => pair.Value).ThenByDescending(pair => pair.Key).FirstOrDefault().Key;
    }

    /// <summary>Reads a picture's outlines, leaves out what the format cannot say, and counts what all formats but COCO lose.</summary>
    private static WrittenPicture Prepare(PictureEntry picture, DatasetFormat from, DatasetFormat to, LossCounter? losses)
    {
        WrittenPicture written = WrittenPicture.Of(picture);
        if (to == DatasetFormat.Coco) return written;
        if (!PictureFolder.IsPicture(picture.Path))
            throw new DataException($"{picture.Path} has a name that {LossCounter.NameOf(to)} does not find: expected .jpg, .jpeg, .png or .webp.");
        if (from == DatasetFormat.Coco) losses?.Add(ConversionLoss.Id, 1 + written.Objects.Count);
        losses?.Add(ConversionLoss.Area, written.Objects.Count(o => o.HasOtherArea));
        if (to == DatasetFormat.Voc) return written;
        WrittenObject[] kept = [.. written.Objects.Where(o => !o.IsReversed)];
        losses?.Add(ConversionLoss.ReversedBox, written.Objects.Count - kept.Length);
        return written with { Objects = kept };
    }

    /// <summary>VOC's trainval is train and val together: it need not be written too.</summary>
    private static SplitListing[] WithoutUnion(IReadOnlyList<SplitListing> splits, List<string> notes)
    {
        SplitListing? union = splits.FirstOrDefault(split => split.Name.StartsWith("trainval", StringComparison.Ordinal));
        if (union is null) return [.. splits];
        SplitListing[] others = [.. splits.Where(split => split != union)];
        HashSet<string> elsewhere = new(others.SelectMany(split => split.Pictures).Select(p => p.Path), StringComparer.Ordinal);
        if (!union.Pictures.All(picture => elsewhere.Contains(picture.Path))) return [.. splits];
        notes.Add($"split {union.Name} is left out, since all its pictures are in other splits; it is written when it is named.");
        return others;
    }
}
