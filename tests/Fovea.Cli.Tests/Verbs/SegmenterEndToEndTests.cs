using System.Text.Json;
using Fovea.Imaging;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>Train, measure and predict with a segmenter on pictures with masks, as a user does.</summary>
public sealed class SegmenterEndToEndTests : IDisposable
{
    private static readonly string[] Tiny = ["--model", "enet", "--warm-up", "0", "--lr", "0.01", "--batch", "4"];

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FromPicturesAndMasksToLabels()
    {
        string data = Pictures("data"), run = _folder["run"];
        (int code, _, string error) = CommandLine.Run(["train", .. Tiny, "--data", data, "--output", run, "--epochs", "5", "--crop-size", "32x48",
            "--pixel-loss", "cross-entropy,dice:0.5,focal:0.1,soft-iou:0.1", "--class-weights", "median", "--hard-pixels", "0.9", "--boundary-weight", "5",
            "--rotate", "10", "--elastic", "2", "--label-smoothing", "0.05", "--color-jitter", "0.1"]);
        Assert.True(code == 0, error);
        Assert.Contains("on 8 pictures, measuring on 3; classes: ground, disc.", error);
        Assert.Matches(@"epoch 5/5  mIoU \S+  pixel_accuracy \S+  mean_accuracy \S+", error);
        Assert.Matches(@"class +IoU\nground +\S+\ndisc +\S+\nDone\. Best mIoU", error);
        string yaml = File.ReadAllText(Path.Combine(run, "run.yaml"));
        Assert.Contains("dice: 0.5", yaml);
        Assert.Contains("balance: Median", yaml);
        Assert.DoesNotContain("recipe:", yaml);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(run, "pictures")));
        Assert.Matches("Go on|complete", CommandLine.Run("train", "--resume", run).Error);

        string csv = _folder["classes.csv"];
        (code, string json, error) = CommandLine.Run("eval", "--model", run, "--data", data, "--json", "--csv", csv, "--flip", "--scales", "0.5,1");
        Assert.True(code == 0, error);
        using (JsonDocument document = JsonDocument.Parse(json))
        {
            Assert.Equal(3, document.RootElement.GetProperty("pictures").GetInt32());
            Assert.Equal(3 * 40 * 60 - 3, document.RootElement.GetProperty("pixels").GetInt64());                  // one void pixel each
            Assert.Equal(2, document.RootElement.GetProperty("classes").GetArrayLength());
        }
        Assert.Matches(@"^class,pixels,iou,accuracy,precision,dice\nground,\d+,0\.\d+,", File.ReadAllText(csv));
        (code, string table, _) = CommandLine.Run("eval", "--model", run, "--data", data);
        Assert.Matches(@"Mean IoU +0\.\d{4}\n", table);
        Assert.Matches(@"class +pixels +IoU +accuracy +precision +Dice\nground +[\d,]+ +0\.", table);

        string photo = Path.Combine(data, "images", "val", "0.png"), one = _folder.Write("one.png", Image.EncodeGreyPng(new ImageSize(1, 1), [7]));
        (code, string output, error) = CommandLine.Run("predict", photo, one, "--model", run, "--output", _folder["out"], "--confidence", "--tile", "32", "--crf",
            "--crf-iterations", "2");
        Assert.True(code == 0, error);
        Assert.Matches(@"0\.png: (ground|disc) \d+", output);
        IndexMap labels = IndexMap.Load(_folder["out", "0-labels.png"]);
        Assert.Equal(new ImageSize(40, 60), labels.Size);
        Assert.True(labels.Values.Max() < 2);
        Assert.Equal(new ImageSize(1, 1), IndexMap.Load(_folder["out", "one-labels.png"]).Size);
        Assert.True(File.Exists(_folder["out", "0-confidence.png"]) && File.Exists(_folder["out", "0.jpg"]));
        using (JsonDocument answers = JsonDocument.Parse(File.ReadAllText(_folder["out", "segmentations.json"])))
        {
            JsonElement first = answers.RootElement.GetProperty("images")[0];
            Assert.Equal(1, first.GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("share").GetDouble()), 1e-3);
            Assert.Equal("0-labels.png", first.GetProperty("labels").GetString());
        }
    }

    [Fact]
    public void MistakesAreExplained()
    {
        string data = Pictures("data");
        string Train(params string[] more) => CommandLine.Fail(2, ["train", .. Tiny, "--data", data, "--output", _folder["run"], .. more]);
        Assert.Contains("--pixel-loss: 'dise' arrived, but terms of cross-entropy, focal, dice, soft-iou", Train("--pixel-loss", "dise"));
        Assert.Contains("--pixel-loss: 'dice,dice' arrived", Train("--pixel-loss", "dice,dice"));
        Assert.Contains("OutputStride is set, but enet has nothing that it could change", Train("--output-stride", "8"));
        Assert.Contains("--mixup is an option of classifiers, but enet is none", Train("--mixup", "0.2"));
        Assert.Contains("--crop-size is an option of segmenters", CommandLine.Fail(2, "train", "--model", "resnet18", "--data", data, "--crop-size", "9x9"));

        // Boxes or classes are told apart from pixels.
        string classes = _folder["classes"];
        for (int i = 0; i < 4; i++) _folder.Write($"classes/{(i < 2 ? "train" : "val")}/c{i % 2}/0.png", Image.EncodeGreyPng(new ImageSize(8, 8), new byte[64]));
        Assert.Contains("the class of every pixel is wanted",
            CommandLine.Fail(1, ["train", .. Tiny, "--data", classes, "--output", _folder["run"]]));
        Assert.Contains("one class for each picture is wanted", CommandLine.Fail(1, "train", "--model", "resnet18", "--data", data, "--output", _folder["run"]));

        // A mask with a value that is no class, and one of another size, are named before the first step or when they are met.
        string bad = Pictures("bad");
        string mask = Path.Combine(bad, "masks", "train", "3.png");
        File.WriteAllBytes(mask, Image.EncodeGreyPng(new ImageSize(40, 60), [.. Enumerable.Repeat((byte)9, 2400)]));
        string message = CommandLine.Fail(1, ["train", .. Tiny, "--data", bad, "--output", _folder["bad-run"], "--epochs", "1"]);
        Assert.Contains(mask, message);
        Assert.Contains("9", message);
        File.WriteAllBytes(mask, Image.EncodeGreyPng(new ImageSize(40, 61), new byte[40 * 61]));
        message = CommandLine.Fail(1, ["train", .. Tiny, "--data", bad, "--output", _folder["worse-run"], "--epochs", "1"]);
        Assert.Contains("40x61", message.Replace(" x ", "x"));
        Assert.Contains("--crf-iterations goes with --crf", CommandLine.Fail(2, "predict", mask, "--model", "enet", "--crf-iterations", "3"));
    }

    // A bright disc on dark ground, and a void pixel in the corner.
    private string Pictures(string name)
    {
        var size = new ImageSize(40, 60);
        var random = new Random(3);
        _folder.Write($"{name}/classes.txt", "ground\ndisc\n"u8.ToArray());
        for (int i = 0; i < 11; i++)
        {
            string split = i < 8 ? "train" : "val";
            int index = i < 8 ? i : i - 8, middleY = random.Next(10, 30), middleX = random.Next(10, 50);
            byte[] pixels = new byte[size.Pixels], mask = new byte[size.Pixels];
            for (int at = 0; at < pixels.Length; at++)
            {
                int y = at / size.Width - middleY, x = at % size.Width - middleX;
                bool inside = y * y + x * x < 64;
                pixels[at] = (byte)((inside ? 180 : 60) + random.Next(40));
                mask[at] = inside ? (byte)1 : (byte)0;
            }
            mask[0] = 255;
            _folder.Write($"{name}/images/{split}/{index}.png", Image.EncodeGreyPng(size, pixels));
            _folder.Write($"{name}/masks/{split}/{index}.png", Image.EncodeGreyPng(size, mask));
        }
        return _folder[name];
    }
}
