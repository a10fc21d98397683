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
        Assert.Matches(@"9 anchors of YOLOv3 at --size 64x64, mean IoU .*\n +--anchor-shapes \d+(,\d+){17}\n", output);
        Assert.Matches(@"6 anchors of YOLOv3 at --size 64x64, mean IoU .*\n +--anchor-shapes \d+(,\d+){11}\n", output);
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
    public void LabelsAreCountedInPixels()
    {
        // Masks of one value each, as PNG files of 1 x 1 grey pixels: 0 and 1.
        string[] masks = ["iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==",
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgBAAAAwACS/Xd6gAAAABJRU5ErkJggg=="];
        Directory.CreateDirectory(_folder["pairs/masks/train"]);
        Directory.CreateDirectory(_folder["pairs/images/train"]);
        Directory.CreateDirectory(_folder["pairs/masks/val"]);
        Directory.CreateDirectory(_folder["pairs/images/val"]);
        foreach ((string split, int value) in ((string, int)[])[("train", 0), ("train", 1), ("val", 1)])
        {
            var pixels = new byte[] { (byte)(split.Length * 10), (byte)value, 0 };
            new Fovea.Imaging.Image(new Fovea.Imaging.ImageSize(1, 1), pixels).SavePng(_folder[$"pairs/images/{split}/{value}.png"]);
            File.WriteAllBytes(_folder[$"pairs/masks/{split}/{value}.png"], Convert.FromBase64String(masks[value]));
        }
        File.WriteAllText(_folder["pairs/classes.txt"], "road\ncar\n");
        (int code, string output, _) = CommandLine.Run("data", "check", _folder["pairs"]);
        Assert.Contains("MASKFOLDERS, train (2 pictures), val (1 pictures); classes: road, car\nNothing is wrong.\n", output);
        Assert.Equal(0, code);
        (code, output, _) = CommandLine.Run("data", "info", _folder["pairs"]);
        Assert.Equal(0, code);
        Assert.Contains("train: 2 pictures, 2 pixels, 0.0 % of them ignored\n", output);
        Assert.Matches(@"  1  car +1 +50.00 % +1 +1 +2.39 +1\n", output);
        Assert.DoesNotContain("boxes", output);
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("data", "info", _folder["pairs"], "--json").Output);
        Assert.Equal(2, json.RootElement.GetProperty("splits")[0].GetProperty("labels").GetProperty("labelled").GetInt64());
        Assert.Contains("where objects are in each picture is wanted",
            CommandLine.Fail(1, "data", "check", _folder["pairs"], "--annotations", "boxes"));
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
