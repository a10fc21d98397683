using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Statistics;

/// <summary>Counts and measures a data set from its annotations, masks among them; pictures are not decoded, but the headers of
/// those whose size no annotation states are read.</summary>
public static class DataInfo
{
    // Of YOLOv3 with its three scales, and of the tiny one with two.
    private static readonly int[] YoloAnchors = [9, 6];

    /// <summary>Looks at all splits of a data set.</summary>
    /// <param name="path">A folder or file that <see cref="Dataset.Recognise"/> knows.</param>
    /// <param name="shortSide">For the anchors: the short side that pictures are resized to, in pixels (torchvision's 800).</param>
    /// <param name="longSide">For the anchors: the most that the long side may become (torchvision's 1333).</param>
    /// <param name="squareSide">For YOLO's anchors: the long side that pictures are resized to, in pixels (Darknet's 416).</param>
    /// <param name="wanted">What is to be described where a folder tells several kinds; null for what <see cref="Dataset.Recognise"/>
    /// takes then.</param>
    /// <exception cref="DataException">No data set was recognised.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1, or a long side shorter than the short one.</exception>
    public static DatasetInfo Of(string path, int shortSide = 800, int longSide = 1333, AnnotationKind? wanted = null,
        int squareSide = 416)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(squareSide, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shortSide, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(longSide, shortSide);
        DatasetLayout layout = Dataset.Recognise(path, wanted);
        int faults = 0;
        DataListing listing = layout.Read(layout.Splits, categories: null, _ => faults++);
        Dictionary<PictureEntry, ImageSize> sizes = Sizes(listing, layout.Kind != AnnotationKind.Boxes, ref faults);
        PictureEntry[] pictures = [.. listing.Splits.SelectMany(split => split.Pictures).Distinct()];
        Dictionary<PictureEntry, MaskFact>[] masks = [.. listing.Labellings.Select(labelling =>
            MaskFact.Gather(pictures, labelling, progress: null, CancellationToken.None))];
        faults += masks.Sum(facts => facts.Values.Count(mask => mask.Error is not null || mask.Wrong is not null));
        return new DatasetInfo(path, layout.Format,
            [.. listing.Splits.Select(split => WithLabels(Of(split, sizes, listing.Categories, shortSide, longSide, squareSide),
                [.. listing.Labellings.Zip(masks, (labelling, facts) => LabelInfo.Of(split, labelling, facts))]))], faults)
            { Kind = layout.Kind };
    }

    private static SplitInfo WithLabels(SplitInfo split, LabelInfo[] labels) => labels.Length == 0 ? split : split with
    {
        Labels = labels[0],
        SecondLabels = labels.ElementAtOrDefault(1),
        Classes = [.. labels[0].Classes.Select(c => new ClassCount(c.Id, c.Name, Boxes: 0, c.Pictures))],
        EmptyPictures = 0,
        BoxesPerPicture = null,
    };

    /// <summary>The stated sizes; files of whole pictures state none and are asked, on all cores. Those that cannot tell are
    /// faults.</summary>
    private static Dictionary<PictureEntry, ImageSize> Sizes(DataListing listing, bool asks, ref int faults)
    {
        PictureEntry[] pictures = [.. listing.Splits.SelectMany(split => split.Pictures).Distinct()];
        var sizes = new ImageSize?[pictures.Length];
        int unreadable = 0;
        Parallel.For(0, pictures.Length, i =>
        {
            try
            {
                sizes[i] = pictures[i].Stated ?? (asks ? pictures[i].ReadSize() : null);
            }
            catch (ImageException)
            {
                Interlocked.Increment(ref unreadable);
            }
        });
        faults += unreadable;
        return pictures.Zip(sizes).Where(pair => pair.Second is not null).ToDictionary(pair => pair.First, pair => pair.Second!.Value);
    }

