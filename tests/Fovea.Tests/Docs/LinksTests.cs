using System.Text.RegularExpressions;

namespace Fovea.Tests.Docs;

/// <summary>The relative links of README.md and docs/*.md lead somewhere in the repository.</summary>
public sealed partial class LinksTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public void EveryRelativeLinkLeadsToAFileOrFolder()
    {
        string[] pages = Pages();
        Assert.Contains(pages, page => Path.GetDirectoryName(page) == Path.Combine(Root, "docs"));
        string[] broken = [.. pages.SelectMany(page => Broken(File.ReadAllText(page), Path.GetDirectoryName(page)!)
            .Select(link => $"{Path.GetRelativePath(Root, page)}: {link}"))];
        Assert.True(broken.Length == 0, "Links that lead nowhere:\n" + string.Join('\n', broken));
    }

    [Theory]
    [InlineData("[a](docs)", false)]
    [InlineData("[a](Fovea.slnx) and [b](docs/)", false)]
    [InlineData("[a](Fovea.slnx#part)", false)]
    [InlineData("[a](https://example.org/nothing) [b](#here) [c](mailto:a@example.org)", false)]
    [InlineData("```\n[a](nothing.md)\n```", false)]
    [InlineData("text `[a](nothing.md)` text", false)]
    [InlineData("[a](nothing.md)", true)]
    [InlineData("![a](nothing.png \"title\")", true)]
    [InlineData("[a](nothing.md#part)", true)]
    [InlineData("[a](../)", true)]
    [InlineData("[a](/etc)", true)]
    public void BrokenLinksAreSeen(string page, bool broken) => Assert.Equal(broken, Broken(page, Root).Any());

    private static string[] Pages()
    {
        string readme = Path.Combine(Root, "README.md"), docs = Path.Combine(Root, "docs");
        string[] found = Directory.Exists(docs) ? Directory.GetFiles(docs, "*.md") : [];
        Array.Sort(found, StringComparer.Ordinal);
        return File.Exists(readme) ? [readme, .. found] : found;
    }

    /// <summary>The links of a page in this folder whose target is missing or outside the repository.</summary>
    private static IEnumerable<string> Broken(string page, string folder) =>
        Link().Matches(Code().Replace(page, "")).Select(match => match.Groups[1].Value)
            .Where(link => !Scheme().IsMatch(link) && !link.StartsWith('#'))
            .Where(link =>
            {
                string target = Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(link.Split('#')[0])));
                bool inside = target == Root || target.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
                return !inside || !Path.Exists(target);
            });

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder ?? throw new InvalidOperationException("Fovea.slnx was not found."), "Fovea.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder;
    }

    [GeneratedRegex("""\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)""")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*:")]
    private static partial Regex Scheme();
}
