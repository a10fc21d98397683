using System.Globalization;

namespace Fovea.Data.Writing;

/// <summary>Counts what a format cannot hold, and tells it in a line for each kind.</summary>
internal sealed class LossCounter(DatasetFormat format)
{
    private readonly SortedDictionary<ConversionLoss, int> _counts = [];
    private double _farthest;

    public IReadOnlyDictionary<ConversionLoss, int> Counts => _counts;

    public void Add(ConversionLoss loss, int count = 1)
    {
        if (count > 0) _counts[loss] = _counts.GetValueOrDefault(loss) + count;
    }

    /// <summary>A box that moves by so many pixels.</summary>
    public void AddMove(double pixels)
    {
        Add(ConversionLoss.MovedBox);
        _farthest = Math.Max(_farthest, pixels);
    }

    /// <summary>The lines.</summary>
    public IReadOnlyList<string> Lines() => [.. _counts.Select(pair => pair.Value.ToString("N0", CultureInfo.InvariantCulture) + " " + Text(pair.Key))];

    private string Text(ConversionLoss loss)
    {
        string name = NameOf(format);
        return loss switch
        {
            ConversionLoss.Crowd => $"crowd flags: {name} has none, and the groups read as single objects.",
            ConversionLoss.Difficult => $"flags \"difficult\": {name} has none.",
            ConversionLoss.Id => $"ids of pictures and objects: {name} has none.",
            ConversionLoss.CategoryId => $"classes have other ids: {name} numbers them in their order.",
            ConversionLoss.Area => $"stated areas: {name} has none, and they read as those of the boxes.",
            ConversionLoss.Mask => "masks: " + format switch
            {
                DatasetFormat.Voc => "VOC's masks are for all objects of a picture, at most 254.",
                DatasetFormat.Yolo => "YOLO has no masks beside key points, and none without pixels.",
                _ => $"{name} has none without pixels.",
            },
            ConversionLoss.OverlappingMask => $"masks lack pixels that later objects share with them: {name} gives a pixel to one object.",
            ConversionLoss.JoinedMask => "masks of several parts or with holes are one polygon each, joined by lines without width: Fovea reads them as " +
                "they were, but other programs may draw the lines.",
            ConversionLoss.MovedBox => string.Create(CultureInfo.InvariantCulture,
                $"boxes read as the smallest around their polygons, up to {_farthest:0.###} pixels from what was stated."),
            ConversionLoss.CutBox => "boxes that reached out of their pictures were cut off.",
            ConversionLoss.ReversedBox => $"objects were left out: their boxes end before they begin, which {name} cannot say.",
            ConversionLoss.Keypoints => $"objects lost their key points: {(format == DatasetFormat.Yolo ? "YOLO has one number of them for all classes." : $"{name} has none.")}",
            ConversionLoss.OutsideKeypoint => "key points outside their pictures are told as not labelled.",
            ConversionLoss.Skeleton => format == DatasetFormat.LabelMe
                ? "classes have their key points in another order, or without limbs: LabelMe lists neither."
                : $"classes lost the limbs of their skeletons: {name} has none.",
            ConversionLoss.PictureName => "pictures have other names, because two would have the same one.",
            ConversionLoss.RepeatedPicture => $"pictures are in several splits, and there once for each: {name} has a folder for each split.",
            ConversionLoss.SplitName => $"splits have other names: {name} has {string.Join(", ", YoloWriter.SplitKeys)}.",
            _ => throw new InvalidOperationException($"Our own bug: {loss} has no text."),
        };
    }

    /// <summary>How a format is written.</summary>
    public static string NameOf(DatasetFormat format) => format == DatasetFormat.LabelMe ? "LabelMe" : format.ToString().ToUpperInvariant();
}
