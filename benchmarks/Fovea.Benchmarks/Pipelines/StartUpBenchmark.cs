using System.Diagnostics;
using Fovea.Benchmarks.Running;

namespace Fovea.Benchmarks.Pipelines;

/// <summary>The time from the command to its answer, where there is nothing to compute.</summary>
internal sealed class StartUpBenchmark(bool quick) : Benchmark
{
    public override string Name => "startup";

    public override string Conditions => "./fovea --help, everything set up, files in the page cache";

    public override Goal Goal => new(Seconds: 0.3);

    public override int WarmUps => 2;

    public override int Rounds => quick ? 2 : 20;

    public override Workload Prepare(string folder, int threads) => new Launch(Path.Combine(Checkout.Root, "fovea"));

    private sealed class Launch(string command) : Workload
    {
        public override void Run()
        {
            var start = new ProcessStartInfo(command, ["--help"]) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            string help = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0 || help.Length == 0)
                throw new InvalidOperationException($"{command} --help ended with {process.ExitCode} and {help.Length} characters of help.");
        }
    }
}
