using Fovea.Cli.Verbs;

namespace Fovea.Cli.Tests.Verbs;

public sealed class PackVerbTests
{
    [Theory]
    [InlineData("fovea.zip", "'fovea.zip' ends in neither .tar.xz nor .tar.gz")]
    [InlineData("fovea.tar.xz", null)]
    [InlineData("folder/fovea.tar.gz", null)]
    public void TheNameTellsTheKind(string file, string? complaint)
    {
        string[] complaints = [.. PackVerb.Create().Parse([file]).Errors.Select(error => error.Message)];
        if (complaint is null)
            Assert.Empty(complaints);
        else
            Assert.Contains(complaint, Assert.Single(complaints));
    }
}
