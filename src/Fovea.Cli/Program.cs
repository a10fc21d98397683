using System.CommandLine;
using System.CommandLine.Help;
using Fovea.Cli.Verbs;

namespace Fovea.Cli;

internal static class Program
{
    private static int Main(string[] args) => Run(args, Console.Out, Console.Error);

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <param name="output">Answers, and nothing else.</param>
    /// <param name="error">Progress and errors.</param>
    /// <returns>The exit code.</returns>
    internal static int Run(string[] args, TextWriter output, TextWriter error)
    {
        // Not a RootCommand: that one would be called after the executable file.
        var fovea = new Command("fovea", "Fovea trains, evaluates and runs image-recognition networks.")
        {
            DemoVerb.Create(), TrainVerb.Create(), EvalVerb.Create(), PredictVerb.Create(), QuantizeVerb.Create(), VerifyVerb.Create(),
            ModelsVerb.Create(), DescribeVerb.Create(), DataVerb.Create(), DoctorVerb.Create(), PackVerb.Create(), new HelpOption { Action = new HelpText() },
            new VersionOption(),
        };
        return Verb.Run(fovea, args, output, error);
    }
}
