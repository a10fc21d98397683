using System.Diagnostics;

namespace Fovea.Benchmarks.Running;

/// <summary>The Python that the peer runs in.</summary>
internal static class PeerPython
{
    /// <summary>Debian's.</summary>
    public const string Default = "/usr/bin/python3";

    /// <summary>True if this Python has torchvision; otherwise the reason, with what mends it.</summary>
    public static bool HasTorchvision(string python, out string reason)
    {
        reason = "";
        try
        {
            var start = new ProcessStartInfo(python, ["-c", "import torch, torchvision"]) { RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            string error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0) return true;
            reason = $"{python} has no torchvision ({error.Split('\n')[^1]}). On Debian: apt-get install python3-torchvision, " +
                "or name another Python with --python.";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            reason = $"{python} does not start ({error.Message}). Name a Python that has torchvision with --python.";
        }
        return false;
    }
}
