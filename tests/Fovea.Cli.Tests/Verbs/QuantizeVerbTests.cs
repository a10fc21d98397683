using System.Text.Json;
using Fovea.Imaging;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>Train a classifier for a moment, quantise it, measure it and predict with it, as a user does.</summary>
public sealed class QuantizeVerbTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FromATrainedClassifierToAnswers()
    {
        string data = Pictures(), run = _folder["run"], small = _folder["new", "int8.safetensors"];
        (int code, _, string error) = CommandLine.Run("train", "--model", "cifar_resnet20", "--size", "16x16", "--warm-up", "0", "--lr",
            "0.02", "--data", data, "--output", run, "--epochs", "1", "--batch", "4");
        Assert.True(code == 0, error);

        (code, string table, error) = CommandLine.Run("quantize", "--model", run, "--data", data, "--calibrate", "6", "--out", small);
        Assert.True(code == 0, error);
        Assert.Contains("calibrating 6/6", error);
        Assert.Matches(@"float32 +int8\naccuracy, top 1 +\d\.\d{4} +\d\.\d{4}\naccuracy, top 5 +1\.0000 +1\.0000\nweights, MB +1\.\d\d +0\.\d\d\none picture, ms", table);
        Assert.Matches(@"8 pictures; 19 of 20 layers with weights compute in integers \(\w+\)\.\nWritten: ", table);

        (code, string json, error) = CommandLine.Run("quantize", "--model", run, "--data", data, "--out", small, "--json");
        Assert.True(code == 0, error);
        double top1;
        using (JsonDocument document = JsonDocument.Parse(json))
        {
            JsonElement root = document.RootElement, after = root.GetProperty("after");
            Assert.Equal((20, 1, 8), (root.GetProperty("layers").GetInt32(), root.GetProperty("float_layers").GetInt32(), root.GetProperty("pictures").GetInt32()));
            Assert.Equal(new FileInfo(small).Length, after.GetProperty("bytes").GetInt64());
            Assert.InRange((double)after.GetProperty("bytes").GetInt64() / root.GetProperty("before").GetProperty("bytes").GetInt64(), 0.2, 0.35);
            Assert.True(after.GetProperty("milliseconds").GetDouble() > 0);
            top1 = after.GetProperty("top1").GetDouble();
        }
        (code, json, error) = CommandLine.Run("eval", "--model", small, "--data", data, "--json");
        Assert.True(code == 0, error);
        using (JsonDocument document = JsonDocument.Parse(json)) Assert.Equal(top1, document.RootElement.GetProperty("top1").GetDouble());
        (code, string output, error) = CommandLine.Run("predict", Path.Combine(data, "val", "red", "0.png"), "--model", small, "--no-pictures",
            "--output", _folder["out"]);
        Assert.True(code == 0, error);
        Assert.Matches(@"0\.png: (red|blue) \d\.\d\d\d, (red|blue) \d\.\d\d\d\n", output);

        Assert.Contains("is quantised already", CommandLine.Fail(2, "quantize", "--model", small, "--data", data, "--out", _folder["x"]));
        Assert.Contains("it was quantised", CommandLine.Fail(1, "train", "--model", "cifar_resnet20", "--size", "16x16", "--data", data, "--weights", small,
            "--output", _folder["again"]));
        Mistakes(run, data);
    }

    private void Mistakes(string run, string data)
    {
        string Fail(int code, params string[] words) => CommandLine.Fail(code, ["quantize", .. words]);
        string best = Path.Combine(run, "best.safetensors"), target = _folder["x.safetensors"];
        Assert.Contains("is the model itself", Fail(2, "--model", run, "--data", data, "--out", best));
        Assert.Contains("is a folder, but a file", Fail(2, "--model", run, "--data", data, "--out", run));
        Assert.Contains("there is no data set 'nowhere'", Fail(2, "--model", run, "--data", "nowhere", "--out", target));
        Assert.Contains("no split 'summer'", Fail(2, "--model", run, "--data", data, "--train-split", "summer", "--out", target));
        Assert.Contains("--train-split", Fail(2, "--model", run, "--data", data, "--train-split", "summer", "--out", target));
        Assert.Contains("of at least 1 was expected", Fail(2, "--model", run, "--data", data, "--calibrate", "0", "--out", target));
        Assert.Contains("--out", Fail(2, "--model", run, "--data", data));
        Assert.Contains("--device", Fail(2, "--model", run, "--data", data, "--out", target, "--device", "cuda"));
        Directory.CreateDirectory(_folder["empty", "train"]);
        Fail(1, "--model", run, "--data", _folder["empty"], "--out", target);
        Assert.False(File.Exists(target));
    }

    [Fact]
    public void ADetectorIsRefused()
    {
        string checkpoint = _folder["detector.safetensors"];
        Weights.Checkpoint.Write(checkpoint, [], new Dictionary<string, string> { [Weights.Checkpoint.ModelKey] = "fasterrcnn_resnet18_fpn" });
        Assert.Contains("is no classifier but for 'detect'", CommandLine.Fail(2, "quantize", "--model", checkpoint, "--data", "x", "--out", _folder["y"]));
    }

    // Eight training and four validation pictures of each class, of its colour.
    private string Pictures()
    {
        foreach (string category in (string[])["blue", "red"])
            foreach ((string split, int count) in ((string, int)[])[("train", 8), ("val", 4)])
                for (int i = 0; i < count; i++)
                {
                    var size = new ImageSize(16 + i, 20);
                    byte[] pixels = new byte[3 * size.Pixels];
                    for (int p = 0; p < pixels.Length; p++)
                        pixels[p] = (byte)(p % 3 == (category == "red" ? 0 : 2) ? 200 + 5 * i : 30 + (7 * p + i) % 40);
                    string path = _folder["data", split, category, $"{i}.png"];
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    new Image(size, pixels).SavePng(path);
                }
        return _folder["data"];
    }
}
