using System.Text.Json;

namespace Fovea.Cli.Tests.Verbs;

public sealed class ConvertVerbTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryFormatIsWrittenAndReadAgain()
    {
        string data = _folder.Voc();
        foreach (string format in (string[])["coco", "voc", "yolo", "labelme"])
        {
            (int code, string output, string error) = CommandLine.Run("data", "convert", data, "--to", format, "--output", _folder[$"to-{format}"], "--link");
            Assert.True(code == 0, error);
            Assert.Equal($"{_folder[$"to-{format}"]}: {format.ToUpperInvariant()}, train (4 pictures, 8 objects), val (2 pictures, 4 objects)\n" +
                "All boxes, classes, masks and key points are as they were.\n" +
                "note: what Fovea does not read (licences, sources, poses, other keys of the files) is not in the new ones.\n", output);
            (code, output, _) = CommandLine.Run("data", "check", _folder[$"to-{format}"]);
            Assert.Equal((0, true), (code, output.EndsWith("Nothing is wrong.\n", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void LossesAreToldALineEach()
    {
        _folder.Voc();
        CommandLine.Run("data", "convert", _folder["voc"], "--to", "coco", "--output", _folder["coco"], "--split", "train", "val");
        (int code, string output, _) = CommandLine.Run("data", "convert", _folder["coco"], "--to", "voc", "--output", _folder["back"], "--split", "val");
        Assert.Equal(0, code);
        Assert.Contains("VOC, val (2 pictures, 4 objects)\nNot as it was:\n  6 ids of pictures and objects: VOC has none.\nnote: ", output);
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run(
            "data", "convert", _folder["coco"], "--to", "labelme", "--output", _folder["json"], "--json").Output);
        Assert.Equal(18, json.RootElement.GetProperty("losses").GetProperty("id").GetInt32());
    }

    [Fact]
    public void MistakesAreExplained()
    {
        string data = _folder.Voc(), target = _folder["out"];
        Assert.Equal("there is no data set 'nowhere': neither a folder nor a file.",
            CommandLine.Fail(2, "data", "convert", "nowhere", "--to", "coco", "--output", target));
        Assert.Equal("--to: 'yolo5' arrived, but coco, voc, yolo or labelme was expected.",
            CommandLine.Fail(2, "data", "convert", data, "--to", "yolo5", "--output", target));
        Assert.StartsWith("--to is missing: ", CommandLine.Fail(2, "data", "convert", data, "--output", target));
        Assert.StartsWith("--output is missing: ", CommandLine.Fail(2, "data", "convert", data, "--to", "coco"));
        Assert.Equal($"--split: {data} has no split 'vall'. Did you mean val? It has: train, val.",
            CommandLine.Fail(2, "data", "convert", data, "--to", "coco", "--output", target, "--split", "train", "vall"));
        Assert.Contains("exists and is not empty", CommandLine.Fail(1, "data", "convert", data, "--to", "coco", "--output", data));
        Assert.False(Directory.Exists(target));
    }
}
