using System.CommandLine.Parsing;
using System.Globalization;

namespace Fovea.Cli;

/// <summary>Option values of several parts.</summary>
internal static class Lists
{
    /// <summary>"16,32,64" as numbers; an error of the command line where it is not.</summary>
    public static float[]? Floats(ArgumentResult result)
    {
        string text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        var values = new List<float>();
        foreach (string part in text.Split(','))
        {
            if (!float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) || !float.IsFinite(value))
            {
                result.AddError($"'{text}' is no list of numbers with commas between them, such as 16,32,64.");
                return null;
            }
            values.Add(value);
        }
        return [.. values];
    }

    /// <summary>"240x320" as the shorter and the longer side.</summary>
    /// <exception cref="UsageException">It is not of this form.</exception>
    public static (int? Min, int? Max) Size(string? text)
    {
        if (text is null) return (null, null);
        string[] parts = text.ToLowerInvariant().Split('x');
        if (parts is [var h, var w] && int.TryParse(h, out int height) && int.TryParse(w, out int width) && height > 0 && width > 0)
            return (Math.Min(height, width), Math.Max(height, width));
        throw new UsageException($"'{text}' is no size: height x width in pixels was expected, such as 240x320.");
    }
}
