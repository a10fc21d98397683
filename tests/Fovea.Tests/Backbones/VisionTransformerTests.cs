using System.Text.Json;
using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

/// <summary>Beside the parity with torchvision: other picture sizes, maps, errors.</summary>
public class VisionTransformerTests
{
    private static readonly VisionTransformerDesign Small = new(PatchSize: 8, Layers: 3, Heads: 2, Width: 16, MlpWidth: 24);

    [Fact]
    public void PositionsAreInterpolatedAsTorchvisionDoes()
    {
        using var scope = new TensorScope();
        foreach (JsonElement golden in BackboneGoldens.Of("position_embeddings").EnumerateArray())
        {
            int before = golden.GetProperty("before").GetInt32(), after = golden.GetProperty("after").GetInt32();
            long[] shape = [1, 1 + before * before, 2];
            Tensor positions = Tensor.From<float>(FormulaWeights.Values("positions", shape, 3), shape);
            Tensor result = VisionTransformer.InterpolatePositions(positions, 16 * after, 16);
            Assert.Equal([1, 1 + after * after, 2], result.Shape);
            float[] expected = BackboneGoldens.Floats(golden.GetProperty("values"));
            Assert.InRange(BackboneGoldens.Distance(expected, result.ToArray<float>()), 0, 1e-5);
            Assert.Equal(positions.ToArray<float>(), VisionTransformer.InterpolatePositions(positions, 16 * before, 16).ToArray<float>());
        }
    }

    [Fact]
    public void PositionsOfNoSquareAreRefused()
    {
        using var scope = new TensorScope();
        string message = Assert.Throws<ArgumentException>(() => VisionTransformer.InterpolatePositions(Tensor.Zeros([1, 6, 4]), 32, 16))
            .Message;
        Assert.Contains("[1, 6, 4]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherPictureSizeTakesInterpolatedPositions()
    {
        using var scope = new TensorScope();
        using VisionTransformer small = Create(24), large = Create(40);
        FormulaWeights.Fill(small);
        var weights = small.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value);
        weights["encoder.pos_embedding"] = VisionTransformer.InterpolatePositions(weights["encoder.pos_embedding"], 40, 8);
        using var noGrad = new NoGrad();
        foreach ((string name, Tensor value) in large.StateDict()) value.CopyInPlace(weights[name]);
        Assert.Equal([2, BackboneGoldens.Classes], large.Classify(BackboneGoldens.Images(40, 40)).Shape);
    }

    /// <summary>Interpolating for each picture is what building for its size with interpolated weights is.</summary>
    [Theory]
    [InlineData(24)]
    [InlineData(40)]
    public void AnySizeInterpolatesOnTheWay(int size)
    {
        using var scope = new TensorScope();
        using VisionTransformer any = new(Small, new BackboneOptions { ImageSize = 24 }) { AnySize = true };
        using VisionTransformer built = new(Small, new BackboneOptions { ImageSize = size });
        FormulaWeights.Fill(any);
        var weights = any.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value);
        weights["encoder.pos_embedding"] = VisionTransformer.InterpolatePositions(weights["encoder.pos_embedding"], size, 8);
        using var noGrad = new NoGrad();
        foreach ((string name, Tensor value) in built.StateDict()) value.CopyInPlace(weights[name]);
        Tensor images = BackboneGoldens.Images(size, size);
        Assert.All(built.Forward(images).Zip(any.Forward(images)), maps => Assert.True(maps.First.AllClose(maps.Second, atol: 1e-6)));
    }

    /// <summary>Embeddings that depend on the row alone still do, on a grid of 3 rows and 5 columns.</summary>
    [Fact]
    public void PositionsOfRectanglesKeepRowsAndColumns()
    {
        using var scope = new TensorScope();
        Tensor positions = Tensor.From<float>([7, 0, 0, 1, 1], 1, 5, 1);
        float[] grid = VisionTransformer.ResizePositions(positions, 2, 3, 5).ToArray<float>();
        Assert.Equal(1 + 3 * 5, grid.Length);
        Assert.Equal(7, grid[0]);
        for (int row = 0; row < 3; row++) Assert.All(grid[(1 + 5 * row)..(6 + 5 * row)], value => Assert.Equal(row / 2.0, value, 1e-6));
    }

    [Fact]
    public void PicturesOfBrokenPatchesAreRefused()
    {
        using var scope = new TensorScope();
        using VisionTransformer any = new(Small, new BackboneOptions { ImageSize = 24 }) { AnySize = true };
        string message = Assert.Throws<ArgumentException>(() => any.Forward(Tensor.Zeros([1, 3, 24, 37]))).Message;
        Assert.Contains("pictures of 24 x 37 arrived", message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryBlockGivesAMapAndTheLastIsNormalised()
    {
        using var scope = new TensorScope();
        using VisionTransformer model = Create(24);
        FormulaWeights.Fill(model);
        foreach ((string name, Tensor value) in model.NamedParameters())
            if (name is "encoder.ln.weight" or "encoder.ln.bias") value.Detach().FillInPlace(name == "encoder.ln.weight" ? 1 : 0);
        Tensor[] maps = model.Forward(BackboneGoldens.Images(24, 24));
        Assert.Equal(3, maps.Length);
        Assert.All(maps, map => Assert.Equal([2, 16, 3, 3], map.Shape));
        Assert.InRange(maps[2].Mean([1]).Abs().Max().Item(), 0, 1e-5);
        Assert.InRange(maps[1].Mean([1]).Abs().Max().Item(), 1e-2, double.MaxValue);
    }

    [Fact]
    public void PicturesOfAnotherSizeAreRefused()
    {
        using var scope = new TensorScope();
        using VisionTransformer model = Create(24);
        string message = Assert.Throws<ArgumentException>(() => model.Classify(Tensor.Zeros([1, 3, 24, 32]))).Message;
        Assert.Contains("24 x 24 pixels, but 24 x 32 arrived", message, StringComparison.Ordinal);
        Assert.Contains("such as 224", Assert.Throws<ArgumentException>(() => Create(225)).Message, StringComparison.Ordinal);
        Assert.Contains("OutputStride 8", Assert.Throws<ArgumentException>(() =>
            new VisionTransformer(Small, new BackboneOptions { OutputStride = 8 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DropoutAndStochasticDepthActOnlyWhileTraining()
    {
        using var scope = new TensorScope();
        foreach (var options in new BackboneOptions[] { new() { Dropout = 0.3 }, new() { StochasticDepth = 0.5 } })
        {
            using var model = new VisionTransformer(Small, options with { ImageSize = 24, ClassCount = BackboneGoldens.Classes });
            FormulaWeights.Fill(model);
            Tensor images = BackboneGoldens.Images(24, 24);
            float[][] training = [.. Enumerable.Range(0, 20).Select(_ => model.Classify(images).ToArray<float>())];
            Assert.Contains(training, scores => !scores.SequenceEqual(training[0]));
            model.Train(false);
            Assert.Equal(model.Classify(images).ToArray<float>(), model.Classify(images).ToArray<float>());
        }
    }

    private static VisionTransformer Create(int size) =>
        new(Small, new BackboneOptions { ClassCount = BackboneGoldens.Classes, ImageSize = size });
}
