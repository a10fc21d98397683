using System.Globalization;
using System.Net;
using System.Text;

namespace Fovea.Reports.Html;

/// <summary>A page that needs nothing beside itself: styles, drawings and pictures are in it, and no script.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light; --ink: #1b2733; --soft: #5b6b7a; --line: #d9e0e6; --wash: #f5f7f9; --accent: #1f77b4; }
        * { box-sizing: border-box; }
        body { font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); margin: 0 auto; max-width: 1080px; padding: 24px; }
        h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 34px 0 8px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
        p { color: var(--soft); margin: 4px 0 10px; max-width: 80ch; }
        table { border-collapse: collapse; margin: 6px 0 14px; font-variant-numeric: tabular-nums; }
        th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--line); }
        th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child { text-align: left; }
        .two th:nth-child(2), .two td:nth-child(2) { text-align: left; padding-left: 12px; }
        .matrix td { text-align: center; padding: 4px 9px; border: 1px solid #fff; } .matrix th { border: 0; padding: 4px 9px; }
        .plots, .pictures { display: flex; flex-wrap: wrap; gap: 18px; }
        figure { margin: 0; } figcaption { color: var(--soft); font-size: 13px; max-width: 500px; }
        .pictures img { width: 500px; max-width: 100%; height: auto; display: block; background: var(--wash); }
        svg text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--soft); }
        """;

    private readonly StringBuilder _text = new();

    public HtmlPage(string title, string subtitle)
    {
        _text.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(title)}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <h1>{Encode(title)}</h1>
            <p>{Encode(subtitle)}</p>

            """);
    }

    /// <summary>Text as it stands in HTML.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    public void Heading(string text, string? explanation = null)
    {
        _text.Append(CultureInfo.InvariantCulture, $"<h2>{Encode(text)}</h2>\n");
        if (explanation is not null) _text.Append(CultureInfo.InvariantCulture, $"<p>{Encode(explanation)}</p>\n");
    }

    /// <summary>A table: columns of text, to the left, then columns of numbers.</summary>
    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, int texts = 1)
    {
        _text.Append(texts == 1 ? "<table>\n<tr>" : "<table class='two'>\n<tr>").AppendJoin("", head.Select(cell => $"<th>{Encode(cell)}</th>")).Append("</tr>\n");
        foreach (IReadOnlyList<string> row in rows)
            _text.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Encode(cell)}</td>")).Append("</tr>\n");
        _text.Append("</table>\n");
    }

    /// <summary>What is HTML already.</summary>
    public void Raw(string html) => _text.Append(html).Append('\n');

    /// <summary>The whole page.</summary>
    public override string ToString() => _text + "</body>\n</html>\n";
}
