using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Checking;

/// <summary>The masks and key points of a picture's objects against the picture, their boxes and their class.</summary>
internal static class InstanceChecks
{
    private const double LeastAgreement = 0.5; // Intersection over union of the stated box and the mask's.
    private const double Slack = 2; // Pixels that a small object's box may be off.

    public static void Run(DataListing listing, IReadOnlyList<PictureEntry> pictures, Dictionary<string, PictureFact> facts,
        FindingCollector findings, CancellationToken cancel)
    {
        var wrong = new List<Fault>[pictures.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel };
        Parallel.For(0, pictures.Count, options, i => wrong[i] = Of(pictures[i], SizeOf(pictures[i], facts), listing));
        foreach (Fault fault in wrong.SelectMany(list => list)) findings.Add(fault);
    }

    private static ImageSize? SizeOf(PictureEntry picture, Dictionary<string, PictureFact> facts) =>
        facts.TryGetValue(picture.Path, out PictureFact fact) && fact.Error is null ? fact.Size : picture.Stated;

    private static List<Fault> Of(PictureEntry picture, ImageSize? size, DataListing listing)
    {
        List<Fault> wrong = [];
        InstanceMasks.OfPicture? masks = picture.Masks?.Open(picture);
        for (int i = 0; i < picture.Objects.Length; i++)
        {
            ObjectEntry o = picture.Objects.Span[i];
            FilePosition position = picture.Position with { Value = o.Position };
            string name = o.Id != 0 ? $"annotation {o.Id}" : $"object {i + 1}";
            if (o.HasMask && size is { } known && Mask(masks!, i, o, known) is (var kind, var message))
                wrong.Add(new Fault(kind, position, $"{name}: {message}"));
            if (o.Keypoints is { } points && Keypoints(points, o, size, listing) is (var wrongKind, var told))
                wrong.Add(new Fault(wrongKind, position, $"{name}: {told}"));
        }
        return wrong;
    }

    private static (FindingKind, string)? Mask(InstanceMasks.OfPicture masks, int index, ObjectEntry o, ImageSize size)
    {
        RunLengthMask mask;
        Box outline;
        try
        {
            (mask, outline) = masks.Measure(index, size);
        }
        catch (DataException e)
        {
            return (FindingKind.UnreadableMask, OneLine.Shorten(e.Reason, 400));
        }
        if (mask.IsEmpty)
            return (FindingKind.WrongMask, outline.IsEmpty || outline.Intersection(new Box(0, 0, size.Width, size.Height)) > 0
                ? "its mask is empty: no pixel belongs to it." : $"its outline lies beside the picture of {size} (height x width).");
        if (BoxGeometry.Overshoot(outline, size) > BoxGeometry.Rounding)
            return (FindingKind.OutOfPicture, $"its outline reaches out of the picture of {size} (height x width).");
        Box box = mask.BoundingBox();
        double off = Math.Max(Math.Max(Math.Abs(box.X1 - o.Box.X1), Math.Abs(box.X2 - o.Box.X2)),
            Math.Max(Math.Abs(box.Y1 - o.Box.Y1), Math.Abs(box.Y2 - o.Box.Y2)));
        return off > Slack && box.IoU(o.Box) < LeastAgreement
            ? (FindingKind.WrongMask, FormattableString.Invariant($"its box is ({o.Box.X1:0.#}, {o.Box.Y1:0.#}) to ({o.Box.X2:0.#}, ") +
                FormattableString.Invariant($"{o.Box.Y2:0.#}), but its mask reaches from ({box.X1}, {box.Y1}) to ({box.X2}, {box.Y2})."))
            : null;
    }

    private static (FindingKind, string)? Keypoints(Keypoint[] points, ObjectEntry o, ImageSize? size, DataListing listing)
    {
        if (o.Class >= 0)
        {
            if (!listing.Skeletons.TryGetValue(o.Class, out Skeleton? skeleton))
                return points.All(point => point.Visibility == 0) ? null : (FindingKind.WrongKeypoints,
                    $"it has {points.Length} key points, but its class \"{listing.Categories[o.Class].Name}\" names none.");
            if (skeleton.Names.Count != points.Length)
                return (FindingKind.WrongKeypoints, $"it has {points.Length} key points, but its class " +
                    $"\"{listing.Categories[o.Class].Name}\" has {skeleton.Names.Count}.");
        }
        if (size is not { } s) return null;
        foreach (Keypoint point in points)
            if (point.Visibility > 0 && BoxGeometry.Overshoot(new Box(point.X, point.Y, point.X, point.Y), s) > BoxGeometry.Rounding)
                return (FindingKind.OutOfPicture,
                    FormattableString.Invariant($"a key point at ({point.X:0.#}, {point.Y:0.#}) lies outside the picture of {s} ") +
                    "(height x width).");
        return null;
    }
}
