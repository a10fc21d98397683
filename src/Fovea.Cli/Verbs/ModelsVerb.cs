using System.CommandLine;
using System.Globalization;
using Fovea.Weights;

namespace Fovea.Cli.Verbs;

/// <summary><c>fovea models</c>: what can be trained, and the published weights that there are.</summary>
internal static class ModelsVerb
{
    public static Command Create()
    {
        var model = new Argument<string?>("MODEL")
        {
            Description = "Tell more about this model's weights", Arity = ArgumentArity.ZeroOrOne,
        };
        Option<bool> json = Verb.Json();
        var verb = new Command("models", """
            List the models, with their papers and published weights.

            Examples:
              fovea models
              fovea models fasterrcnn_resnet50_fpn     its weights in detail
              fovea models --json
            """) { model, json };
        verb.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            ModelEntry? one = parsed.GetValue(model) is { } id ? ModelName.Find(id) : null;
            WeightCache cache = WeightCache.FromEnvironment();
            if (parsed.GetValue(json))
                output.WriteLine(JsonText.Of(one is null ? ModelZoo.Entries.Select(e => ToJson(e, cache)) : ToJson(one, cache)));
            else if (one is null) PrintAll(output);
            else Print(one, cache, output);
            return 0;
        });
        return verb;
    }

    private static void PrintAll(TextWriter output)
    {
        int width = ModelZoo.Entries.Max(entry => entry.Id.Length);
        foreach (ModelEntry entry in ModelZoo.Entries)
        {
            output.WriteLine($"{entry.Id.PadRight(width)}  {entry.Task}  {entry.Paper}");
            if (entry.Weights.Count > 0)
                output.WriteLine($"{"".PadRight(width)}  weights: " +
                    string.Join(", ", DefaultFirst(entry).Select(w => $"{w.Name} ({w.Score})")));
        }
        output.WriteLine("\nWeights are named with --weights, and downloaded when they are first used. 'fovea models MODEL' tells more.");
    }

    private static void Print(ModelEntry entry, WeightCache cache, TextWriter output)
    {
        output.WriteLine($"{entry.Id}: {entry.Task}\n{entry.Paper}");
        if (entry.BackboneId is { } backbone)
            output.WriteLine($"Backbone: {backbone}" + (PublishedWeights.Of(backbone) is { Count: > 0 } theirs
                ? $", whose weights --weights-backbone takes: {string.Join(", ", theirs.Select(w => w.Name))}" : ""));
        if (entry.Weights.Count == 0) output.WriteLine("There are no published weights of it.");
        foreach (PublishedWeights weights in DefaultFirst(entry))
        {
            output.WriteLine($"\n{weights.Name}{(weights.IsDefault ? " (DEFAULT)" : "")}");
            output.WriteLine($"  trained on  {weights.TrainedOn}" + (weights.ClassListName is null ? "" : $", {Classes(weights)}"));
            output.WriteLine($"  figures     {Figures(weights)}");
            output.WriteLine(FormattableString.Invariant($"  parameters  {weights.ParameterCount:N0}"));
            output.WriteLine($"  pictures    {Pictures(weights.Preprocessing)}");
            output.WriteLine($"  file        {weights.Url}");
            output.WriteLine($"  here        {(cache.Holds(weights) ? "" : "no; it would be ")}{cache.PathOf(weights)}");
            if (weights.Licence is { } licence) output.WriteLine($"  licence     {licence}");
            if (weights.FeaturesOnly) output.WriteLine("  note        without a classifier: for backbones only");
        }
    }

    private static string Classes(PublishedWeights weights)
    {
        string[] names = [.. weights.Categories.Select(c => c.Name).Where(name => !name.StartsWith("unused ", StringComparison.Ordinal))];
        return $"{names.Length} {(names.Length == 1 ? "class" : "classes")}: " +
            (names.Length <= 4 ? string.Join(", ", names) : $"{names[0]}, {names[1]}, ... {names[^1]}");
    }

    private static string Figures(PublishedWeights weights) => weights.Metrics.Count == 0 ? weights.Score
        : string.Join(", ", weights.Metrics.Select(m => $"{m.Key.Replace('_', ' ')} {m.Value.ToString(CultureInfo.InvariantCulture)}"));

    private static string Pictures(PublishedPreprocessing p)
    {
        string size = p switch
        {
            { FixedSize: [var height, var width] } => $"{height}x{width}",
            { MinSize: { } least, MaxSize: { } most } => $"shorter side {least}, longer side {most} at most",
            { Crop: { } crop } => $"shorter side {p.Resize}, of that the middle {crop}x{crop}",
            _ => $"shorter side {p.Resize}",
        };
        return $"{size}; {p.Interpolation}; mean {List(p.Mean)}, standard deviation {List(p.Std)}";
    }

    private static string List(IEnumerable<double> numbers) =>
        string.Join(" ", numbers.Select(n => n.ToString("0.###", CultureInfo.InvariantCulture)));

    private static IEnumerable<PublishedWeights> DefaultFirst(ModelEntry entry) =>
        entry.Weights.OrderByDescending(weights => weights.IsDefault);

    private static object ToJson(ModelEntry entry, WeightCache cache) => new
    {
        entry.Id, entry.Task, entry.Paper, Backbone = entry.BackboneId,
        Weights = DefaultFirst(entry).Select(w => new
        {
            w.Name, Default = w.IsDefault, Url = w.Url.ToString(), w.Sha256Prefix, w.TrainedOn, Classes = w.ClassListName, w.ClassCount,
            Parameters = w.ParameterCount, w.Metrics, w.Preprocessing, Licence = w.Licence?.ToString(), File = cache.PathOf(w),
            Here = cache.Holds(w),
        }),
    };
}
