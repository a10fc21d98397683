using System.Text.Json;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>A detector of key points where one class has key points and another none.</summary>
public sealed class KeypointsEndToEndTests : IDisposable
{
    private static readonly string[] Tiny =
    [
        "--model", "keypointrcnn_resnet18_fpn", "--size", "64x64", "--pyramid-channels", "8", "--head-width", "8", "--branch-width", "8",
        "--anchors", "8,16,32,64,128", "--regions", "16", "--batch", "2", "--epochs", "1", "--warm-up", "0", "--max-detections", "1000",
    ];

    private readonly WorkFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void KeyPointsAreLearntMeasuredAndToldOfTheClassesThatHaveThem()
    {
        string data = Coco("10,10,2,20,20,2"), run = _folder["run"], saved = _folder["results.json"];
        (int code, _, string error) = CommandLine.Run(["train", .. Tiny, "--data", data, "--output", run]);
        Assert.True(code == 0, error);
        Assert.Matches(@"keypoint_AP50 of person \S+, house n/a", error);

        (code, string json, error) = CommandLine.Run("eval", "--model", run, "--data", data, "--json", "--score-threshold", "0",
            "--save-detections", saved);
        Assert.True(code == 0, error);
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal([2, 0], document.RootElement.GetProperty("classes_keypoints").EnumerateArray()
            .Select(c => c.GetProperty("objects").GetInt32()));
        AssertPosed(JsonDocument.Parse(File.ReadAllText(saved)).RootElement);

        (code, string again, error) = CommandLine.Run("eval", "--detections", saved, "--data", data);
        Assert.True(code == 0, error);
        Assert.Contains("Key points:", again);

        string found = _folder["found"];
        (code, _, error) = CommandLine.Run("predict", Path.Combine(data, "val"), "--model", run, "--output", found,
            "--score-threshold", "0");
        Assert.True(code == 0, error);
        AssertPosed(JsonDocument.Parse(File.ReadAllText(Path.Combine(found, "detections.json"))).RootElement.GetProperty("annotations"));
    }

    [Fact]
    public void PointsOfWhichNoneIsLabelledAreRefusedBeforeTraining()
    {
        (int code, _, string error) = CommandLine.Run(["train", .. Tiny, "--data", Coco("0,0,0,0,0,0"), "--output", _folder["run"]]);
        Assert.Equal(1, code);
        Assert.Contains("no object of the split 'train' has a labelled key point", error);
        Assert.Contains("--train-split", error);

        (code, _, error) = CommandLine.Run(
            ["train", .. Tiny, "--data", Coco("10,10,2,20,20,2", val: "0,0,0,0,0,0"), "--output", _folder["run"]]);
        Assert.Equal(1, code);
        Assert.Contains("name another split to validate on", error);
    }

    // Persons have key points, houses none.
    private static void AssertPosed(JsonElement entries)
    {
        bool Posed(JsonElement entry) => entry.TryGetProperty("keypoints", out _);
        Assert.Equal([1, 2], entries.EnumerateArray().Select(entry => entry.GetProperty("category_id").GetInt32()).Distinct().Order());
        Assert.All(entries.EnumerateArray(), entry => Assert.Equal(entry.GetProperty("category_id").GetInt32() == 1, Posed(entry)));
    }

    private string Coco(string train, string? val = null)
    {
        foreach ((string split, string points) in ((string, string)[])[("train", train), ("val", val ?? train)])
        {
            _folder.Picture(Path.Combine("coco", split, "a.png"), 20);
            _folder.Picture(Path.Combine("coco", split, "b.png"), 90);
            string pictures = string.Join(", ", Enumerable.Range(1, 2).Select(i =>
                $$"""{"id": {{i}}, "file_name": "{{"ab"[i - 1]}}.png", "height": 64, "width": 64}"""));
            string objects = string.Join(", ", Enumerable.Range(1, 2).Select(i => $$"""
                {"id": {{2 * i}}, "image_id": {{i}}, "category_id": 1, "bbox": [8, 8, 32, 32], "area": 1024, "iscrowd": 0,
                    "keypoints": [{{points}}]},
                {"id": {{2 * i + 1}}, "image_id": {{i}}, "category_id": 2, "bbox": [30, 30, 20, 20], "area": 400, "iscrowd": 0}
                """));
            _folder.Write(Path.Combine("coco", "annotations", $"instances_{split}.json"), $$"""
                {"images": [{{pictures}}], "annotations": [{{objects}}],
                    "categories": [{"id": 1, "name": "person", "keypoints": ["top", "bottom"], "skeleton": [[1, 2]]},
                    {"id": 2, "name": "house"}]}
                """);
        }
        return _folder["coco"];
    }
}
