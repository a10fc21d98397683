using System.Diagnostics;

namespace Fovea.Cli;

/// <summary>Progress with rate and remaining time: one line that changes on a terminal, a plain line now and then elsewhere.</summary>
internal sealed class ProgressLine(string what, string unit, TextWriter? writer = null) : IDisposable
{
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(100), Elsewhere = TimeSpan.FromSeconds(15);

    private readonly TextWriter _writer = writer ?? Console.Error;
    private readonly bool _live = !Console.IsErrorRedirected;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _shown = TimeSpan.Zero;
    private int _width;

    /// <summary>Tells how far it is.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all, or 0 where that is not known.</param>
    /// <param name="note">Shown at the end.</param>
    /// <param name="start">Units that were done before this progress began; they do not count for the rate.</param>
    public void Show(long done, long total, string note = "", long start = 0)
    {
        TimeSpan now = _watch.Elapsed;
        if (now - _shown < (_live ? OnTerminal : Elsewhere) && done != total) return;
        _shown = now;
        double rate = (done - start) / Math.Max(1e-3, now.TotalSeconds);
        string text = total > 0 ? $"{what} {done}/{total}" : $"{what} {done}";
        if (done > start) text += $"  {rate:0.0} {unit}/s";
        if (total > done && done > start) text += $"  {Clock(TimeSpan.FromSeconds((total - done) / rate))} left";
        if (note.Length > 0) text += "  " + note;
        if (_live)
        {
            int columns = Math.Max(20, Console.BufferWidth - 1);
            if (text.Length > columns) text = text[..columns];
            _writer.Write("\r" + text.PadRight(_width));
            _width = text.Length;
        }
        else _writer.WriteLine(text);
    }

    /// <summary>Clears the line, so that something else can be printed.</summary>
    public void Clear()
    {
        if (_live && _width > 0) _writer.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }

    /// <summary>Clears the line.</summary>
    public void Dispose() => Clear();

    /// <summary>A duration as h:mm:ss or m:ss.</summary>
    public static string Clock(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time:m\\:ss}";
}
