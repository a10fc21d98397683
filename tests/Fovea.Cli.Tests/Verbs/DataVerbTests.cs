using System.Text.Json;

namespace Fovea.Cli.Tests.Verbs;

public sealed class DataVerbTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void GoodDataIsClean()
    {
        (int code, string output, _) = CommandLine.Run("data", "check", _folder.Voc());
        Assert.Equal(0, code);
        Assert.EndsWith("VOC, train (4 pictures, 8 boxes), val (2 pictures, 4 boxes); classes: circle, square\nNothing is wrong.\n",
            output);
    }

    [Fact]
    public void FindingsFailAndParse()
    {
        string data = _folder.Voc();
        File.Delete(Path.Combine(data, "JPEGImages", "p0.png"));
        (int code, string output, _) = CommandLine.Run("data", "check", data);
        Assert.Equal(1, code);
        Assert.Contains("p0.xml", output);
        Assert.Contains("missing picture", output);
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("data", "check", data, "--json").Output);
        Assert.Equal("missing_picture", json.RootElement.GetProperty("findings")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public void InfoDescribesAndAdvises()
    {
        string data = _folder.Voc();
        (int code, string output, _) = CommandLine.Run("data", "info", data, "--size", "64x64");
        Assert.Equal(0, code);
        Assert.Contains("train: 4 pictures (0 without boxes), 8 boxes", output);
        Assert.Matches(@"anchors at --size 64x64: .*\n +--anchors \d+,\d+,\d+,\d+,\d+ --ratios \S+ would cover 100 %", output);
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("data", "info", data, "--json").Output);
        Assert.Equal(2, json.RootElement.GetProperty("splits").GetArrayLength());
    }

    [Fact]
    public void ClassesOfWholePicturesAreCountedInsteadOfBoxes()
    {
        for (byte i = 0; i < 3; i++) _folder.Picture($"sorted/train/{(i < 2 ? "round" : "square")}/{i}.png", i);
        _folder.Picture("sorted/val/round/3.png", 3);
        (int code, string output, _) = CommandLine.Run("data", "check", _folder["sorted"]);
        Assert.Equal(0, code);
        Assert.EndsWith("FOLDERS, train (3 pictures), val (1 pictures); classes: round, square\nNothing is wrong.\n", output);
        (code, output, _) = CommandLine.Run("data", "info", _folder["sorted"]);
        Assert.Equal(0, code);
        Assert.Contains("train: 3 pictures of 2 classes\n  round         2 pictures  66.7 %\n  square        1 pictures  33.3 %\n" +
            "  picture sizes: 64 x 64 (3)\n", output);
        Assert.DoesNotContain("boxes", output);
    }

    [Fact]
    public void WhatIsNoDataSetIsSaid()
    {
        _folder.Picture("photos/a.png");
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("there is no data set", CommandLine.Fail(2, "data", "check", _folder["nowhere"]));
        Assert.Contains("it holds 1 pictures, but no annotations", CommandLine.Fail(1, "data", "check", _folder["photos"]));
        Assert.Contains("it is empty", CommandLine.Fail(1, "data", "info", _folder["empty"]));
    }
}
