using System.Runtime.InteropServices;

namespace Fovea.Cli;

/// <summary>Ctrl-C and termination: the first asks the verb to stop at its next safe place, a second one ends the process. A process that a
/// <see cref="Launcher"/> started also stops when the launcher says so or is gone, and leaves the second signal to it.</summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly TextWriter _error;
    private readonly bool _isLed;
    private Timer? _note;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="error">Told when stopping takes a while.</param>
    /// <param name="launcher">The pipe to the launcher that started this process, or null.</param>
    public Interruption(TextWriter error, Stream? launcher = null)
    {
        _error = error;
        _isLed = launcher is not null;
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        _signals = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
        if (launcher is not null)
            new Thread(() => Follow(launcher)) { IsBackground = true, Name = "Fovea launcher" }.Start();
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        _note?.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested && !_isLed) return;   // the second: the system's default, which ends the process
        context.Cancel = true;
        if (_isLed)
        {
            Cancel();
            return;
        }
        _note = new Timer(_ => _error.WriteLine("Stopping at the next safe place; once more ends it at once."),
            null, Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }
    // The launcher writes nothing: a pipe that ends is its word.
    private void Follow(Stream launcher)
    {
        try
        {
            while (launcher.ReadByte() >= 0)
            {
            }
        }
        catch (IOException)
        {
        }
        Cancel();
    }

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
        }
    }
}
