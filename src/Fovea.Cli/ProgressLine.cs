using System.Diagnostics;
using System.Globalization;

namespace Fovea.Cli;

/// <summary>Progress with rate and remaining time: one line that changes on a terminal, a plain line now and then elsewhere.</summary>
/// <param name="what">What is being done: the first word.</param>
/// <param name="unit">What is counted, in the singular; <see cref="Bytes"/> are shown as megabytes.</param>
/// <param name="writer">Where the line is written.</param>
/// <param name="live">Whether that is a terminal; null looks.</param>
internal sealed class ProgressLine(string what, string unit, TextWriter writer, bool? live = null) : IDisposable
{
    /// <summary>The unit of files that are copied.</summary>
    public const string Bytes = "byte";

    private const double Megabyte = 1e6;

    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(100), Elsewhere = TimeSpan.FromSeconds(15);

    private readonly bool _live = live ?? (ReferenceEquals(writer, Console.Error) && !Console.IsErrorRedirected);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _shown = TimeSpan.MinValue;
    private int _width;

    /// <summary>Tells how far it is.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all, or 0 where that is not known.</param>
    /// <param name="note">Shown at the end.</param>
    /// <param name="start">Units that were done before this progress began; they do not count for the rate.</param>
    public void Show(long done, long total, string note = "", long start = 0)
    {
        TimeSpan now = _watch.Elapsed;
        TimeSpan last = _shown == TimeSpan.MinValue ? (_live ? -OnTerminal : TimeSpan.Zero) : _shown;
        if (now - last < (_live ? OnTerminal : Elsewhere) && done != total) return;
        _shown = now;
        string text = Describe(what, unit, done, total, start, now) + (note.Length > 0 ? "  " + note : "");
        if (_live)
        {
            int columns = Columns() - 1;
            if (text.Length > columns) text = text[..columns];
            writer.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else writer.WriteLine(text);
    }

    /// <summary>Clears the line, so that something else can be printed.</summary>
    public void Clear()
    {
        if (_live && _width > 0) writer.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }

    /// <summary>Clears the line.</summary>
    public void Dispose() => Clear();

    /// <summary>The line without its note: "finding 3/12  1.5 pictures/s  0:06 left"; a rate below one is told as seconds a unit.</summary>
    internal static string Describe(string what, string unit, long done, long total, long start, TimeSpan elapsed)
    {
        bool bytes = unit == Bytes;
        string text = bytes
            ? string.Create(CultureInfo.InvariantCulture, $"{what} {done / Megabyte:0.0}{(total > 0 ? $"/{total / Megabyte:0.0}" : "")} MB")
            : total > 0 ? $"{what} {done}/{total}" : $"{what} {done}";
        if (done <= start) return text;
        double rate = (done - start) / Math.Max(1e-3, elapsed.TotalSeconds);
        text += bytes
            ? string.Create(CultureInfo.InvariantCulture, $"  {rate / Megabyte:0.0} MB/s")
            : rate >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"  {rate:0.0} {unit}s/s")
            : string.Create(CultureInfo.InvariantCulture, $"  {1 / rate:0.0} s/{unit}");
        return total > done ? $"{text}  {Clock(TimeSpan.FromSeconds((total - done) / rate))} left" : text;
    }

    /// <summary>A duration as h:mm:ss or m:ss.</summary>
    public static string Clock(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time:m\\:ss}";

    // Some terminals do not tell their width.
    private static int Columns() => Console.BufferWidth is > 20 and var width ? width : 80;
}
