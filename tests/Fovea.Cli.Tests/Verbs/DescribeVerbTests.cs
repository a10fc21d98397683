using System.Text.Json;

namespace Fovea.Cli.Tests.Verbs;

public sealed class DescribeVerbTests
{
    /// <summary>Remade by: ./fovea describe cifar_resnet20 --input 28x28. ModelDescriberTests checks the numbers.</summary>
    [Fact]
    public void TheTableIsPrinted()
    {
        (int code, string output, string error) = CommandLine.Run("describe", "cifar_resnet20", "--input", "28x28");
        Assert.True(code == 0, error);
        Assert.Equal(File.ReadAllText(Golden("cifar_resnet20.txt")), output);
    }

    /// <summary>docs/describe.md names these fields.</summary>
    [Fact]
    public void JsonHoldsTheSameNumbers()
    {
        (int code, string output, string error) = CommandLine.Run("describe", "cifar_resnet20", "--input", "28x32", "--classes", "7",
            "--json");
        Assert.True(code == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        Assert.Equal(["id", "task", "height", "width", "parameters", "unused_parameters", "activations", "bytes", "multiply_adds",
            "layers"],
            root.EnumerateObject().Select(field => field.Name));
        Assert.Equal(("cifar_resnet20", 28, 32), (root.GetProperty("id").GetString(), root.GetProperty("height").GetInt32(),
            root.GetProperty("width").GetInt32()));
        Assert.Equal(269_722 - 3 * 65, root.GetProperty("parameters").GetInt64());
        JsonElement[] layers = [.. root.GetProperty("layers").EnumerateArray()];
        Assert.All(layers, layer => Assert.Equal(
            ["name", "kind", "output", "activations", "bytes", "parameters", "multiply_adds", "receptive_field", "stride"],
            layer.EnumerateObject().Select(field => field.Name)));
        Assert.Equal(root.GetProperty("multiply_adds").GetInt64(), layers.Sum(layer => layer.GetProperty("multiply_adds").GetInt64()));
        JsonElement last = layers.Single(layer => layer.GetProperty("name").GetString() == "layer3.2.conv2"), head = layers[^1];
        Assert.Equal([64, 7, 8], last.GetProperty("output").EnumerateArray().Select(side => side.GetInt32()));
        Assert.Equal((4, 4), (last.GetProperty("stride").GetProperty("height").GetInt32(),
            last.GetProperty("stride").GetProperty("width").GetInt32()));
        Assert.Equal(JsonValueKind.Null, head.GetProperty("receptive_field").GetProperty("height").ValueKind);
    }

    [Theory]
    [InlineData("autoencoder", "transposed convolution 4x4 /2", "Parameters: 79,603.")]
    [InlineData("fasterrcnn_resnet18_fpn", "rpn.head.bbox_pred", "Parameters: 28,739,606.")]
    public void ModelsOfEveryTaskAreDescribed(string id, string layer, string parameters)
    {
        (int code, string output, string error) = CommandLine.Run("describe", id, "--input", "64x64");
        Assert.True(code == 0, error);
        Assert.Contains(layer, output, StringComparison.Ordinal);
        Assert.Contains(parameters, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--input", "224", "--input: '224' arrived, but height x width in pixels")]
    [InlineData("--input", "0x32", "--input: '0x32' arrived")]
    [InlineData("--classes", "0", "--classes: '0' arrived")]
    public void WrongNumbersAreAskedWrongly(string option, string value, string message) =>
        Assert.StartsWith(message, CommandLine.Fail(2, "describe", "cifar_resnet20", option, value), StringComparison.Ordinal);

    [Fact]
    public void WhatCannotBeRunIsExplained()
    {
        Assert.Contains("Did you mean cifar_resnet20?", CommandLine.Fail(2, "describe", "cifar_resnet2"), StringComparison.Ordinal);
        Assert.Contains("225 pixels cannot be cut into patches of 32", CommandLine.Fail(1, "describe", "mixer_s_32", "--input", "225x225"),
            StringComparison.Ordinal);
        Assert.Contains("64 x 64 pixels, but 64 x 96 arrived", CommandLine.Fail(1, "describe", "mixer_s_32", "--input", "64x96"),
            StringComparison.Ordinal);
        Assert.Contains("at least 4 x 4", CommandLine.Fail(1, "describe", "swin_t", "--input", "3x9"), StringComparison.Ordinal);
    }

    private static string Golden(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "tests", "goldens", "describe", name);
            if (File.Exists(path)) return path;
        }
        throw new FileNotFoundException($"No tests/goldens/describe/{name} above {AppContext.BaseDirectory}.");
    }
}
