using System.Diagnostics;
using System.Text.Json;

namespace Fovea.Benchmarks.Running;

/// <summary>A side of a benchmark did not do its work.</summary>
internal sealed class SideFailedException(string message) : Exception(message);

/// <summary>One side of a benchmark, ours or the peer's: a process that runs when it is told to and is idle otherwise.</summary>
internal sealed class Side : IDisposable
{
    private const int KeptErrorLines = 12;

    // A training step on a slow machine takes a minute or two; what takes longer than this hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly string _name;
    private readonly Process _process;
    private readonly Queue<string> _errors = new();

    private Side(string name, ProcessStartInfo start)
    {
        _name = name;
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw new SideFailedException($"{name}: {start.FileName} does not start: {error.Message}");
        }
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>What it said when it had warmed up.</summary>
    public ReadyMessage Ready { get; private set; } = new([], []);

    /// <summary>Most memory it had so far, in bytes.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts a side and waits until it has warmed up.</summary>
    /// <exception cref="SideFailedException">It died, hung, or answered nonsense.</exception>
    public static Side Start(string name, ProcessStartInfo start)
    {
        var side = new Side(name, start);
        try
        {
            side.Ready = side.Read<ReadyMessage>();
            return side;
        }
        catch
        {
            side.Dispose();
            throw;
        }
    }

    /// <summary>Runs so many times.</summary>
    /// <returns>The time of each in seconds.</returns>
    /// <exception cref="SideFailedException">It died, hung, or answered nonsense.</exception>
    public double[] Run(int count)
    {
        try
        {
            _process.StandardInput.WriteLine($"run {count}");
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It is dead; reading says why.
        }
        return Read<TimesMessage>().Seconds;
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(20))) _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // It has ended by itself.
        }
        _process.Dispose();
    }

    private T Read<T>()
    {
        Task<string?> answer = _process.StandardOutput.ReadLineAsync();
        if (!answer.Wait(Patience))
        {
            _process.Kill(entireProcessTree: true);
            throw new SideFailedException($"{_name} gave no answer for {Patience.TotalMinutes:0} minutes and was stopped.{Errors()}");
        }
        if (answer.Result is not { } line)
        {
            _process.WaitForExit();
            throw new SideFailedException($"{_name} ended with exit code {_process.ExitCode}.{Errors()}");
        }
        try
        {
            return JsonSerializer.Deserialize<T>(line, Messages.Format) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new SideFailedException($"{_name} answered {line[..Math.Min(line.Length, 200)]}{Errors()}");
        }
    }

    private void Remember(string? line)
    {
        if (string.IsNullOrWhiteSpace(line)) return;
        lock (_errors)
        {
            _errors.Enqueue(line);
            if (_errors.Count > KeptErrorLines) _errors.Dequeue();
        }
    }

    private string Errors()
    {
        lock (_errors) return string.Concat(_errors.Select(line => $"\n    {line}"));
    }
}
