using Fovea.Imaging;

namespace Fovea.Data.Reading;

/// <summary>An object of a COCO file whose outline is read when it is needed.</summary>
/// <param name="Offset">Where its annotation begins in the file.</param>
/// <param name="Value">What is drawn.</param>
/// <param name="Id">COCO's id of the annotation.</param>
internal readonly record struct Outline(long Offset, byte Value, long Id);

/// <summary>A mask that is drawn from the outlines of a COCO file's objects.</summary>
internal sealed record OutlineMask(string Name, string File, string Picture, ImageSize? Stated, IReadOnlyList<Outline> Outlines)
    : MaskSource(Name)
{
    public override IndexMap Read()
    {
        ImageSize size = Size();
        var drawing = new LabelDrawing(size);
        if (Outlines.Count == 0) return drawing.Map;
        using FileStream stream = CocoOutline.Open(File);
        foreach (Outline outline in Outlines)
        {
            ObjectOutline read = CocoOutline.Read(stream, File, outline.Offset, outline.Id, size);
            if (read.Runs is { } runs) drawing.Fill(runs, outline.Value);
            else
                foreach (double[] polygon in read.Polygons!) drawing.Fill(polygon, outline.Value);
        }
        return drawing.Map;
    }

    /// <summary>Whether the first object has an outline.</summary>
    public bool HasOutlines() => CocoOutline.IsAt(File, Outlines[0].Offset);

    private ImageSize Size()
    {
        try
        {
            ImageSize size = Stated ?? Image.ReadInfo(Picture).Size;
            return size.Pixels <= ImageLimits.Default.MaxPixels ? size
                : throw new DataException(new DataLocation(Name), $"the stated picture size is {size}, over the limit of " +
                    $"{ImageLimits.Default.MaxPixels:N0} pixels.");
        }
        catch (ImageException e)
        {
            throw new DataException(new DataLocation(Name), $"no picture size is stated, and the picture cannot tell it. {e.Message}", e);
        }
    }
}
