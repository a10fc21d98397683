using System.Globalization;
using System.Text;

namespace Fovea.Torch.Serialization;

/// <summary>Makes text out of a file fit for a message: a hostile name must neither flood a log nor steer a terminal.</summary>
internal static class Printable
{
    private const int MaxLength = 100;

    /// <summary>The text in quotes, control characters escaped, cut after 100 characters.</summary>
    public static string Quote(ReadOnlySpan<char> text)
    {
        var line = new StringBuilder("'");
        foreach (char c in text[..Math.Min(text.Length, MaxLength)])
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format)
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                line.Append(c);
        }
        return line.Append(text.Length > MaxLength ? "...'" : "'").ToString();
    }
}
