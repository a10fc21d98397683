using System.Text;
using Fovea.Imaging.Drawing;
using Fovea.Imaging.Native;

namespace Fovea.Imaging;

public sealed partial class Canvas
{
    /// <summary>Longer texts are cut, whatever the picture's width.</summary>
    private const int MostCharacters = 200;

    private readonly List<(Area Box, string Text, Rgb Colour)> _pending = [];
    private readonly List<Area> _placed = [];

    /// <summary>Writes a text on a plate at a box: above its upper left corner where there is room, otherwise at another corner,
    /// always inside the picture. Labels are placed together by <see cref="ToImage"/>, so that they cover each other as little as
    /// possible.</summary>
    /// <param name="x1">Left edge of the box.</param>
    /// <param name="y1">Upper edge of the box.</param>
    /// <param name="x2">Right edge of the box.</param>
    /// <param name="y2">Lower edge of the box.</param>
    /// <param name="text">One line; a text wider than the picture is cut and ends in "…". An empty text draws nothing.</param>
    /// <param name="colour">Colour of the plate; the text is black or white, whichever stands out more.</param>
    /// <exception cref="ArgumentException">A coordinate is not a number.</exception>
    public void DrawLabel(double x1, double y1, double x2, double y2, string text, Rgb colour)
    {
        x1 = Near(x1);
        y1 = Near(y1);
        text = OneLine(text);
        if (text.Length > 0) _pending.Add((new Area(x1, y1, Near(x2) - x1, Near(y2) - y1), text, colour));
    }

    private void DrawPendingLabels()
    {
        if (_pending.Count == 0) return;
        var texts = new string[_pending.Count];
        var labels = new (Area Box, Area Plate)[_pending.Count];
        for (int i = 0; i < labels.Length; i++)
        {
            (texts[i], double width, double height) = Plate(_pending[i].Text);
            labels[i] = (_pending[i].Box, new Area(0, 0, width, height));
        }
        Area[] places = LabelLayout.Place(labels, _placed, Size);
        for (int i = 0; i < places.Length; i++) DrawPlate(places[i], texts[i], _pending[i].Colour);
        Check(Cairo.Status(_pen));
        _placed.AddRange(places);
        _pending.Clear();
    }

    // Around text and edge of a plate.
    private (double X, double Y) Padding => (Math.Round(_style.FontSize * 0.32), Math.Round(_style.FontSize * 0.12));

    /// <summary>A text as it fits into the picture's width, and the size of the plate under it.</summary>
    internal (string Text, double Width, double Height) Plate(string text)
    {
        Cairo.MeasureFont(_pen, out Cairo.FontExtents font);
        text = Shorten(OneLine(text), Size.Width - 2 * Padding.X);
        return (text, Math.Ceiling(WidthOf(text)) + 2 * Padding.X, Math.Ceiling(font.Ascent + font.Descent) + 2 * Padding.Y);
    }

    /// <summary>A text of <see cref="Plate"/> on its plate.</summary>
    internal void DrawPlate(Area plate, string text, Rgb colour)
    {
        Cairo.MeasureFont(_pen, out Cairo.FontExtents font);
        plate = plate with { X = Math.Round(plate.X), Y = Math.Round(plate.Y) };     // whole pixels keep the edges sharp
        RoundedRectangle(plate, _style.FontSize * 0.22);
        SetColour(colour, 0.92);
        Cairo.Fill(_pen);
        Cairo.MoveTo(_pen, plate.X + Padding.X, plate.Y + Padding.Y + Math.Round(font.Ascent));
        SetColour(TextColour(colour), 1);
        Cairo.ShowText(_pen, text);
    }

    /// <summary>Black or white, whichever has the higher contrast.</summary>
    /// <remarks>WCAG 2.1, contrast ratio: (L1 + 0.05) / (L2 + 0.05).</remarks>
    internal static Rgb TextColour(Rgb plate) =>
        1.05 / (plate.Luminance + 0.05) > (plate.Luminance + 0.05) / 0.05 ? new Rgb(255, 255, 255) : new Rgb(0, 0, 0);

    private void RoundedRectangle(Area area, double radius)
    {
        double right = area.X + area.Width, bottom = area.Y + area.Height;
        Cairo.NewSubPath(_pen);
        Cairo.Arc(_pen, right - radius, area.Y + radius, radius, -Math.PI / 2, 0);
        Cairo.Arc(_pen, right - radius, bottom - radius, radius, 0, Math.PI / 2);
        Cairo.Arc(_pen, area.X + radius, bottom - radius, radius, Math.PI / 2, Math.PI);
        Cairo.Arc(_pen, area.X + radius, area.Y + radius, radius, Math.PI, 1.5 * Math.PI);
        Cairo.ClosePath(_pen);
    }

    private double WidthOf(string text)
    {
        Cairo.MeasureText(_pen, text, out Cairo.TextExtents extents);
        return extents.AdvanceX;
    }

    /// <summary>The longest beginning of a text that fits, found by halving.</summary>
    private string Shorten(string text, double width)
    {
        if (WidthOf(text) <= width) return text;
        int fits = 0, tooLong = text.Length;
        while (tooLong - fits > 1)
        {
            int middle = (fits + tooLong) / 2;
            if (WidthOf(Beginning(text, middle)) <= width) fits = middle;
            else tooLong = middle;
        }
        return Beginning(text, fits);

        static string Beginning(string text, int length) =>
            string.Concat(text.AsSpan(0, length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");
    }

    /// <summary>Line breaks, tabs and other control characters become spaces; half of a surrogate pair becomes the replacement
    /// character.</summary>
    private static string OneLine(string text)
    {
        var line = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (line.Length >= MostCharacters) return line.Append('…').ToString();
            line.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }
        return line.ToString().Trim();
    }
}
