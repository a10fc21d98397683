using System.Text.Json;
using Fovea.Imaging;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>Train, measure and predict two maps of classes with one network, as a user does.</summary>
public sealed class TwoHeadsEndToEndTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FromTwoFoldersOfMasksToTwoMaps()
    {
        string data = Pictures(), run = _folder["run"];
        (int code, string output, string error) = CommandLine.Run("data", "info", data);
        Assert.Matches(@"train: 4 pictures[^\0]*sky[^\0]*train, second map: 4 pictures[^\0]*above", output);
        Assert.Contains("classes: sky, road; of the second map: above, flat", CommandLine.Run("data", "check", data).Output);
        (code, _, error) = CommandLine.Run("train", "--model", "fcn_resnet18_two_heads", "--data", data, "--output", run, "--epochs", "1",
            "--batch", "2", "--warm-up", "0");
        Assert.True(code == 0, error);
        Assert.Matches(@"epoch 1/1  mIoU \S+  pixel_accuracy \S+  mean_accuracy \S+  second_mIoU \S+  second_pixel_accuracy \S+", error);
        Assert.Matches(@"class +IoU\nsky +\S+\nroad +\S+\nclass +second_IoU\nabove +\S+\nflat +\S+\n", error);
        Assert.Contains("\"val.second_mIoU\":", File.ReadAllText(Path.Combine(run, "metrics.jsonl")));

        string csv = _folder["classes.csv"];
        (code, string json, error) = CommandLine.Run("eval", "--model", run, "--data", data, "--json", "--csv", csv);
        Assert.True(code == 0, error);
        using (JsonDocument document = JsonDocument.Parse(json))
        {
            Assert.Equal(2, document.RootElement.GetProperty("classes").GetArrayLength());
            JsonElement second = document.RootElement.GetProperty("second");
            Assert.Equal(["above", "flat"], second.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        }
        Assert.Matches(@"^class,.*\nsky,.*\nroad,.*\nsecond/above,.*\nsecond/flat,.*\n$", File.ReadAllText(csv));
        Assert.Matches(@"Second map:\n2 pictures, [\d,]+ pixels\nMean IoU", CommandLine.Run("eval", "--model", run, "--data", data).Output);

        (code, output, error) = CommandLine.Run("predict", Path.Combine(data, "images", "val", "0.png"), "--model", run,
            "--output", _folder["out"], "--confidence");
        Assert.True(code == 0, error);
        Assert.Matches(@"0\.png: ((sky|road) \S+ %(, )?)+; ((above|flat) \S+ %(, )?)+", output);
        Assert.All((string[])["0-labels.png", "0-labels2.png", "0-confidence2.png"],
            name => Assert.Equal(new ImageSize(32, 32), IndexMap.Load(_folder["out", name]).Size));
        using (JsonDocument answers = JsonDocument.Parse(File.ReadAllText(_folder["out", "segmentations.json"])))
        {
            Assert.Equal(2, answers.RootElement.GetProperty("second_categories").GetArrayLength());
            JsonElement second = answers.RootElement.GetProperty("images")[0].GetProperty("second");
            Assert.Equal("0-labels2.png", second.GetProperty("labels").GetString());
            Assert.Equal(1, second.GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("share").GetDouble()), 1e-3);
        }

        Directory.Delete(Path.Combine(data, "masks2"), recursive: true);
        Assert.Contains("has no second map of classes, which fcn_resnet18_two_heads learns",
            CommandLine.Fail(1, ["train", "--model", "fcn_resnet18_two_heads", "--data", data, "--output", _folder["other"]]));
    }

    // A bright half above a dark one; the second map has the same border, other classes.
    private string Pictures()
    {
        var size = new ImageSize(32, 32);
        _folder.Write("data/classes.txt", "sky\nroad\n"u8.ToArray());
        _folder.Write("data/classes2.txt", "above\nflat\n"u8.ToArray());
        for (int i = 0; i < 6; i++)
        {
            string name = $"{(i < 4 ? "train" : "val")}/{i % 4}.png";
            byte[] lower = [.. Enumerable.Range(0, 1024).Select(at => (byte)(at / 32 >= 10 + i ? 1 : 0))];
            _folder.Write($"data/images/{name}", Image.EncodeGreyPng(size, [.. lower.Select(v => (byte)(v == 1 ? 40 : 220))]));
            _folder.Write($"data/masks/{name}", Image.EncodeGreyPng(size, lower));
            _folder.Write($"data/masks2/{name}", Image.EncodeGreyPng(size, lower));
        }
        return _folder["data"];
    }
}
