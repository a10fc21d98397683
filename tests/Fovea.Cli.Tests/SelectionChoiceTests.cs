using System.CommandLine;
using Fovea.Detection.Parts;
using Fovea.Weights;

namespace Fovea.Cli.Tests;

public class SelectionChoiceTests
{
    private static (DetectorSettings Settings, string Errors) Read(params string[] args)
    {
        var choice = new SelectionChoice("scores");
        var command = new Command("look");
        foreach (Option option in choice.All) command.Options.Add(option);
        ParseResult parsed = command.Parse(args);
        string errors = string.Join('\n', parsed.Errors.Select(error => error.Message));
        return errors.Length > 0 ? (new DetectorSettings(), errors) : (choice.Read(parsed), "");
    }

    [Theory]
    [InlineData("hard", Suppression.Hard)]
    [InlineData("soft-linear", Suppression.SoftLinear)]
    [InlineData("Soft-Gaussian", Suppression.SoftGaussian)]
    [InlineData("iou-guided", Suppression.IouGuided)]
    public void Kinds_of_suppression_have_words(string word, Suppression kind) =>
        Assert.Equal(new DetectorSettings { Suppression = kind }, Read("--nms", word).Settings);

    [Fact]
    public void Numbers_go_with_their_kind()
    {
        Assert.Equal(new DetectorSettings(), Read().Settings);
        Assert.Equal(new DetectorSettings { Suppression = Suppression.SoftGaussian, NmsSigma = 0.25, ScoreThreshold = 0.1, DetectionsPerImage = 7 },
            Read("--nms", "soft-gaussian", "--nms-sigma", "0.25", "--score-threshold", "0.1", "--max-detections", "7").Settings);
        Assert.Equal(new DetectorSettings { NmsThreshold = 0.3 }, Read("--nms-threshold", "0.3").Settings);
        Assert.Contains("it has no threshold",
            Assert.Throws<UsageException>(() => Read("--nms", "soft-gaussian", "--nms-threshold", "0.3")).Message);
        Assert.Contains("goes with --nms soft-gaussian", Assert.Throws<UsageException>(() => Read("--nms", "hard", "--nms-sigma", "1")).Message);
    }

    [Fact]
    public void Other_words_are_refused_with_those_that_there_are() =>
        Assert.Contains("'soft' arrived, but hard, soft-linear, soft-gaussian or iou-guided was expected", Read("--nms", "soft").Errors);
}
