using System.CommandLine;
using System.CommandLine.Help;
using Fovea.Cli.Verbs;

namespace Fovea.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        // Not a RootCommand: that one would be called after the executable file.
        var fovea = new Command("fovea", "Fovea trains, evaluates and runs image-recognition networks.")
        {
            DemoVerb.Create(), TrainVerb.Create(), EvalVerb.Create(), PredictVerb.Create(), VerifyVerb.Create(), ModelsVerb.Create(),
            DataVerb.Create(), DoctorVerb.Create(), PackVerb.Create(), new HelpOption(), new VersionOption(),
        };
        return Verb.Run(fovea, args);
    }
}
