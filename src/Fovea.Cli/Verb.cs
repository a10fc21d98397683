using System.CommandLine;
using Fovea.Cli.Packing;
using Fovea.Data;
using Fovea.Imaging;
using Fovea.Torch;
using Fovea.Torch.Interop;
using Fovea.Torch.Serialization;
using Fovea.Training;

namespace Fovea.Cli;

/// <summary>The user asked for something that makes no sense: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What all verbs share: exit codes (0 done, 1 it failed, 2 asked wrongly), errors in one line, options.</summary>
internal static class Verb
{
    /// <summary>Runs a command line; Ctrl-C cancels, and only a second one kills.</summary>
    public static int Run(Command root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(error => error.Message).Distinct()) Console.Error.WriteLine($"fovea: {message}");
            Console.Error.WriteLine($"See: {Path(parsed)} --help");
            return 2;
        }
        parsed.InvocationConfiguration.EnableDefaultExceptionHandler = false;
        try
        {
            return parsed.InvokeAsync().GetAwaiter().GetResult();
        }
        catch (Exception error) when (ExitCode(error) is { } code)
        {
            Console.Error.WriteLine($"fovea: {error.Message}");
            return code;
        }
    }

    /// <summary>--libtorch and --threads, for verbs that compute.</summary>
    public static Option<string?> LibTorch() => new("--libtorch") { Description = "The folder of the libtorch to use", HelpName = "PATH" };

    /// <inheritdoc cref="LibTorch"/>
    public static Option<int?> Threads() => new("--threads") { Description = "Threads that one operator may use (default: one a processor)", HelpName = "N" };

    /// <summary>--device.</summary>
    public static Option<string> DeviceOption() => new("--device")
    {
        Description = "Where to compute: cpu, cuda or cuda:N", HelpName = "DEVICE", DefaultValueFactory = _ => "cpu",
    };

    /// <summary>--json.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print the answer as JSON" };

    /// <summary>Loads libtorch as the options say.</summary>
    public static void LoadLibrary(string? path, int? threads)
    {
        if (threads < 1) throw new UsageException($"--threads is {threads}, but at least one thread is needed.");
        Library.Load(new LibraryOptions { LibTorchPath = path, Threads = threads, Progress = Console.Error.WriteLine });
    }

    /// <summary>A device that exists.</summary>
    public static Device ParseDevice(string text)
    {
        Device device;
        try
        {
            device = Device.Parse(text);
        }
        catch (FormatException error)
        {
            throw new UsageException($"--device: {error.Message}");
        }
        if (device.IsCuda && device.Index >= Library.CudaDeviceCount)
            throw new UsageException(Library.CudaDeviceCount == 0
                ? $"--device {text}: this libtorch ({Library.Version}) finds no CUDA device. 'fovea doctor' tells what is there."
                : $"--device {text}: there are {Library.CudaDeviceCount} CUDA devices, counted from 0.");
        return device;
    }

    // What is a user's to mend is told in a line; a bug of our own keeps its stack.
    private static int? ExitCode(Exception error) => error switch
    {
        UsageException => 2,
        OperationCanceledException => 1,
        TensorFileException or StateMismatchException or DataException or ImageException or TorchException => 1,
        TrainingDivergedException or FormatException or TorchSetupException or PackException => 1,
        IOException or UnauthorizedAccessException or ArgumentException => 1,
        _ => null,
    };

    private static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? symbol = parsed.CommandResult; symbol is not null; symbol = symbol.Parent)
            if (symbol is System.CommandLine.Parsing.CommandResult command) names.Insert(0, command.Command.Name);
        return string.Join(' ', names);
    }
}
