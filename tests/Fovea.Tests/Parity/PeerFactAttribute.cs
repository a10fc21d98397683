using System.Diagnostics;

namespace Fovea.Tests.Parity;

/// <summary>A test that runs torchvision itself; skipped where no Python has it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerFactAttribute : FactAttribute
{
    /// <summary>Looks for torchvision, without importing it.</summary>
    public PeerFactAttribute()
    {
        if (Peer.Python is null) Skip = "No python3 has torchvision (Debian: python3-torchvision).";
    }
}

/// <summary>Runs tests/goldens/parity/make_reference.py with a Python that has torchvision.</summary>
internal static class Peer
{
    // The distribution's first: another python3 may stand before it in the path.
    private static readonly Lazy<string?> Found = new(() =>
        ((string[])["/usr/bin/python3", "python3"]).FirstOrDefault(python =>
            Run(python, "-c", "import sys, importlib.util as u; sys.exit(0 if u.find_spec('torchvision') and u.find_spec('numpy') else 1)").Status == 0));

    public static string? Python => Found.Value;

    public static void MakeReference(params string[] arguments)
    {
        (int status, string output) = Run(Python!, [Path.Combine(ParityGolden.Folder, "make_reference.py"), .. arguments]);
        Assert.True(status == 0, output);
    }

    private static (int Status, string Output) Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return (-1, error.Message);
        }
    }
}
