using System.Diagnostics;

namespace Fovea.Torch.Interop;

/// <summary>The C++ compiler of this machine: <c>$CXX</c>, else <c>g++</c>, <c>clang++</c> or <c>c++</c>.</summary>
internal sealed class CxxCompiler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private CxxCompiler(string path) => Path = path;

    /// <summary>The program's file.</summary>
    internal string Path { get; }

    /// <summary>What tells this compiler from another, or from a later version of itself, without starting it.</summary>
    internal string Identity
    {
        get
        {
            var program = new FileInfo(File.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? Path);
            return $"{program.FullName} {program.Length} {program.LastWriteTimeUtc.Ticks}";
        }
    }

    /// <summary>The compiler to use, or null where there is none.</summary>
    /// <exception cref="TorchSetupException">The variable CXX names a program that does not exist.</exception>
    internal static CxxCompiler? Find(MachineView machine)
    {
        if (machine.Value("CXX") is { } named)
            return machine.FindProgram(named) is { } program
                ? new CxxCompiler(program)
                : throw new TorchSetupException(
                    $"The variable CXX names '{named}', which is not a program on this machine. " +
                    "Name a C++ compiler, or unset it to use g++.");
        return new[] { "g++", "clang++", "c++" }.Select(machine.FindProgram).OfType<string>()
            .Select(path => new CxxCompiler(path)).FirstOrDefault();
    }

    /// <summary>Runs the compiler; both output streams together, and its exit status.</summary>
    /// <exception cref="TorchSetupException">It could not be started, or did not end within twenty minutes.</exception>
    internal async Task<(int Status, string Output)> RunAsync(IEnumerable<string> arguments, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C"; // messages in English, so that the lines with "error:" can be picked out
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        using Process process = Start(start);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, await errors.ConfigureAwait(false) + await output.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TorchSetupException($"The compiler '{Path}' did not end within {Patience.TotalMinutes:0} minutes and was stopped.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new TorchSetupException($"The compiler '{Path}' could not be started: {error.Message}", error);
        }
    }
}
