using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fovea.Torch;
using Fovea.Torch.Interop;

namespace Fovea.Benchmarks.Running;

/// <summary>Our side of a benchmark in a process of its own; benchmarks/peers/worker.py is its twin. It warms up, says that it is
/// ready, and then answers every line "run N" with N times, until its input ends.</summary>
internal static class Worker
{
    /// <summary>Serves until the input ends.</summary>
    /// <returns>The exit code: 1, with the reason on the error output, where it does not work.</returns>
    public static int Run(Benchmark benchmark, string folder, int threads, string? libtorch)
    {
        try
        {
            Serve(benchmark, folder, threads, libtorch);
            return 0;
        }
        catch (Exception error)
        {
            // What the machine lacks is told in a line; anything else is a bug of ours and keeps its stack.
            Console.Error.WriteLine(error is TorchException or TorchSetupException or IOException ? error.Message : error.ToString());
            return 1;
        }
    }

    private static void Serve(Benchmark benchmark, string folder, int threads, string? libtorch)
    {
        Library.Load(new LibraryOptions { LibTorchPath = libtorch, Threads = threads });
        using Workload workload = benchmark.Prepare(folder, threads);
        for (int i = 0; i < benchmark.WarmUps; i++) Measure(workload);
        var versions = new Dictionary<string, string>
        {
            ["libtorch"] = Library.Version, [".NET"] = Environment.Version.ToString(),
            ["threads"] = Library.ThreadCount.ToString(CultureInfo.InvariantCulture),
        };
        Say(new ReadyMessage(versions, workload.Outcome()));
        while (Console.In.ReadLine() is { } line)
        {
            var seconds = new double[int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)];
            for (int i = 0; i < seconds.Length; i++) seconds[i] = Measure(workload);
            Say(new TimesMessage(seconds));
        }
    }

    private static double Measure(Workload workload)
    {
        workload.Before();
        long start = Stopwatch.GetTimestamp();
        workload.Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Say<T>(T message)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(message, Messages.Format));
        Console.Out.Flush();
    }
}
