namespace Fovea.Cli.Tests;

/// <summary>Runs Fovea's command line as a shell would.</summary>
internal static class CommandLine
{
    public static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = Program.Run(args, output, TextWriter.Synchronized(error));
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command line that must fail, and gives its one line of error.</summary>
    public static string Fail(int code, params string[] args)
    {
        (int actual, string output, string error) = Run(args);
        Assert.True(actual == code, $"{string.Join(' ', args)} ended with {actual}: {error}");
        Assert.Empty(output);
        Assert.DoesNotContain("   at ", error);
        string line = error.Split('\n').Single(l => l.StartsWith("fovea: ", StringComparison.Ordinal));
        return line["fovea: ".Length..];
    }
}
