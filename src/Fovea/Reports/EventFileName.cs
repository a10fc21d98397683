using System.Globalization;

namespace Fovea.Reports;

/// <summary>The names of TensorBoard's event files: <c>events.out.tfevents.SECONDS.HOST.PROCESS</c>.</summary>
/// <remarks>TensorBoard reads the files of a folder in the order of their names and never goes back to an earlier one, so a new
/// name must come after all that are there, even when the clock was set back or a run is resumed within the same second.</remarks>
internal static class EventFileName
{
    private const string Prefix = "events.out.tfevents.";
    private const long LastSecond = 9_999_999_999;   // ten digits, so that the order of names is the order of times

    /// <summary>A name for a new file in an existing folder.</summary>
    public static string Next(string folder, DateTimeOffset now)
    {
        long second = now.ToUnixTimeSeconds();
        foreach (string path in Directory.EnumerateFiles(folder, Prefix + "*"))
        {
            string digits = Path.GetFileName(path)[Prefix.Length..].Split('.')[0];
            if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long taken) && taken < LastSecond)
                second = Math.Max(second, taken + 1);
        }
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{second:0000000000}.{Host()}.{Environment.ProcessId}");
    }

    private static string Host() =>
        string.Concat(Environment.MachineName.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
}
