using System.CommandLine;
using Fovea.Cli.Verbs;

namespace Fovea.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        var fovea = new RootCommand("Fovea trains, evaluates and runs image-recognition networks.");
        fovea.Subcommands.Add(DoctorVerb.Create());
        return fovea.Parse(args).Invoke();
    }
}
