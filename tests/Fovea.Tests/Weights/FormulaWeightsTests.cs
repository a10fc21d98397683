using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fovea.Tests.Parity;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Weights;

/// <summary>The formula gives the bits that tests/goldens/parity/make_reference.py gives.</summary>
public class FormulaWeightsTests
{
    [Theory]
    [InlineData("backbone.body.conv1.weight", new long[] { 64, 3, 7, 7 }, "ea2c7d24a5376525")]
    [InlineData("backbone.body.bn1.weight", new long[] { 64 }, "b501e727d8bf8658")]
    [InlineData("backbone.body.bn1.running_var", new long[] { 64 }, "f77580e3adb3b3c2")]
    [InlineData("backbone.body.bn1.running_mean", new long[] { 64 }, "0b1dedcc7be6d3f0")]
    [InlineData("roi_heads.box_predictor.cls_score.weight", new long[] { 91, 1024 }, "6aebf9b80be5671a")]
    [InlineData("roi_heads.box_predictor.bbox_pred.bias", new long[] { 364 }, "19ffdfc0894ead3d")]
    [InlineData("rpn.head.cls_logits.weight", new long[] { 3, 256, 1, 1 }, "7fede766841cd81a")]
    [InlineData("rpn.head.bbox_pred.weight", new long[] { 12, 256, 1, 1 }, "3d4ecdd6cbd62cde")]
    [InlineData("roi_heads.box_head.fc7.weight", new long[] { 1024, 1024 }, "182e0c1845830047")]
    [InlineData("größe.weight", new long[] { 3, 5 }, "2b736a0f2653df51")]
    public void ValuesArePythonsBitForBit(string name, long[] shape, string sha256) => Assert.Equal(sha256, Sha256(FormulaWeights.Values(name, shape)));

    [Fact]
    public void NumbersArePythons() =>
        Assert.Equal([-24785, -331505, -83053, 450392], FormulaWeights.Numbers("backbone.body.conv1.weight", 4));

    [Fact]
    public void PicturesArePythons() => Assert.Equal("e053f7b78dba0def", Sha256(FormulaPictures.Pixels(3, 50, 37)));

    [Fact]
    public void FillReachesParametersAndBuffersButNotTheCount()
    {
        using var norm = new BatchNorm2d(4);
        FormulaWeights.Fill(norm);
        Assert.Equal(FormulaWeights.Values("running_var", [4]), norm.RunningVariance.ToArray<float>());
        Assert.Equal(FormulaWeights.Values("weight", [4]), norm.Weight.ToArray<float>());
        Assert.Equal(0, norm.StateDict().Single(entry => entry.Name == "num_batches_tracked").Value.Item());
        Assert.All(norm.RunningVariance.ToArray<float>(), variance => Assert.InRange(variance, 1, 1.125));
    }

    private static string Sha256(float[] values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())))[..16];
}
