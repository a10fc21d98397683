using System.CommandLine;
using System.Globalization;
using Fovea.Cli.Packing;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea pack</c>: a bundle that runs where there is no .NET.</summary>
internal static class PackVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The bundle to write: a name that ends in .tar.xz or .tar.gz" };
        file.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && !TarFile.Supports(name))
                result.AddError($"'{name}' ends in neither .tar.xz nor .tar.gz: name the bundle, for example fovea.tar.xz.");
        });
        var verb = new Command(
            "pack",
            """
            Write the program with .NET inside to one file, for machines without .NET.

            It runs on any x64 Linux that has libtorch or PyTorch (1.13 or later) and a C++
            compiler; it needs neither .NET nor a network there.

            Examples:
              fovea pack fovea.tar.xz
            """)
        {
            file,
        };
        verb.SetAction((parsed, cancel) => RunAsync(parsed.GetRequiredValue(file), parsed.InvocationConfiguration, cancel));
        return verb;
    }

    private static async Task<int> RunAsync(string file, InvocationConfiguration console, CancellationToken cancel)
    {
        SourceCheckout source = SourceCheckout.Around(AppContext.BaseDirectory);
        long bytes = await Bundle.MakeAsync(source, Path.GetFullPath(file), console.Error.WriteLine, cancel).ConfigureAwait(false);
        console.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file}: {bytes / 1e6:0.0} MB. On the other machine:"));
        console.Output.WriteLine($"  tar xf {Path.GetFileName(file)} && fovea-*/fovea doctor");
        return 0;
    }
}
