using System.CommandLine;
using System.Text.Json;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea models</c>: what can be trained.</summary>
internal static class ModelsVerb
{
    public static Command Create()
    {
        Option<bool> json = Verb.Json();
        var verb = new Command("models", """
            List the models, with their papers and published weights.

            Examples:
              fovea models
              fovea models --json
            """) { json };
        verb.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(ToJson());
            else Print(output);
            return 0;
        });
        return verb;
    }

    private static void Print(TextWriter output)
    {
        int width = ModelZoo.Entries.Max(entry => entry.Id.Length);
        foreach (ModelEntry entry in ModelZoo.Entries)
        {
            output.WriteLine($"{entry.Id.PadRight(width)}  {entry.Task}  {entry.Paper}");
            if (entry.Weights is { } weights)
                output.WriteLine($"{"".PadRight(width)}  weights: {weights.Name}, {weights.Metrics}; {weights.Url} (SHA-256 begins " +
                    $"{weights.Sha256Prefix})");
        }
    }

    private static string ToJson() => JsonSerializer.Serialize(ModelZoo.Entries.Select(entry => new
    {
        id = entry.Id, task = entry.Task, paper = entry.Paper,
        weights = entry.Weights is { } w
            ? new { name = w.Name, url = w.Url.ToString(), sha256_prefix = w.Sha256Prefix, metrics = w.Metrics } : null,
    }), new JsonSerializerOptions { WriteIndented = true });
}
