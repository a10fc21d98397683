using System.CommandLine;
using System.Text.Json;
using Fovea.Cli.Verbs;

namespace Fovea.Cli.Tests.Verbs;

public sealed class DoctorVerbTests
{
    [Fact]
    public void MissingPartsAreShownWithTheirRemedyAndFailTheVerb()
    {
        string empty = Directory.CreateTempSubdirectory("fovea-empty-").FullName;
        (int status, string output) = Invoke("--libtorch", empty);
        Directory.Delete(empty);
        Assert.Equal(1, status);
        Assert.Contains("MISSING  libtorch", output);
        Assert.Contains("to mend: name another folder", output);
    }

    [Fact]
    public void JsonHasOneObjectForEachCheck()
    {
        (int status, string output) = Invoke("--json", "--libtorch", Path.GetTempPath());
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement libtorch = document.RootElement.EnumerateArray().Single(check => check.GetProperty("name").GetString() == "libtorch");
        Assert.Equal((1, "missing"), (status, libtorch.GetProperty("state").GetString()));
    }

    [Fact]
    public void PackagesAreBareNames()
    {
        (int status, string output) = Invoke("--packages");
        Assert.Equal(0, status);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches("^[a-z0-9+.-]+$", line));
    }

    private static (int Status, string Output) Invoke(params string[] args)
    {
        var output = new StringWriter();
        int status = DoctorVerb.Create().Parse(args).Invoke(new InvocationConfiguration { Output = output });
        return (status, output.ToString());
    }
}
