using System.Text.Json;
using Fovea.Backbones;
using Fovea.Tests.Parity;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

/// <summary>What tests/goldens/backbones/make_reference.py computed.</summary>
internal static class BackboneGoldens
{
    public const int Classes = 10;

    private static readonly JsonElement All = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(ParityGolden.Folder, "..", "backbones", "backbones.json"))).RootElement;

    /// <summary>One of its entries.</summary>
    public static JsonElement Of(string name) => All.GetProperty(name);

    /// <summary>The numbers of an array.</summary>
    public static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(value => (float)value.GetDouble())];

    /// <summary>Two pictures by formula, normalised: 2 x 3 x H x W.</summary>
    public static Tensor Images(int height, int width)
    {
        float[] pixels = [.. FormulaPictures.Pixels(31, height, width), .. FormulaPictures.Pixels(32, height, width)];
        return Tensor.From<float>([.. pixels.Select(value => (value - 0.5f) / 0.25f)], [2, 3, height, width]);
    }

    /// <summary>The network gives the golden's scores with the formula's weights.</summary>
    public static void AssertScores(string name, Backbone model, int height, int width, double tolerance = 1e-5)
    {
        JsonElement golden = Of(name);
        FormulaWeights.Fill(model, golden.GetProperty("gain").GetDouble());
        model.Train(false);
        using var scope = new TensorScope();
        float[] expected = Floats(golden.GetProperty("out"));
        Assert.True(Distance(expected[..Classes], expected[Classes..]) > 0.01, "the pictures' scores hardly differ");
        using (new NoGrad()) Assert.InRange(Distance(expected, model.Classify(Images(height, width)).ToArray<float>()), 0, tolerance);
        Assert.InRange(Distance(expected, model.Classify(Images(height, width)).ToArray<float>()), 0, tolerance);      // nothing is fused
    }

    /// <summary>The largest difference, relative to the largest number expected.</summary>
    public static double Distance(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        return expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second)) / expected.Max(Math.Abs);
    }
}
