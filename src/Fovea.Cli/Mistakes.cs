using System.CommandLine;
using System.CommandLine.Parsing;

namespace Fovea.Cli;

/// <summary>What is wrong with a command line, in lines for its author, with the nearest name where one is misspelt.</summary>
internal static class Mistakes
{
    private const int FarthestNear = 3;

    /// <summary>The mistakes; none where the command line is right.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0)
            return parsed.Errors.Count == 0 ? [] : [MissingCommand(command, parsed.UnmatchedTokens)];
        List<string> mistakes = [.. Strangers(parsed, command)];
        if (mistakes.Count > 0) return mistakes;
        foreach (ParseError error in parsed.Errors) mistakes.Add(Explain(error));
        return [.. mistakes.Distinct()];
    }

    /// <summary>", did you mean ...?" with the nearest of some names, or nothing where none is near.</summary>
    public static string Suggest(string arrived, IEnumerable<string> names)
    {
        (string Name, int Distance) nearest = names.Select(name => (name, Distance(arrived.ToLowerInvariant(), name)))
            .OrderBy(candidate => candidate.Item2).FirstOrDefault(("", int.MaxValue));
        return nearest.Distance <= Math.Min(FarthestNear, (arrived.Length + 1) / 2) ? $" Did you mean {nearest.Name}?" : "";
    }

    private static string MissingCommand(Command command, IReadOnlyList<string> arrived)
    {
        string names = string.Join(", ", command.Subcommands.Select(verb => verb.Name));
        if (arrived.Count == 0) return $"a command is missing after '{HelpText.Path(command)}'. There are: {names}.";
        string word = arrived[0];
        string suggestion = Suggest(word, command.Subcommands.Select(verb => verb.Name));
        return $"there is no {(word.StartsWith('-') ? "option" : "command")} '{word}'."
            + (suggestion.Length > 0 ? suggestion : $" There are: {names}.");
    }

    /// <summary>Words that belong to nothing: misspelt options, and arguments that are too many.</summary>
    private static IEnumerable<string> Strangers(ParseResult parsed, Command command)
    {
        string[] options = [.. command.Options.Select(option => option.Name)];
        // An argument takes what looks like an option; only a file of that name may stand there.
        IEnumerable<string> taken = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Select(token => token.Value)
            .Where(value => value.StartsWith("--", StringComparison.Ordinal) && value.Length > 2 && !File.Exists(value));
        string[] unknown = [.. parsed.UnmatchedTokens.Concat(taken)];
        string[] misspelt = [.. unknown.Where(word => word.StartsWith('-'))];
        foreach (string word in misspelt)
        {
            string name = word.Split('=')[0];
            yield return $"{HelpText.Path(command)} has no option '{name}'.{Suggest(name, options)}";
        }
        if (misspelt.Length > 0) yield break;   // what is left over is probably a value of theirs
        foreach (string word in unknown) yield return $"'{word}' is one argument too many for {HelpText.Path(command)}.";
    }

    private static string Explain(ParseError error)
    {
        switch (error.SymbolResult)
        {
            case OptionResult { IdentifierTokenCount: > 0, Tokens.Count: 0, Option.Arity.MinimumNumberOfValues: > 0 } result:
                return $"{result.Option.Name} needs a value: <{result.Option.HelpName}>.";
            case OptionResult { IdentifierTokenCount: > 1 } result:
                return $"{result.Option.Name} is given more than once.";
            case OptionResult { Tokens.Count: 0, Option: { Required: true } missing }:
                return $"{missing.Name} is missing: {missing.Description}.";
            case ArgumentResult { Tokens.Count: 0, Argument: var argument } when argument.Arity.MinimumNumberOfValues > 0:
                return $"<{argument.Name}> is missing: {argument.Description}.";
            default:
                return error.Message;
        }
    }

    /// <summary>Letters to change, insert, leave out or exchange with their neighbour (Damerau 1964; optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) cost[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) cost[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int same = a[i - 1] == b[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j] + 1, cost[i, j - 1] + 1), cost[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[a.Length, b.Length];
    }
}
