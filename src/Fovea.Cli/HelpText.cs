using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Text;

namespace Fovea.Cli;

/// <summary>Options that belong together, under a heading of the help text.</summary>
internal sealed record OptionGroup(string Heading, IReadOnlyList<Option> Options);

/// <summary>A command whose help text shows its options in groups.</summary>
internal sealed class GroupedCommand(string name, string description, IReadOnlyList<OptionGroup> groups) : Command(name, description)
{
    public IReadOnlyList<OptionGroup> Groups => groups;
}

/// <summary>The help text of a command, 80 columns wide: what it does, how it is called, examples, arguments, options.</summary>
/// <remarks>The first paragraph of a command's description is what it does, and all that the list of verbs shows; what follows
/// (the examples) is printed as it stands.</remarks>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private const int Columns = 80, WidestName = 26;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.Write(Of(parseResult.CommandResult.Command));
        return 0;
    }

    /// <summary>The text.</summary>
    public static string Of(Command command)
    {
        var text = new StringBuilder();
        (string summary, string rest) = Description(command);
        Wrap(text, summary, 0);
        text.Append($"\nUsage:\n  {Usage(command)}\n");
        if (rest.Length > 0) text.Append('\n').Append(rest).Append('\n');
        if (command.Arguments.Count > 0)
            Section(text, "Arguments", command.Arguments.Select(argument => ($"<{argument.Name}>", argument.Description ?? "")));
        if (command.Subcommands.Count > 0)
            Section(text, "Commands", command.Subcommands.Select(verb => (verb.Name, Description(verb).Summary)));
        OptionGroup[] groups = command is GroupedCommand grouped ? [.. grouped.Groups] : [new("Options", [.. command.Options])];
        foreach (OptionGroup group in groups)
            Section(text, group.Heading, group.Options.Where(option => option is not (HelpOption or VersionOption)).Select(Line));
        if (command.Subcommands.Count > 0) text.Append($"\nFor one of them: {Path(command)} COMMAND --help\n");
        return text.ToString();
    }

    /// <summary>How a command is called, with those above it.</summary>
    public static string Path(Command command)
    {
        string name = command.Name;
        for (Symbol? above = command.Parents.FirstOrDefault(); above is not null; above = above.Parents.FirstOrDefault())
            name = $"{above.Name} {name}";
        return name;
    }

    private static string Usage(Command command)
    {
        if (command.Subcommands.Count > 0) return $"{Path(command)} COMMAND [options]";
        IEnumerable<string> arguments =
            command.Arguments.Select(argument => $"<{argument.Name}>" + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : ""));
        IEnumerable<string> required = command.Options.Where(option => option.Required)
            .Select(option => $"{option.Name} <{option.HelpName}>");
        return string.Join(' ', [Path(command), .. arguments, .. required, "[options]"]);
    }

    private static (string Summary, string Examples) Description(Command command)
    {
        string[] parts = (command.Description ?? "").ReplaceLineEndings("\n").Split("\n\n", 2);
        return (parts[0].Replace('\n', ' '), parts.Length > 1 ? parts[1].TrimEnd() : "");
    }

    private static (string Name, string Text) Line(Option option)
    {
        string value = option.ValueType == typeof(bool) ? "" : $" <{option.HelpName ?? "VALUE"}>";
        string text = option.Description ?? "";
        if (option.Required) text += " (required)";
        else if (option.HasDefaultValue && option.ValueType != typeof(bool) && option.GetDefaultValue() is { } value0)
            text += string.Create(CultureInfo.InvariantCulture, $" (default: {value0})");
        return (option.Name + value, text);
    }

    private static void Section(StringBuilder text, string heading, IEnumerable<(string Name, string Text)> lines)
    {
        (string Name, string Text)[] all = [.. lines];
        if (all.Length == 0) return;
        int width = all.Select(line => line.Name.Length).Where(length => length <= WidestName).DefaultIfEmpty(0).Max();
        text.Append($"\n{heading}:\n");
        foreach ((string name, string explanation) in all)
        {
            text.Append("  ").Append(name.PadRight(width)).Append("  ");
            if (name.Length > width) text.Append('\n').Append(' ', width + 4);
            Wrap(text, explanation, width + 4);
        }
    }

    /// <summary>Words up to the last column; the lines after the first are indented.</summary>
    private static void Wrap(StringBuilder text, string words, int indent)
    {
        int column = indent;
        foreach (string word in words.Split(' '))
        {
            if (column > indent && column + 1 + word.Length > Columns)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }
            else if (column > indent)
            {
                text.Append(' ');
                column++;
            }
            text.Append(word);
            column += word.Length;
        }
        text.Append('\n');
    }
}
