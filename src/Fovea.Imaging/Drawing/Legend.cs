using Fovea.Imaging.Drawing;

namespace Fovea.Imaging;

/// <summary>Names for the colours in a picture.</summary>
public static class Legend
{
    /// <summary>The picture with a strip below it on which every colour stands under its name, in as many lines as it takes.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="entries">Names and colours, in order; nothing is added where there are none.</param>
    public static Image Under(Image image, IReadOnlyList<(string Name, Rgb Colour)> entries)
    {
        if (entries.Count == 0) return image;
        var style = CanvasStyle.For(image.Size);
        (string Text, Area Plate)[] plates;
        double gap = Math.Round(style.FontSize * 0.4), x = gap, y = gap, height;
        using (var measure = new Canvas(new Image(new ImageSize(1, image.Width), new byte[image.Width * 3]), style))
        {
            plates = new (string, Area)[entries.Count];
            height = measure.Plate("X").Height;
            for (int i = 0; i < plates.Length; i++)
            {
                (string text, double width, _) = measure.Plate(entries[i].Name);
                if (x > gap && x + width + gap > image.Width) (x, y) = (gap, y + height + gap);
                plates[i] = (text, new Area(x, image.Height + y, width, height));
                x += width + gap;
            }
        }
        var size = new ImageSize(image.Height + (int)Math.Ceiling(y + height + gap), image.Width);
        var pixels = new byte[size.Pixels * 3];
        image.Pixels.CopyTo(pixels.AsSpan());
        pixels.AsSpan(image.Pixels.Length).Fill(255);
        using var canvas = new Canvas(new Image(size, pixels), style);
        for (int i = 0; i < plates.Length; i++) canvas.DrawPlate(plates[i].Plate, plates[i].Text, entries[i].Colour);
        return canvas.ToImage();
    }
}
