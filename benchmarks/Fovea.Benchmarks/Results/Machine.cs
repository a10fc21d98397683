using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Fovea.Benchmarks.Running;

namespace Fovea.Benchmarks.Results;

/// <summary>Where it was measured.</summary>
/// <param name="Processor">Its model.</param>
/// <param name="Processors">How many the system shows.</param>
/// <param name="MemoryGiB">Main memory.</param>
/// <param name="System">The operating system.</param>
internal sealed record Machine(string Processor, int Processors, double MemoryGiB, string System)
{
    /// <summary>This machine.</summary>
    public static Machine Current { get; } = new(ProcessorModel(), Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1), RuntimeInformation.OSDescription.Trim());

    /// <summary>The present commit of the checkout, with "+" where files were changed since.</summary>
    public static string Commit()
    {
        string commit = Git("rev-parse --short HEAD");
        return commit.Length > 0 && Git("status --porcelain --untracked-files=no").Length > 0 ? commit + "+" : commit;
    }

    /// <summary>The load average of the last minute, or null where the system does not tell.</summary>
    public static double? Load() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;

    private static string ProcessorModel()
    {
        if (File.Exists("/proc/cpuinfo"))
            foreach (string line in File.ReadLines("/proc/cpuinfo"))
                if (line.StartsWith("model name", StringComparison.Ordinal)) return line[(line.IndexOf(':') + 1)..].Trim();
        return RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Git(string arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = Checkout.Root, RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";   // no git, no commit to name
        }
    }
}
