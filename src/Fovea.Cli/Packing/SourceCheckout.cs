using System.Diagnostics;

namespace Fovea.Cli.Packing;

/// <summary>The source that this program was built from, where it can be built once more with .NET inside.</summary>
internal sealed class SourceCheckout
{
    private const string Marker = "Fovea.slnx";

    private SourceCheckout(string root) => Root = root;

    /// <summary>The folder of the solution file.</summary>
    public string Root { get; }

    /// <summary>The checkout around a folder of the program.</summary>
    /// <exception cref="PackException">There is none: this program is a bundle already, or was copied away from its source.</exception>
    public static SourceCheckout Around(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, Marker)))
                return new SourceCheckout(at.FullName);
        throw new PackException(
            $"A bundle is made from Fovea's source, and there is no {Marker} in or above '{folder}'. "
            + "Run ./fovea pack in a checkout. An unpacked bundle can be copied as it is.");
    }

    /// <summary>Builds the program for a platform with .NET inside, into a folder.</summary>
    /// <exception cref="PackException">There is no SDK, or the build failed: the message ends with what it said.</exception>
    public async Task PublishAsync(string runtimeId, string target, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(Dotnet(), [
            "publish", Path.Combine(Root, "src", "Fovea.Cli"), "--configuration", "Release", "--runtime", runtimeId, "--self-contained",
            "-p:PublishReadyToRun=true", "-p:DebugType=none", "--artifacts-path", Path.Combine(Root, "artifacts", "pack"),
            "--output", target, "--nologo", "--verbosity", "quiet",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancel), errors = process.StandardError.ReadToEndAsync(cancel);
            try
            {
                await process.WaitForExitAsync(cancel).ConfigureAwait(false);
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
            string said = (await output.ConfigureAwait(false) + await errors.ConfigureAwait(false)).Trim();
            if (process.ExitCode != 0)
                throw new PackException(
                    $"The build for {runtimeId} failed with status {process.ExitCode}:{Environment.NewLine}{LastLines(said)}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new PackException($"The .NET SDK, which builds the bundle, could not be started as '{start.FileName}': " +
                $"{error.Message}", error);
        }
    }

    // The launcher names the .NET that built this program.
    private static string Dotnet()
    {
        string program = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        return Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root && File.Exists(Path.Combine(root, program))
            ? Path.Combine(root, program)
            : program;
    }

    private static string LastLines(string text) =>
        string.Join(Environment.NewLine, text.Split('\n', StringSplitOptions.TrimEntries).Distinct().TakeLast(10)
            .Select(line => "  " + line));
}
