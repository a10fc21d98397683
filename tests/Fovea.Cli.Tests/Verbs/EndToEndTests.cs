using System.Text.Json;
using Fovea.Cli.Verbs;
using Fovea.Imaging;
using Fovea.Training;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>Train, measure, predict and go on, as a user does.</summary>
[Collection(TrainedRunCollection.Name)]
public sealed class EndToEndTests(TrainedRun trained)
{
    private WorkFolder Folder => trained.Folder;

    [Fact]
    public void TrainingTellsWhatItDoesAndLeavesItsFiles()
    {
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("on 4 pictures, measuring on 2; classes: circle, square.", trained.Error);
        Assert.Matches(@"epoch 1/1  AP \S+  AP50 \S+  AP75 \S+  AR100 \S+  best\n  AP50 of circle \S+, square \S+\n", trained.Error);
        Assert.Matches(@"class +AP +AP50\ncircle +\S+ +\S+\nsquare +\S+ +\S+\nDone\. Best AP", trained.Error);
        Assert.Contains($"Next: fovea predict PICTURES --model {trained.Run}", trained.Error);
        Assert.All<string>(["run.yaml", "metrics.jsonl", "best.safetensors", "last.safetensors"],
            file => Assert.True(File.Exists(Path.Combine(trained.Run, file)), file));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(trained.Run, "pictures")).Length);
        Assert.All(File.ReadLines(Path.Combine(trained.Run, "metrics.jsonl")), line => JsonDocument.Parse(line).Dispose());
        Assert.Empty(Directory.GetFiles(trained.Run, "*.tmp"));
    }

    [Fact]
    public void AFinishedRunSaysHowToTrainLonger()
    {
        (int code, string output, string error) = CommandLine.Run("train", "--resume", trained.Run);
        Assert.Equal((0, ""), (code, output));
        Assert.StartsWith($"{trained.Run} is complete: 1 epochs.", error);
    }

    [Fact]
    public void EvalPrintsTheTableAndJsonAlone()
    {
        (int code, string table, _) = CommandLine.Run("eval", "--model", trained.Run, "--data", trained.Data);
        Assert.Equal(0, code);
        Assert.Contains("Average precision  AP50", table);
        Assert.Matches(@"square +2 ", table);

        string saved = Folder["results.json"];
        (code, string json, _) = CommandLine.Run("eval", "--model", Path.Combine(trained.Run, "best.safetensors"), "--data",
            trained.Data, "--json",
            "--score-threshold", "0", "--save-detections", saved);
        Assert.Equal(0, code);
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(12, document.RootElement.GetProperty("coco").EnumerateObject().Count());
        Assert.Equal(["circle", "square"], document.RootElement.GetProperty("classes").EnumerateArray()
            .Select(c => c.GetProperty("name").GetString()));

        // What was saved measures the same without the model.
        (code, string again, _) = CommandLine.Run("eval", "--detections", saved, "--data", trained.Data, "--json");
        Assert.Equal((0, json), (code, again));
    }

    [Fact]
    public void PredictGoesOnAfterABrokenPicture()
    {
        string pictures = Folder["photos"];
        Folder.Picture(Path.Combine("photos", "a.png"));
        Folder.Write(Path.Combine("photos", "b.jpg"), "no picture at all");
        Folder.Write(Path.Combine("photos", "c.png"), File.ReadAllBytes(Folder["photos", "a.png"])[..60]);
        Folder.Write(Path.Combine("photos", "empty.webp"), "");
        string found = Folder["found"];
        (int code, string output, string error) =
            CommandLine.Run("predict", pictures, "--model", trained.Run, "--output", found, "--score-threshold", "0", "--json");
        Assert.Equal(1, code);
        Assert.All<string>(["b.jpg", "c.png", "empty.webp"],
            broken => Assert.Contains($"fovea: {Path.Combine(pictures, broken)}: ", error));
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(output.TrimEnd(), File.ReadAllText(Path.Combine(found, "detections.json")));
        Assert.Equal("a.png", Path.GetFileName(Assert.Single(document.RootElement.GetProperty("images").EnumerateArray())
            .GetProperty("file_name").GetString()));
        Assert.Equal(10, document.RootElement.GetProperty("annotations").GetArrayLength());
        Assert.Equal(new ImageSize(64, 64), Image.Load(Path.Combine(found, "a.jpg")).Size);
    }

    [Fact]
    public void PredictSaysWhereItsFilesAre()
    {
        string a = Folder.Picture(Path.Combine("one", "same.png")), b = Folder.Picture(Path.Combine("two", "same.png"));
        (int code, string output, string error) =
            CommandLine.Run("predict", a, b, "--model", trained.Run, "--output", Folder["both"], "--score-threshold", "1");
        Assert.Equal(0, code);
        Assert.Contains($"{a}: nothing\n{b}: nothing\n0 objects in 2 pictures\nAnnotated pictures and detections.json: " +
            $"{Folder["both"]}\n", output);
        Assert.DoesNotContain("\u001b", output + error);
        Assert.Equal(["detections.json", "same-2.jpg", "same.jpg"], Directory.GetFiles(Folder["both"]).Select(f => Path.GetFileName(f)!)
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void PredictNeverOverwritesItsPictures()
    {
        string picture = Folder.Picture(Path.Combine("mine", "x.png"));
        Assert.Contains("Name another folder", CommandLine.Fail(2, "predict", picture, "--model", trained.Run, "--output", Folder["mine"]));
        Assert.Contains("is a file", CommandLine.Fail(2, "predict", picture, "--model", trained.Run, "--output", picture));
    }

    [Fact]
    public void ModelsThatAreNone()
    {
        string picture = Folder.Picture("x.png");
        Folder.Write("bare/readme.md", "x");
        Assert.Contains("there is no file or folder", CommandLine.Fail(2, "predict", picture, "--model", "nowhere"));
        Assert.Contains("holds neither best.safetensors", CommandLine.Fail(2, "predict", picture, "--model", Folder["bare"]));
        Assert.Contains("is a PyTorch file", CommandLine.Fail(2, "eval", "--data", trained.Data, "--model", Folder.Write("w.pth", "x")));
        Assert.Contains("give either --model", CommandLine.Fail(2, "eval", "--data", trained.Data));
    }

    [Fact]
    public void WeightsOfOtherClassesNeedANewHead()
    {
        string best = Path.Combine(trained.Run, "best.safetensors");
        string[] args = ["train", .. TrainedRun.Tiny, "--data", "scenes", "--weights", best, "--output", Folder["scenes"]];
        Assert.Contains("tells 2 classes apart, but the data has 5. With --new-head", CommandLine.Fail(1, args));
        Assert.False(Directory.Exists(Folder["scenes"]));
        Assert.Contains("the model knows circle, square, but the scenes show",
            CommandLine.Fail(1, "eval", "--model", best, "--data", "scenes"));
    }

    [Fact]
    public void AnInterruptedRunGoesOn()
    {
        string folder = Folder["interrupted"];
        (RunConfig config, _) = (RunConfig.FromYaml(File.ReadAllText(Path.Combine(trained.Run, "run.yaml")), "run.yaml"), 0);
        var error = new StringWriter();
        using (var stopped = new CancellationTokenSource())
        {
            stopped.Cancel();
            Assert.Equal(1, new TrainingRun(config, folder, error).Run(stopped.Token));
        }
        Assert.EndsWith($"Stopped. Go on with: fovea train --resume {folder}\n", error.ToString());
        (int code, _, string text) = CommandLine.Run("train", "--resume", folder);
        Assert.True(code == 0, text);
        Assert.Contains("Going on after 0 steps", text);
        Assert.Equal(File.ReadAllBytes(Path.Combine(trained.Run, "best.safetensors")),
            File.ReadAllBytes(Path.Combine(folder, "best.safetensors")));
    }

    [Fact]
    public void TheDemoLeavesOtherRunsAlone()
    {
        Assert.Contains("holds a run that is not the demo's", CommandLine.Fail(2, "demo", "--output", trained.Run));
        Assert.True(File.Exists(Path.Combine(trained.Run, "last.safetensors")));
    }

    [Theory]
    [InlineData("--val-split", "nope", "It has: train, val. Name one of these with --val-split, or make a text file")]
    [InlineData("--train-split", "nope", "Name one of these with --train-split")]
    public void MissingSplitsAreNamed(string option, string split, string expected) =>
        Assert.Contains(expected, CommandLine.Fail(2,
            ["train", .. TrainedRun.Tiny, "--data", trained.Data, option, split, "--output", Folder["none"]]));
}
