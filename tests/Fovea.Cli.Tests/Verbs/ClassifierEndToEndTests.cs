using System.Text.Json;
using Fovea.Imaging;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>Train, measure, predict and fine-tune a classifier on a folder of pictures for each class, as a user does.</summary>
public sealed class ClassifierEndToEndTests : IDisposable
{
    private static readonly string[] Tiny = ["--model", "cifar_resnet20", "--size", "16x16", "--warm-up", "0", "--lr", "0.02"];

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FromAFolderOfPicturesToAnswers()
    {
        string data = Pictures("data", ["blue", "red"]), run = _folder["run"];
        (int code, _, string error) = CommandLine.Run(["train", .. Tiny, "--data", data, "--output", run, "--epochs", "2", "--batch", "4", "--label-smoothing", "0.1", "--mixup", "0.2",
            "--policy", "randaugment", "--erasing", "0.2", "--balance", "sampling", "--freeze", "stem"]);
        Assert.True(code == 0, error);
        Assert.Contains("on 16 pictures, measuring on 8; classes: blue, red.", error);
        Assert.Matches(@"epoch 2/2  top1 \S+  top5 1\.000  mean_class \S+", error);
        Assert.Matches(@"class +accuracy\nblue +\S+\nred +\S+\nDone\. Best top1", error);
        Assert.Contains("policy: RandAugment", File.ReadAllText(Path.Combine(run, "run.yaml")));
        Assert.DoesNotContain("detector:", File.ReadAllText(Path.Combine(run, "run.yaml")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(run, "pictures")));

        (code, string json, error) = CommandLine.Run("eval", "--model", run, "--data", data, "--json");
        Assert.True(code == 0, error);
        using (JsonDocument document = JsonDocument.Parse(json))
        {
            Assert.Equal(8, document.RootElement.GetProperty("pictures").GetInt32());
            Assert.Equal(8, document.RootElement.GetProperty("confusion").EnumerateArray().SelectMany(row => row.EnumerateArray()).Sum(c => c.GetInt32()));
        }
        (code, string table, _) = CommandLine.Run("eval", "--model", run, "--data", data);
        Assert.Matches(@"class +pictures +accuracy +precision +F1\nblue +4 ", table);

        string grey = _folder.Write("grey.png", Image.EncodeGreyPng(new ImageSize(5, 40), new byte[200]));
        (code, string output, error) = CommandLine.Run("predict", grey, Path.Combine(data, "val", "red", "0.png"), "--model", run, "--output", _folder["out"]);
        Assert.True(code == 0, error);
        Assert.Matches(@"grey\.png: (red|blue) \d\.\d\d\d, (red|blue) \d\.\d\d\d\n", output);
        Assert.Equal(2, Directory.GetFiles(_folder["out"], "*.jpg").Length);
        using (JsonDocument answers = JsonDocument.Parse(File.ReadAllText(_folder["out", "classes.json"])))
            Assert.Equal(1.0, answers.RootElement.GetProperty("images")[0].GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("probability").GetDouble()), 1e-3);
        Assert.Contains("--score-threshold is an option of detectors", CommandLine.Fail(2, "predict", grey, "--model", run, "--score-threshold", "0.1"));

        // Other classes.
        string three = Pictures("three", ["blue", "green", "red"]), best = Path.Combine(run, "best.safetensors");
        string[] tune = ["train", .. Tiny, "--epochs", "1", "--batch", "4", "--data", three, "--weights", best, "--output", _folder["tuned"]];
        Assert.Contains("tells 2 classes apart, but the data has 3. With --new-head", CommandLine.Fail(1, tune));
        (code, _, error) = CommandLine.Run([.. tune, "--new-head", "--layer-decay", "0.5"]);
        Assert.True(code == 0, error);
        Assert.Matches(@"Started anew: \S+weight, \S+bias\.", error);
        Assert.Contains("'layer9' should be frozen, but the model's stages are, from the input on: ",
            CommandLine.Fail(1, "train", "--model", "cifar_resnet20", "--data", data, "--freeze", "layer9", "--output", _folder["frozen"]));
    }

    [Fact]
    public void DataThatCannotTrainAClassifierIsExplained()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("is no data set that is known here: it is empty", CommandLine.Fail(1, "train", "--task", "classify", "--data", _folder["empty"]));
        Assert.Contains("one class for each picture is wanted", CommandLine.Fail(1, "train", "--task", "classify", "--data", _folder.Voc()));
        string data = Pictures("gap", ["blue", "red"]);
        Directory.CreateDirectory(Path.Combine(data, "train", "violet"));
        (int code, _, string error) = CommandLine.Run(["train", .. Tiny, "--epochs", "1", "--batch", "1", "--data", data, "--output", _folder["gap-run"]]);
        Assert.True(code == 0, error);
        Assert.Contains("Warning: no training picture of violet", error);
        Assert.Matches(@"violet +n/a", error);
    }

    // Eight training and four validation pictures of each class, of its colour.
    private string Pictures(string name, string[] classes)
    {
        foreach (string category in classes)
            foreach ((string split, int count) in ((string, int)[])[("train", 8), ("val", 4)])
                for (int i = 0; i < count; i++)
                {
                    var size = new ImageSize(16 + i, 20);
                    byte[] pixels = new byte[3 * size.Pixels];
                    for (int p = 0; p < pixels.Length; p++)
                        pixels[p] = (byte)(p % 3 == (category == "red" ? 0 : category == "blue" ? 2 : 1) ? 200 + 5 * i : 30 + (7 * p + i) % 40);
                    string path = _folder[name, split, category, $"{i}.png"];
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    new Image(size, pixels).SavePng(path);
                }
        return _folder[name];
    }
}
