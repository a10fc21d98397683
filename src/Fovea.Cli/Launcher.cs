using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Fovea.Cli;

/// <summary>Starts the processes of a run on this machine, and ends all of them when one fails.</summary>
/// <remarks>Each is told its place in the variables that torchrun sets, and holds a pipe to this process as its input. The pipe's end means
/// "stop at the next safe place": it closes on Ctrl-C, and by itself where this process is killed. So no process outlives it.</remarks>
/// <param name="processes">How many.</param>
/// <param name="error">Told of a process that ends without a word of its own, or does not end.</param>
/// <param name="patience">How long the others may take to end after one has failed; null for 30 s.</param>
internal sealed class Launcher(int processes, TextWriter error, TimeSpan? patience = null)
{
    // Set for the processes that a launcher starts: their input is its pipe.
    private const string Mark = "FOVEA_LAUNCHED";

    private readonly TimeSpan _patience = patience ?? TimeSpan.FromSeconds(30);
    private readonly List<Process> _started = [];
    private int _signals;

    /// <summary>Whether a launcher started this process.</summary>
    public static bool StartedThis => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Mark));

    /// <summary>Starts this program as often as told, and waits for the end of all.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="cancellation">Asks all to stop; they are waited for.</param>
    /// <returns>0 where all ended well, else what the first that failed gave: 2 or 1.</returns>
    public int Run(IEnumerable<string> arguments, CancellationToken cancellation)
    {
        string program = Environment.ProcessPath ?? throw new IOException("This system does not tell where the running program lies.");
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";     // which runs a library that it is given
        return Run(program, isHost ? ["exec", typeof(Launcher).Assembly.Location, .. arguments] : arguments, cancellation);
    }

    /// <summary>As <see cref="Run(IEnumerable{string}, CancellationToken)"/>, with any program.</summary>
    internal int Run(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        string port = FreePort();
        string[] words = [.. arguments];
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        PosixSignalRegistration[] registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, _ => OnSignal()))];
        try
        {
            for (int rank = 0; rank < processes; rank++) _started.Add(Process.Start(Place(program, words, rank, port))!);
            using CancellationTokenRegistration asked = cancellation.Register(CloseInputs);
            return Wait(cancellation);
        }
        finally
        {
            foreach (PosixSignalRegistration registration in registrations) registration.Dispose();
            Kill();
            foreach (Process process in _started) process.Dispose();
        }
    }

    private ProcessStartInfo Place(string program, string[] arguments, int rank, string port)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true };
        string own = rank.ToString(CultureInfo.InvariantCulture), all = processes.ToString(CultureInfo.InvariantCulture);
        foreach ((string name, string value) in (IEnumerable<(string, string)>)[
            ("RANK", own), ("LOCAL_RANK", own), ("WORLD_SIZE", all), ("LOCAL_WORLD_SIZE", all),
            ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", port), (Mark, "1")])
            start.Environment[name] = value;
        return start;
    }

    private int Wait(CancellationToken cancellation)
    {
        int result = 0;
        Task? grace = null;
        var running = _started.Select((process, rank) =>
            (Process: process, Rank: rank, End: process.WaitForExitAsync(CancellationToken.None))).ToList();
        while (running.Count > 0)
        {
            IEnumerable<Task> events = running.Select(entry => entry.End);
            int ended = Task.WaitAny([.. events, .. grace is null ? Array.Empty<Task>() : [grace]]);
            if (ended == running.Count)
            {
                error.WriteLine($"fovea: process {string.Join(", ", running.Select(entry => entry.Rank))} did not end within " +
                    FormattableString.Invariant($"{_patience.TotalSeconds:0.#} s, so it was killed."));
                Kill();
                grace = null;
                continue;
            }
            (Process process, int rank, _) = running[ended];
            running.RemoveAt(ended);
            if (process.ExitCode == 0) continue;
            if (process.ExitCode > 128)
                error.WriteLine($"fovea: process {rank} of {processes} was ended by signal {process.ExitCode - 128}" +
                    (process.ExitCode == 128 + 9 ? " (by hand, or because memory ran out)." : "."));
            if (result != 0) continue;
            result = process.ExitCode == 2 ? 2 : 1;
            // A run that was asked to stop writes its checkpoint, however long that takes.
            if (!cancellation.IsCancellationRequested) grace = Task.Delay(_patience, CancellationToken.None);
        }
        return result;
    }

    // The second signal ends this process, and the others with it.
    private void OnSignal()
    {
        if (Interlocked.Increment(ref _signals) > 1) Kill();
    }

    private void CloseInputs()
    {
        foreach (Process process in _started) process.StandardInput.Close();
    }

    private void Kill()
    {
        foreach (Process process in _started)
            if (!process.HasExited) process.Kill();
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
