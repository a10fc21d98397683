using System.Security.Cryptography;
using System.Text.Json;
using Fovea.Tests.Weights;
using Fovea.Weights;

namespace Fovea.Cli.Tests.Verbs;

/// <summary>Tests that set variables of the process, one after the other.</summary>
[Collection("environment")]
public sealed class ModelsVerbTests : IDisposable
{
    private readonly WorkFolder _folder = new();

    public ModelsVerbTests()
    {
        Environment.SetEnvironmentVariable("FOVEA_CACHE", _folder["cache"]);
        Environment.SetEnvironmentVariable("FOVEA_WEIGHTS_URL", "http://127.0.0.1:1/mirror");
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("FOVEA_CACHE", null);
        Environment.SetEnvironmentVariable("FOVEA_WEIGHTS_URL", null);
        _folder.Dispose();
    }

    [Fact]
    public void TheListShowsWeightsWithTheirFigures()
    {
        (int code, string output, _) = CommandLine.Run("models");
        Assert.Equal(0, code);
        string[] lines = output.Split('\n');
        int resnet = Array.FindIndex(lines, line => line.StartsWith("resnet50 ", StringComparison.Ordinal));
        Assert.EndsWith("weights: IMAGENET1K_V2 (acc@1 80.858), IMAGENET1K_V1 (acc@1 76.13)", lines[resnet + 1]);
        int detector = Array.FindIndex(lines, line => line.StartsWith("fasterrcnn_resnet18_fpn ", StringComparison.Ordinal));
        Assert.DoesNotContain("weights:", lines[detector + 1]);
    }

    [Fact]
    public void OneModelIsToldInFull()
    {
        string file = _folder.Write("cache/weights/fasterrcnn_resnet50_fpn_coco-258fb6c6.pth", "x");
        (int code, string output, _) = CommandLine.Run("models", "fasterrcnn_resnet50_fpn");
        Assert.Equal(0, code);
        foreach (string line in (string[])[
            "Backbone: resnet50, whose weights --weights-backbone takes: IMAGENET1K_V1, IMAGENET1K_V2", "COCO_V1 (DEFAULT)",
            "  trained on  COCO, 80 classes: person, bicycle, ... toothbrush", "  figures     box ap 37", "  parameters  41,755,286",
            "  pictures    shorter side 800, longer side 1333 at most; bilinear; mean 0.485 0.456 0.406, standard deviation " +
                "0.229 0.224 0.225",
            "  file        https://download.pytorch.org/models/fasterrcnn_resnet50_fpn_coco-258fb6c6.pth", $"  here        {file}"])
            Assert.Contains(line + "\n", output);

        (_, output, _) = CommandLine.Run("models", "vit_b_16");
        Assert.Contains("  pictures    shorter side 384, of that the middle 384x384; bicubic", output);
        Assert.Contains("  licence     https://", output);
        Assert.Contains($"  here        no; it would be {_folder["cache", "weights"]}", output);
        (_, output, _) = CommandLine.Run("models", "cifar_resnet20");
        Assert.Contains("There are no published weights of it.", output);
        Assert.Contains("Did you mean resnet50", CommandLine.Fail(2, "models", "resnet5"));
    }

    [Fact]
    public void ProgramsReadTheSame()
    {
        (_, string output, _) = CommandLine.Run("models", "resnet50", "--json");
        JsonElement weights = JsonDocument.Parse(output).RootElement.GetProperty("weights");
        Assert.Equal(("IMAGENET1K_V2", true, 80.858),
            (weights[0].GetProperty("name").GetString(), weights[0].GetProperty("default").GetBoolean(),
            weights[0].GetProperty("metrics").GetProperty("acc@1").GetDouble()));
        Assert.False(weights[1].GetProperty("here").GetBoolean());
        (_, output, _) = CommandLine.Run("models", "--json");
        Assert.Contains(JsonDocument.Parse(output).RootElement.EnumerateArray(),
            entry => entry.GetProperty("id").GetString() == "autoencoder");
    }

    [Fact]
    public void ADownloadIsToldOnceAndTakenFromTheCacheAfterwards()
    {
        byte[] file = [1, 2, 3];
        using var server = new TinyServer(request => TinyAnswer.File(file, request));
        Environment.SetEnvironmentVariable("FOVEA_WEIGHTS_URL", server.Address.ToString());
        var argument = new WeightsArgument(null, PublishedWeights.Find("resnet18", "imagenet") with
        {
            Sha256Prefix = Convert.ToHexStringLower(SHA256.HashData(file))[..8],
        });
        string path = _folder["cache", "weights", "resnet18-f37072fd.pth"];
        var error = new StringWriter();
        Assert.Equal(path, argument.Fetch(error, CancellationToken.None));
        Assert.Equal(file, File.ReadAllBytes(path));
        Assert.StartsWith($"Getting resnet18's weights IMAGENET1K_V1: {path}\ndownloading 0.0/0.0 MB", error.ToString());
        error = new StringWriter();
        Assert.Equal(path, argument.Fetch(error, CancellationToken.None));
        Assert.Empty(error.ToString());
        Assert.Single(server.Requests);
    }

    [Fact]
    public void WithoutANetworkAVerbSaysWhatToFetchAndWhereToPutIt()
    {
        (int code, _, string error) = CommandLine.Run("predict", _folder.Picture("a.png"), "--model", "resnet18",
            "--weights", "imagenet", "--output", _folder["out"]);
        Assert.Equal(1, code);
        string file = _folder["cache", "weights", "resnet18-f37072fd.pth"];
        Assert.Contains($"Getting resnet18's weights IMAGENET1K_V1: {file}", error);
        const string Name = "resnet18-f37072fd.pth";
        Assert.Contains($"fovea: resnet18's weights IMAGENET1K_V1: http://127.0.0.1:1/mirror/{Name} could not be downloaded", error);
        Assert.Contains($"fetch https://download.pytorch.org/models/{Name} elsewhere and put it at {file}, or name it with --weights FILE.",
            error);
    }
}
