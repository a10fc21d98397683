using Fovea.Data.Reading;
using Fovea.Imaging;
using Fovea.Structures;

namespace Fovea.Data.Checking;

/// <summary>One picture against its annotations: its size and its boxes.</summary>
internal static class PictureChecks
{
    public static void Run(
        PictureEntry picture, DatasetLayout layout, Dictionary<string, PictureFact> facts, FindingCollector findings)
    {
        ImageSize? size = picture.Stated;
        if (facts.TryGetValue(picture.Path, out PictureFact fact))
        {
            if (fact.Error is not null)
                findings.Add(FindingKind.UnreadablePicture, picture.Position, $"the picture cannot be read. {fact.Error}");
            else
                size = fact.Size;
        }
        if (picture.Class is not null || picture.Mask is not null) return;
        if (picture.Stated is null && !picture.HasFaults)
            findings.Add(FindingKind.WrongSize, picture.SizePosition,
                "no picture size above zero is stated" + (size is { } s ? $"; the picture is {s}." : "."));
        else if (picture.Stated is { } stated && size is { } real && stated != real)
            findings.Add(FindingKind.WrongSize, picture.SizePosition,
                $"the stated picture size is {stated} (height x width), but {picture.Path} is {real}" +
                (stated.Height == real.Width && stated.Width == real.Height
                    ? ": height and width are exchanged, or the picture was turned." : "."));
        if (picture.Objects.Length == 0 && !picture.HasFaults)
            findings.Add(FindingKind.NoAnnotations, picture.Position, $"picture {picture.Path} has no annotated object.");
        Boxes(picture, size, layout, findings);
    }

    private static void Boxes(PictureEntry picture, ImageSize? size, DatasetLayout layout, FindingCollector findings)
    {
        HashSet<(int, Box, bool)> seen = [];
        foreach (ObjectEntry o in picture.Objects.Span)
        {
            FilePosition position = picture.Position with { Value = o.Position };
            string box = (o.Id != 0 ? $"annotation {o.Id}: " : "") + layout.Describe(o.Box);
            // VOC's corners are both inside: equal ones make one pixel, so less than one pixel is a reversed box.
            double reversed = layout.Format == DatasetFormat.Voc ? 1 : 0;
            if (o.Box.Width < reversed || o.Box.Height < reversed)
                findings.Add(FindingKind.ReversedBox, position, $"{box}: the box ends before it begins.");
            else if (o.Box.Width <= 1 || o.Box.Height <= 1)
                findings.Add(FindingKind.DegenerateBox, position, $"{box}: the box is not more than one pixel " +
                    (o.Box.Width > 1 ? "high." : o.Box.Height > 1 ? "wide." : "wide and high."));
            if (size is { } s && BoxGeometry.Overshoot(o.Box, s) > BoxGeometry.Rounding)
                findings.Add(FindingKind.OutOfPicture, position, $"{box}: the box reaches out of the picture of {s} (height x width)" +
                    (IsCountedFromZero(o.Box, s, layout) ? "; PASCAL VOC counts pixels from 1, this file seems to count from 0." : "."));
            if (!seen.Add((o.Class, o.Box, o.IsCrowd)))
                findings.Add(FindingKind.DuplicateBox, position, $"{box}: the same box of the same class was annotated before.");
        }
    }

    private static bool IsCountedFromZero(Box box, ImageSize size, DatasetLayout layout) =>
        layout.Format == DatasetFormat.Voc && Math.Min(box.X1, box.Y1) == -1 && box.X2 <= size.Width && box.Y2 <= size.Height;
}
