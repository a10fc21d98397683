namespace Fovea.Data.Reading;

/// <summary>Text from files, which may hold anything, made fit for a message of one line.</summary>
internal static class OneLine
{
    /// <summary>The text without control characters, cut off after so many characters; null is empty.</summary>
    public static string Shorten(string? text, int longest = 60)
    {
        if (text is null) return "";
        string line = string.Concat(text.Take(longest + 1).Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= longest ? line : line[..(longest - 3)] + "...";
    }
}
