using System.Runtime.InteropServices;

namespace Fovea.Cli;

/// <summary>Ctrl-C and termination: the first asks the verb to stop at its next safe place, a second one ends the process.</summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly TextWriter _error;
    private Timer? _note;

    /// <summary>Listens until it is disposed.</summary>
    /// <param name="error">Told when stopping takes a while.</param>
    public Interruption(TextWriter error)
    {
        _error = error;
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        _signals = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
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
        if (_source.IsCancellationRequested) return;   // the second: the system's default, which ends the process
        context.Cancel = true;
        _note = new Timer(_ => _error.WriteLine("Stopping at the next safe place; once more ends it at once."),
            null, Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }
}