    private static SplitInfo Of(SplitListing split, Dictionary<PictureEntry, ImageSize> pictureSizes, IReadOnlyList<Category> categories,
        int shortSide, int longSide, int squareSide)
    {
        int[] boxesOfClass = new int[categories.Count], picturesOfClass = new int[categories.Count];
        int[] lastPicture = [.. Enumerable.Repeat(-1, categories.Count)];
        int boxes = 0, crowds = 0, difficult = 0, small = 0, medium = 0, large = 0, degenerate = 0, empty = 0, masks = 0, posed = 0;
        List<Box> good = [];
        List<(double Height, double Width)> resized = [];
        List<(double Width, double Height)> square = [];
        for (int i = 0; i < split.Pictures.Count; i++)
        {
            PictureEntry picture = split.Pictures[i];
            if (picture.Class is { } index) picturesOfClass[index]++;
            else if (picture.Objects.IsEmpty) empty++;
            double scale = picture.Stated is { } size ? AnchorAdvice.ResizeScale(size, shortSide, longSide) : 1;
            double squareScale = picture.Stated is { } stated ? AnchorAdvice.ResizeScale(stated, squareSide, squareSide) : 1;
            foreach (ObjectEntry o in picture.Objects.Span)
            {
                boxes++;
                if (o.IsCrowd) crowds++;
                if (o.IsDifficult) difficult++;
                if (o.HasMask) masks++;
                if (o.Keypoints is { } points && points.Any(point => point.Visibility > 0)) posed++;
                if (o.Class >= 0)
                {
                    boxesOfClass[o.Class]++;
                    if (lastPicture[o.Class] != i) picturesOfClass[o.Class]++;
                    lastPicture[o.Class] = i;
                }
                if (!(o.Box.Width > 1 && o.Box.Height > 1))
                {
                    degenerate++;
                    continue;
                }
                double area = double.IsNaN(o.Area) ? o.Box.Area : o.Area;
                if (area < 32 * 32) small++;
                else if (area < 96 * 96) medium++;
                else large++;
                good.Add(o.Box);
                if (o.IsCrowd) continue;
                resized.Add((o.Box.Height * scale, o.Box.Width * scale));
                square.Add((o.Box.Width * squareScale, o.Box.Height * squareScale));
            }
        }
        var sizes = split.Pictures.Where(pictureSizes.ContainsKey).GroupBy(p => pictureSizes[p])
            .Select(g => new PictureSizeCount(g.Key.Height, g.Key.Width, g.Count()))
            .OrderByDescending(s => s.Pictures).ThenBy(s => s.Height).ThenBy(s => s.Width).ToList();
        return new SplitInfo
        {
            Name = split.Name,
            Pictures = split.Pictures.Count,
            EmptyPictures = empty,
            Boxes = boxes,
            Crowds = crowds,
            Difficult = difficult,
            Masks = masks,
            WithKeypoints = posed,
            Degenerate = degenerate,
            Classes = [.. categories.Select((c, i) => new ClassCount(c.Id, c.Name, boxesOfClass[i], picturesOfClass[i]))],
            Small = small,
            Medium = medium,
            Large = large,
            Width = Distribution.Of([.. good.Select(b => b.Width)]),
            Height = Distribution.Of([.. good.Select(b => b.Height)]),
            Side = Distribution.Of([.. good.Select(b => Math.Sqrt(b.Area))]),
            AspectRatio = Distribution.Of([.. good.Select(b => b.Height / b.Width)]),
            BoxesPerPicture = Distribution.Of([.. split.Pictures.Select(p => (double)p.Objects.Length)]),
            PictureSizes = [.. sizes.Take(10)],
            DistinctSizes = sizes.Count,
            Anchors = AnchorAdvice.For(resized, shortSide, longSide),
            Shapes = [.. YoloAnchors.Select(count => ShapeClusters.Of(square, count, squareSide)).OfType<ShapeClusters>()],
        };
    }
}
