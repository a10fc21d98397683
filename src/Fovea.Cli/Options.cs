using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Fovea.Weights;

namespace Fovea.Cli;

/// <summary>Makes options whose values are checked when the command line is read, so that a mistake names the option, what
/// arrived and what was expected. An option that is not given is null.</summary>
internal static class Options
{
    /// <summary>A text that is not empty.</summary>
    public static Option<string?> Text(string name, string description, string value)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = value };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }]) result.AddError($"{name} is empty: expected {value}.");
        });
        return option;
    }

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Option<int?> Count(string name, string description, int least, int most = int.MaxValue) =>
        Parsed(name, description, "N",
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
                && value >= least && value <= most ? value : (int?)null,
            "a whole number " + Range(least, most, int.MaxValue));

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Option<double?> Real(string name, string description, double least, double most = double.PositiveInfinity) =>
        Parsed(name, description, "X", text => Number(text) is { } value && value >= least && value <= most ? value : (double?)null,
            "a number " + Range(least, most, double.PositiveInfinity));

    /// <summary>A whole number that a random generator starts from.</summary>
    public static Option<ulong?> Seed(string name, string description) =>
        Parsed(name, description, "N",
            text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : (ulong?)null,
            "a whole number from 0 on");

    /// <summary>One of an enumeration's names, in either case; <paramref name="fallback"/>, or <paramref name="told"/> where that is given, is only told, not set.</summary>
    public static Option<T?> Word<T>(string name, string description, T fallback, string? told = null) where T : struct, Enum
    {
        string[] words = [.. Enum.GetNames<T>().Select(word => word.ToLowerInvariant())];
        string choices = words.Length > 1 ? $"{string.Join(", ", words[..^1])} or {words[^1]}" : words[0];
        return Parsed(name, $"{description}: {choices} (default: {told ?? fallback.ToString().ToLowerInvariant()})", "KIND",
            text => words.Contains(text.ToLowerInvariant()) ? Enum.Parse<T>(text, ignoreCase: true) : (T?)null, choices);
    }

    /// <summary>One of some words, in either case.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices) where T : struct =>
        Parsed(name, description, "KIND",
            text => choices.Where(choice => choice.Word == text.ToLowerInvariant()).Select(choice => (T?)choice.Value).FirstOrDefault(),
            $"{string.Join(", ", choices[..^1].Select(choice => choice.Word))} or {choices[^1].Word}");

    /// <summary>Numbers above zero with commas between them; as many as <paramref name="count"/> where that is given.</summary>
    public static Option<float[]?> Reals(string name, string description, string example, int? count = null) => new(name)
    {
        Description = description, HelpName = "LIST",
        CustomParser = result =>
        {
            string text = Value(result);
            float[] values = [.. text.Split(',').Select(part => (float)(Number(part) ?? -1))];
            if (values.All(value => value > 0) && (count ?? values.Length) == values.Length) return values;
            result.AddError($"{name}: '{text}' arrived, but {count?.ToString(CultureInfo.InvariantCulture) ?? "some"} numbers above 0 " +
                $"with commas between them were expected, such as {example}.");
            return null;
        },
    };

    /// <summary>Whole numbers above zero with commas between them; as many as <paramref name="count"/> where that is given.</summary>
    public static Option<int[]?> Counts(string name, string description, string example, int? count = null) => new(name)
    {
        Description = description, HelpName = "LIST",
        CustomParser = result =>
        {
            string text = Value(result);
            int[] values = [.. text.Split(',')
                .Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out int value) ? value : -1)];
            if (values.All(value => value > 0) && (count ?? values.Length) == values.Length) return values;
            string many = count is { } n ? $"{n} whole" : "whole";
            result.AddError($"{name}: '{text}' arrived, but {many} numbers above 0 with commas between them were expected, such as " +
                $"{example}.");
            return null;
        },
    };

    /// <summary>"240x320" as the shorter and the longer side.</summary>
    public static Option<NetworkSize?> Size(string name, string description) =>
        Parsed(name, description, "HxW", NetworkSize.Parse,
            $"height x width in pixels, each from {NetworkSize.Least} to {NetworkSize.Most}, such as 240x320");

    /// <summary>"240x320" as height and width.</summary>
    public static Option<Imaging.ImageSize?> Picture(string name, string description) => Parsed(name, description, "HxW",
        text => text.ToLowerInvariant().Split('x') is [var h, var w]
            && int.TryParse(h, NumberStyles.None, CultureInfo.InvariantCulture, out int height) && height is >= 1 and <= NetworkSize.Most
            && int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out int width) && width is >= 1 and <= NetworkSize.Most
                ? new Imaging.ImageSize(height, width) : (Imaging.ImageSize?)null,
        $"height x width in pixels, each from 1 to {NetworkSize.Most}, such as 240x320");

    /// <summary>The value of a list, or null where the option is not given: System.CommandLine has an empty list there.</summary>
    public static T[]? List<T>(ParseResult parsed, Option<T[]?> option) =>
        parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) : null;

    /// <summary>Options that only models of another kind have must not be given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">The options.</param>
    /// <param name="owners">Who has them: "detectors".</param>
    /// <param name="entry">The model.</param>
    /// <exception cref="UsageException">One is given.</exception>
    public static void ExpectNone(ParseResult parsed, IReadOnlyList<Option> options, string owners, ModelEntry entry)
    {
        if (options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } stranger)
            throw new UsageException($"{stranger.Name} is an option of {owners}, but {entry.Id} is none: its task is '{entry.Task}'.");
    }

    private static Option<T?> Parsed<T>(string name, string description, string value, Func<string, T?> parse, string expected)
        where T : struct => new(name)
    {
        Description = description, HelpName = value,
        CustomParser = result =>
        {
            string text = Value(result);
            if (parse(text) is { } good) return good;
            result.AddError($"{name}: '{text}' arrived, but {expected} was expected.");
            return null;
        },
    };

    private static string Value(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static string Range<T>(T least, T most, T unlimited) where T : IFormattable, IEquatable<T> =>
        FormattableString.Invariant(most.Equals(unlimited) ? (FormattableString)$"of at least {least}" : $"from {least} to {most}");
}

/// <summary>The size of pictures in the network: the wanted length of the shorter side, and the most that the longer one may
/// have.</summary>
internal readonly record struct NetworkSize(int Short, int Long)
{
    /// <summary>Nothing can be told of smaller pictures.</summary>
    public const int Least = 8;

    /// <summary>The stride of the coarsest map of a detector's ResNet: smaller pictures leave nothing of it.</summary>
    public const int LeastOfDetectors = 32;

    /// <summary>A picture of this side fills gigabytes as a tensor of features.</summary>
    public const int Most = 8192;

    /// <summary>Darknet's side of the square for YOLOv3.</summary>
    public const int Yolo = 416;

    /// <summary>torchvision's size for detectors.</summary>
    public static NetworkSize Default { get; } = new(800, 1333);

    /// <summary>"240x320", in either order; null where it is no such thing.</summary>
    public static NetworkSize? Parse(string text) =>
        text.ToLowerInvariant().Split('x') is [var h, var w] && int.TryParse(h, CultureInfo.InvariantCulture, out int height)
        && int.TryParse(w, CultureInfo.InvariantCulture, out int width)
        && Math.Min(height, width) >= Least && Math.Max(height, width) <= Most
            ? new NetworkSize(Math.Min(height, width), Math.Max(height, width)) : null;
}
