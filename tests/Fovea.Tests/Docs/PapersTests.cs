using System.Text.RegularExpressions;

namespace Fovea.Tests.Docs;

/// <summary>docs/papers.md names files that declare what it says they do, and a test for each.</summary>
public sealed partial class PapersTests
{
    private static readonly string Root = FindRoot();

    // Without them an emptied page would pass.
    private const int LeastRows = 30, LeastTypes = 50;

    [Fact]
    public void Types_are_declared_in_the_files_that_are_named()
    {
        string[][] rows = [.. Rows(File.ReadAllText(Path.Combine(Root, "docs", "papers.md")))];
        string[] wrong = [.. rows.SelectMany(Mistakes)];
        Assert.True(wrong.Length == 0, "docs/papers.md:\n" + string.Join('\n', wrong));
        Assert.InRange(rows.Length, LeastRows, int.MaxValue);
        Assert.InRange(rows.Sum(row => Links(row[^2]).Concat(Links(row[^1])).Count(link => TypeName().IsMatch(link.Text))), LeastTypes, int.MaxValue);
    }

    [Theory]
    [InlineData("[Boxes](../src/Fovea/Structures/Boxes.cs) | [BoxesTests](../tests/Fovea.Tests/Structures/BoxesTests.cs)", false)]
    [InlineData("[its kernel](../src/Fovea/Ops/Kernels/NmsKernel.cs) | whole network", false)]
    [InlineData("[Bokses](../src/Fovea/Structures/Boxes.cs) | whole network", true)]
    [InlineData("[Boxes](../src/Fovea/Structures/Nothing.cs) | whole network", true)]
    [InlineData("[Boxes](../src/Fovea/Structures/Boxes.cs) | [Boxes](../src/Fovea/Structures/Boxes.cs)", true)]
    [InlineData("[Boxes](../src/Fovea/Structures/Boxes.cs) | ", true)]
    [InlineData("Boxes | whole network", true)]
    public void Mistakes_are_seen(string cells, bool wrong)
    {
        string[] row = Assert.Single(Rows($"| file | test |\n|---|---|\n| {cells} |\n\ntext | text\n"));
        Assert.Equal(wrong, Mistakes(row).Any());
    }

    /// <summary>What is wrong with a row: its last two cells are the files and the tests.</summary>
    private static IEnumerable<string> Mistakes(string[] row)
    {
        (string Text, string Target)[] files = [.. Links(row[^2])], tests = [.. Links(row[^1])];
        if (files.Length == 0) yield return $"no file: {string.Join(" | ", row)}";
        if (row[^1].Length == 0) yield return $"no test: {string.Join(" | ", row)}";
        foreach ((string text, string target) in files.Concat(tests))
        {
            string place = files.Contains((text, target)) && !tests.Contains((text, target)) ? "../src/" : "../tests/";
            string path = Path.GetFullPath(Path.Combine(Root, "docs", target));
            if (!target.StartsWith(place, StringComparison.Ordinal)) yield return $"{target} is not in {place}";
            else if (!File.Exists(path)) yield return $"{target} is not there";
            // A link may show words instead ("its kernel"): then the file is all that it claims.
            else if (TypeName().IsMatch(text) && !Declares(File.ReadAllText(path), text)) yield return $"{target} declares no type {text}";
        }
    }

    /// <summary>The rows of all tables, cell by cell, without headings.</summary>
    private static IEnumerable<string[]> Rows(string page)
    {
        string[] lines = page.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            bool isHeading = i + 1 < lines.Length && Rule().IsMatch(lines[i + 1]);
            if (lines[i].StartsWith('|') && !isHeading && !Rule().IsMatch(lines[i]))
                yield return [.. lines[i].TrimEnd()[1..^1].Split('|').Select(cell => cell.Trim())];
        }
    }

    private static IEnumerable<(string Text, string Target)> Links(string cell) =>
        Link().Matches(cell).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    private static bool Declares(string source, string type) =>
        Regex.IsMatch(source, $@"^[^/\n]*\b(class|struct|record|enum|interface) {type}\b", RegexOptions.Multiline);

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder ?? throw new InvalidOperationException("Fovea.slnx was not found."), "Fovea.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder;
    }

    [GeneratedRegex(@"\[([^\[\]]*)\]\(([^()\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]+$")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^\|[-:| ]+\|\s*$")]
    private static partial Regex Rule();
}
