using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fovea.Benchmarks.Results;

namespace Fovea.Benchmarks.Running;

/// <summary>How benchmarks are run.</summary>
/// <param name="Quick">Sizes that only show that everything works.</param>
/// <param name="Threads">Threads of either side.</param>
/// <param name="LibTorch">The libtorch of our side, or null for the one it finds.</param>
/// <param name="Python">The peer's Python.</param>
/// <param name="PythonPath">More folders of Python modules, or null.</param>
/// <param name="WithPeer">Whether to measure the peer at all.</param>
internal sealed record RunOptions(bool Quick, int Threads, string? LibTorch, string Python, string? PythonPath, bool WithPeer)
{
    /// <summary>Debian's Python, for which torchvision is packaged.</summary>
    public const string DefaultPython = "/usr/bin/python3";
}

/// <summary>Measures a benchmark: both sides warm up, then take turns (ours, peer, ours, peer), so that whatever else the machine
/// does meets both.</summary>
internal static class Comparison
{
    /// <summary>Measures one benchmark.</summary>
    /// <exception cref="SideFailedException">Our side failed. A failing peer is told in the result.</exception>
    public static Measurement Run(Benchmark benchmark, RunOptions options)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("fovea-benchmarks-");
        AppDomain.CurrentDomain.ProcessExit += Delete;   // Ctrl-C leaves no files either
        try
        {
            return Run(benchmark, options, folder.FullName);
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= Delete;
            Delete(null, EventArgs.Empty);
        }

        void Delete(object? sender, EventArgs none)
        {
            try
            {
                folder.Delete(recursive: true);
            }
            catch (IOException)
            {
                // A side that is being stopped still writes there; the system's temporary folder is cleaned by the system.
            }
        }
    }

    private static Measurement Run(Benchmark benchmark, RunOptions options, string folder)
    {
        using Side ours = Side.Start("Our side", StartOurs(benchmark, options, folder));
        string? absence = null;
        using Side? peer = benchmark.Peer is { } module && options.WithPeer ? TryStart(StartPeer(benchmark, module, options, folder), out absence) : null;
        var ourTurns = new List<double[]>();
        var peerTurns = new List<double[]>();
        for (int round = 0; round < benchmark.Rounds; round++)
        {
            ourTurns.Add(ours.Run(benchmark.RunsPerRound));
            if (peer is not null) peerTurns.Add(peer.Run(benchmark.RunsPerRound));
        }
        return new Measurement
        {
            Name = benchmark.Name,
            Conditions = benchmark.Conditions,
            Goal = benchmark.Goal,
            RateUnit = benchmark.Rate?.Unit,
            RateCount = benchmark.Rate?.Count ?? 0,
            Ours = [.. ourTurns],
            Peer = [.. peerTurns],
            OurMemory = benchmark.ShowsMemory ? ours.PeakMemory : null,
            PeerMemory = benchmark.ShowsMemory ? peer?.PeakMemory : null,
            OurVersions = ours.Ready.Versions,
            PeerVersions = peer?.Ready.Versions ?? [],
            Disagreement = peer is null ? null : Outcomes.Disagreement(benchmark.Agreements, ours.Ready.Outcome, peer.Ready.Outcome),
            IsCompared = peer is not null && benchmark.Agreements.Count > 0,
            PeerAbsence = absence,
        };
    }

    private static Side? TryStart(ProcessStartInfo start, out string? absence)
    {
        absence = null;
        try
        {
            return Side.Start("The peer", start);
        }
        catch (SideFailedException error)
        {
            absence = error.Message;
            return null;
        }
    }

    private static ProcessStartInfo StartOurs(Benchmark benchmark, RunOptions options, string folder)
    {
        string[] arguments = ["worker", benchmark.Name, folder, options.Threads.ToString(CultureInfo.InvariantCulture), options.Quick ? "quick" : "full",
            .. options.LibTorch is { } libtorch ? [libtorch] : Array.Empty<string>()];
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments);
        SetThreads(start, options);
        // What limits our own threads, as the peer's calls limit its own.
        if (options.Threads < Environment.ProcessorCount)
            start.Environment["DOTNET_PROCESSOR_COUNT"] = options.Threads.ToString("X", CultureInfo.InvariantCulture);
        return start;
    }

    private static ProcessStartInfo StartPeer(Benchmark benchmark, string module, RunOptions options, string folder)
    {
        var settings = new Dictionary<string, object> { ["folder"] = folder, ["threads"] = options.Threads, ["warm_ups"] = benchmark.WarmUps };
        foreach ((string key, double value) in benchmark.Settings) settings.Add(key, value);
        string file = Path.Combine(folder, "settings.json");
        File.WriteAllText(file, JsonSerializer.Serialize(settings));
        var start = new ProcessStartInfo(options.Python, [Path.Combine(Checkout.Peers, "worker.py"), module, file]);
        SetThreads(start, options);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        if (options.PythonPath is { } path)
        {
            string? given = Environment.GetEnvironmentVariable("PYTHONPATH");
            start.Environment["PYTHONPATH"] = string.IsNullOrEmpty(given) ? path : $"{path}{Path.PathSeparator}{given}";
        }
        return start;
    }

    // Both sides get the same: with fewer threads than processors the matrix library has to be told before it starts.
    private static void SetThreads(ProcessStartInfo start, RunOptions options)
    {
        foreach (string variable in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
            start.Environment[variable] = options.Threads.ToString(CultureInfo.InvariantCulture);
    }
}
