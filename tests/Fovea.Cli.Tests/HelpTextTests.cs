using System.CommandLine.Help;
using Fovea.Training;

namespace Fovea.Cli.Tests;

public sealed class HelpTextTests
{
    public static TheoryData<string> Verbs =>
        ["demo", "train", "eval", "predict", "quantize", "verify", "models", "describe", "data check", "data info", "data convert", "doctor", "pack"];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void EveryVerbHasExamplesAndFitsEightyColumns(string verb)
    {
        (int code, string output, string error) = CommandLine.Run([.. verb.Split(' '), "--help"]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains($"\nUsage:\n  fovea {verb}", output);
        Assert.Contains($"\nExamples:\n  fovea {verb}", output);
        Assert.All(output.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void TheListOfVerbsShowsOneSentenceOfEach()
    {
        string help = CommandLine.Run("--help").Output;
        Assert.All<string>(["demo", "train", "eval", "predict", "quantize", "verify", "models", "describe", "data", "doctor", "pack"],
            verb => Assert.Contains($"\n  {verb} ", help));
        Assert.DoesNotContain("Examples", help);
        Assert.Equal(help, CommandLine.Run("help").Output);
    }

    [Fact]
    public void EveryTrainingOptionIsUnderAHeading()
    {
        var verb = (GroupedCommand)Cli.Verbs.TrainVerb.Create();
        Assert.Equal(verb.Options.Where(option => option is not HelpOption).Select(o => o.Name).Order(),
            verb.Groups.SelectMany(group => group.Options).Select(o => o.Name).Order());
        string help = CommandLine.Run("train", "--help").Output;
        Assert.All(verb.Groups, group => Assert.Contains($"\n{group.Heading}:\n", help));
        Assert.Contains($"(default: {new TrainingOptions().Epochs})", help);
        Assert.Contains("sgd, adam or adamw (default: sgd)", help);
    }
}
