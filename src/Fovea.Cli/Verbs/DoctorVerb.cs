using System.CommandLine;
using System.Text.Json;
using Fovea.Diagnostics;
using Fovea.Torch;
using Fovea.Torch.Interop;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea doctor</c>: a line for each thing that Fovea needs of the machine, with the command that mends it.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var libtorch = new Option<string?>("--libtorch") { Description = "The folder of the libtorch to use", HelpName = "PATH" };
        var json = new Option<bool>("--json") { Description = "Print the findings as JSON" };
        var packages = new Option<bool>("--packages")
        {
            Description = "Print only the names of the Debian packages that mend what is missing",
        };
        var verb = new Command("doctor", """
            Look over this machine: what Fovea needs, what is there, how to mend the rest.

            Examples:
              fovea doctor
              fovea doctor --libtorch /opt/libtorch
            """)
        {
            libtorch, json, packages,
        };
        verb.SetAction(parsed =>
        {
            List<SetupCheck> checks = [.. Doctor.Examine(parsed.GetValue(libtorch))];
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(packages))
            {
                foreach (string package in Doctor.PackagesToInstall(checks, Doctor.IsUbuntu))
                    output.WriteLine(package);
                return 0;
            }
            if (EngineChecks.Run(parsed.GetValue(libtorch)).All(check => check.State != CheckState.Missing))
                checks.Add(EngineTrial.Run(new LibraryOptions
                {
                    LibTorchPath = parsed.GetValue(libtorch),
                    Progress = parsed.InvocationConfiguration.Error.WriteLine,
                }));
            if (parsed.GetValue(json))
                output.WriteLine(ToJson(checks));
            else
                Print(checks, output);
            return checks.Any(check => check.State == CheckState.Missing) ? 1 : 0;
        });
        return verb;
    }

    private static void Print(List<SetupCheck> checks, TextWriter output)
    {
        int width = checks.Max(check => check.Name.Length);
        foreach (SetupCheck check in checks)
        {
            string indent = new(' ', "MISSING".Length + width + 4);
            string found = string.Join(
                Environment.NewLine + indent, check.Found.Split('\n',
                    StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            output.WriteLine($"{Word(check.State),-7}  {check.Name.PadRight(width)}  {found}");
            if (check.Mend is { } mend)
                output.WriteLine($"{indent}to mend: {mend}");
        }
    }

    private static string Word(CheckState state) => state switch
    {
        CheckState.Ok => "ok",
        CheckState.Warning => "warning",
        _ => "MISSING",
    };

    private static string ToJson(List<SetupCheck> checks)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach (SetupCheck check in checks)
            {
                writer.WriteStartObject();
                writer.WriteString("name", check.Name);
                writer.WriteString("state", check.State.ToString().ToLowerInvariant());
                writer.WriteString("found", check.Found);
                writer.WriteString("mend", check.Mend);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
