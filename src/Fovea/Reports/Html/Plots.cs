using System.Globalization;
using System.Text;

namespace Fovea.Reports.Html;

/// <summary>A line of a plot.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points, both coordinates 0 to 1.</param>
internal sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Drawings as SVG elements.</summary>
internal static class Plots
{
    private const int Width = 460, Height = 320, Left = 48, Right = 12, Top = 26, Bottom = 40;

    // Colours that stay apart for the colour-blind (Okabe and Ito), then shades of grey.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c8c8c"];

    /// <summary>Lines in the unit square, with a legend; more than eight share colours.</summary>
    public static string Lines(string title, string x, string y, IReadOnlyList<PlotLine> lines)
    {
        int legend = 16 * ((lines.Count + 1) / 2), total = Height + legend;
        var svg = Begin(title, Width, total);
        for (int i = 0; i <= 5; i++)
        {
            double share = i / 5.0;
            svg.Append(F($"<line x1='{X(share):0.#}' y1='{Y(0):0.#}' x2='{X(share):0.#}' y2='{Y(1):0.#}' stroke='#e6ebef'/>"));
            svg.Append(F($"<line x1='{X(0):0.#}' y1='{Y(share):0.#}' x2='{X(1):0.#}' y2='{Y(share):0.#}' stroke='#e6ebef'/>"));
            svg.Append(F($"<text x='{X(share):0.#}' y='{Y(0) + 16:0.#}' text-anchor='middle'>{share:0.0}</text>"));
            svg.Append(F($"<text x='{X(0) - 6:0.#}' y='{Y(share) + 4:0.#}' text-anchor='end'>{share:0.0}</text>"));
        }
        svg.Append(F($"<text x='{X(0.5):0.#}' y='{Height - 6}' text-anchor='middle'>{HtmlPage.Encode(x)}</text>"));
        svg.Append(F($"<text x='12' y='{Y(0.5):0.#}' text-anchor='middle' transform='rotate(-90 12 {Y(0.5):0.#})'>{HtmlPage.Encode(y)}</text>"));
        for (int i = 0; i < lines.Count; i++)
        {
            string colour = Colours[i % Colours.Length], dash = i < Colours.Length ? "" : " stroke-dasharray='5 3'";
            string points = string.Join(' ', lines[i].Points.Select(p => F($"{X(p.X):0.#},{Y(p.Y):0.#}")));
            svg.Append(F($"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='1.8'{dash}/>"));
            (int column, int row) = (i % 2, i / 2);
            double left = Left + column * (Width - Left) / 2.0, top = Height + 12 + 16 * row;
            svg.Append(F($"<line x1='{left}' y1='{top - 4}' x2='{left + 18}' y2='{top - 4}' stroke='{colour}' stroke-width='2.4'{dash}/>"));
            svg.Append(F($"<text x='{left + 24}' y='{top}'>{HtmlPage.Encode(lines[i].Name)}</text>"));
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Bars to the right, each with its value written behind it.</summary>
    public static string Bars(string title, IReadOnlyList<(string Name, double Value, string Text)> bars)
    {
        const int Row = 26, NameWidth = 110, TextWidth = 90;
        var svg = Begin(title, Width, Top + Row * bars.Count + 6);
        double most = Math.Max(1e-9, bars.Max(bar => bar.Value));
        for (int i = 0; i < bars.Count; i++)
        {
            double top = Top + Row * i, length = Math.Max(0, bars[i].Value) / most * (Width - NameWidth - TextWidth);
            svg.Append(F($"<text x='{NameWidth - 8}' y='{top + 16}' text-anchor='end'>{HtmlPage.Encode(bars[i].Name)}</text>"));
            svg.Append(F($"<rect x='{NameWidth}' y='{top + 4}' width='{length:0.#}' height='{Row - 9}' fill='{Colours[0]}'/>"));
            svg.Append(F($"<text x='{NameWidth + length + 6:0.#}' y='{top + 16}'>{HtmlPage.Encode(bars[i].Text)}</text>"));
        }
        return svg.Append("</svg>").ToString();
    }

    private static StringBuilder Begin(string title, int width, int height) => new StringBuilder()
        .Append(F($"<svg width='{width}' height='{height}' viewBox='0 0 {width} {height}' role='img' aria-label='{HtmlPage.Encode(title)}'>"))
        .Append(F($"<text x='{Left}' y='16' style='font-weight:600;fill:#1b2733'>{HtmlPage.Encode(title)}</text>"));

    private static double X(double share) => Left + Math.Clamp(share, 0, 1) * (Width - Left - Right);

    private static double Y(double share) => Height - Bottom - Math.Clamp(share, 0, 1) * (Height - Top - Bottom);

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
