using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;
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
internal static partial class Verb
{
    /// <summary>Runs a command line; Ctrl-C cancels, and a second one kills.</summary>
    public static int Run(Command root, string[] args, TextWriter output, TextWriter error)
    {
        if (args is ["help", .. var topic]) args = [.. topic, "--help"];
        if (args.Length == 0)
        {
            error.Write(HelpText.Of(root));
            return 2;
        }
        // A picture's name may begin with @: no response files.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is not HelpText && Mistakes.Of(parsed) is { Count: > 0 } mistakes)
        {
            foreach (string mistake in mistakes) error.WriteLine($"fovea: {mistake}");
            error.WriteLine($"See: {HelpText.Path(parsed.CommandResult.Command)} --help");
            return 2;
        }
        var invocation = new InvocationConfiguration
        {
            Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
        };
        // A verb that cannot be cancelled ends at once, as any program does.
        using Interruption? interruption = parsed.Action is AsynchronousCommandLineAction
            ? new Interruption(error, Launcher.StartedThis ? Console.OpenStandardInput() : null) : null;
        try
        {
            return parsed.InvokeAsync(invocation, interruption?.Token ?? CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("fovea: stopped.");
            return 1;
        }
        catch (Exception exception) when (ExitCode(exception) is { } code)
        {
            error.WriteLine($"fovea: {Short(Plain(exception.Message))}");
            return code;
        }
        catch (Exception bug)
        {
            error.WriteLine("fovea: this is a fault in Fovea, not in what you did. Please report it with these lines:");
            error.WriteLine(bug);
            return 1;
        }
    }

    /// <summary>--libtorch, for verbs that compute.</summary>
    public static Option<string?> LibTorch() => Options.Text("--libtorch", "The folder of the libtorch to use", "PATH");

    /// <summary>--threads, for verbs that compute.</summary>
    public static Option<int?> Threads() =>
        Options.Count("--threads", "Threads that one operator may use (default: one a processor)", 1, 1024);

    /// <summary>--device.</summary>
    public static Option<string?> DeviceOption() =>
        Options.Text("--device", "Where to compute: cpu, cuda or cuda:N (default: cpu)", "DEVICE");

    /// <summary>--json.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print the answer as JSON" };

    /// <summary>Loads libtorch as the options say.</summary>
    public static void LoadLibrary(string? path, int? threads, TextWriter error) =>
        Library.Load(new LibraryOptions { LibTorchPath = path, Threads = threads, Progress = error.WriteLine });

    /// <summary>A device that exists; the CPU where none is named.</summary>
    public static Device ParseDevice(string? text)
    {
        Device device;
        try
        {
            device = Device.Parse(text ?? "cpu");
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

    /// <summary>A file that an option names, where it is given, must be there.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public static void ExpectFile(string option, string? path)
    {
        if (path is null || File.Exists(path)) return;
        throw new UsageException(Directory.Exists(path) ? $"{option}: '{path}' is a folder, but a file was expected."
            : $"{option}: there is no file '{path}'.");
    }

    /// <summary>A folder to write to: made where it is not there.</summary>
    /// <exception cref="UsageException">It cannot be made, or may not be written.</exception>
    public static void MakeFolder(string option, string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: the folder '{path}' cannot be made: {error.Message}");
        }
    }

    /// <summary>A message without what .NET adds for programmers: the name of a parameter, and the value on a line of its own.</summary>
    internal static string Plain(string message) =>
        ActualValue().Replace(ParameterName().Replace(message, ""), " It is $1.");

    // Weights of another model differ in hundreds of names: the first ones tell enough.
    private static string Short(string message)
    {
        const int MostLines = 12;
        string[] lines = message.Split('\n');
        return lines.Length <= MostLines ? message : string.Join('\n', lines.Take(MostLines))
            + $"\n  ... and {lines.Length - MostLines} lines more";
    }

    // What is a user's to mend is told in a line; a bug of our own keeps its stack.
    private static int? ExitCode(Exception error) => error switch
    {
        UsageException => 2,
        TensorFileException or StateMismatchException or DataException or ImageException or TorchException => 1,
        TrainingDivergedException or FormatException or TorchSetupException or PackException => 1,
        IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException => 1,
        _ => null,
    };

    [GeneratedRegex(@" \(Parameter '[^']*'\)")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"\r?\nActual value was (.*)\.")]
    private static partial Regex ActualValue();
}
