namespace Fovea.Cli.Tests;

public sealed class MistakesTests
{
    [Theory]
    [InlineData("trian", "there is no command 'trian'. Did you mean train?")]
    [InlineData("xyzzy", "there is no command 'xyzzy'. There are: demo, train, eval, predict,")]
    [InlineData("data", "a command is missing after 'fovea data'. There are: check, info, convert.")]
    [InlineData("data chekc x", "there is no command 'chekc'. Did you mean check?")]
    [InlineData("train --modle x", "fovea train has no option '--modle'. Did you mean --model?")]
    [InlineData("train --modle=x", "fovea train has no option '--modle'. Did you mean --model?")]
    [InlineData("predict a.jpg --modle x", "fovea predict has no option '--modle'. Did you mean --model?")]
    [InlineData("train --completely-unknown", "fovea train has no option '--completely-unknown'.")]
    [InlineData("doctor extra", "'extra' is one argument too many for fovea doctor.")]
    [InlineData("train --lr", "--lr needs a value: <X>.")]
    [InlineData("train --lr 1 --lr 2", "--lr is given more than once.")]
    [InlineData("eval --model x", "--data is missing: A PASCAL VOC, COCO, YOLO or LabelMe folder")]
    [InlineData("predict --model x", "<PICTURES> is missing: Pictures, folders, or patterns")]
    [InlineData("pack fovea.zip", "'fovea.zip' ends in neither .tar.xz nor .tar.gz")]
    public void WrongCommandLinesAreExplained(string line, string complaint) =>
        Assert.StartsWith(complaint, CommandLine.Fail(2, line.Split(' ')));

    [Fact]
    public void WhereHelpIsIsTold() => Assert.EndsWith("See: fovea data check --help\n", CommandLine.Run("data", "check").Error);

    [Theory]
    [InlineData("fasterrcnn_resnet19_fpn", " Did you mean fasterrcnn_resnet18_fpn?")]
    [InlineData("ab", "")]
    [InlineData("acbd", " Did you mean abcd?")]
    public void OnlyNearNamesAreSuggested(string arrived, string suggestion) =>
        Assert.Equal(suggestion, Mistakes.Suggest(arrived, ["abcd", "fasterrcnn_resnet18_fpn", "zzzzzzzz"]));

    [Fact]
    public void NothingAtAllShowsTheHelp()
    {
        (int code, string output, string error) = CommandLine.Run();
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("Commands:", error);
    }
}
