using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;
using Xunit.Abstractions;

namespace Fovea.Tests.Parity;

/// <summary>Classification networks have torchvision's state dictionaries and give its numbers: tests/goldens/classification.</summary>
/// <remarks>The largest are left out, unless FOVEA_ALL_MODELS is set: they are smaller ones with other numbers.</remarks>
public class ClassifierParityTests(ITestOutputHelper output)
{
    private const int Classes = 10, Large = 70_000_000;

    private static readonly JsonElement Goldens = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(ParityGolden.Folder, "..", "classification", "classification.json"))).RootElement;

    /// <summary>The networks that are tested.</summary>
    public static TheoryData<string> Ids
    {
        get
        {
            bool all = Environment.GetEnvironmentVariable("FOVEA_ALL_MODELS") is { Length: > 0 };
            var ids = new TheoryData<string>();
            foreach (JsonProperty golden in Goldens.EnumerateObject())
                if (Known(golden.Name) && (all || golden.Value.GetProperty("parameters").GetInt64() < Large || golden.Name == "vgg11")) ids.Add(golden.Name);
            return ids;
        }
    }

    /// <summary>Those whose gradients are known.</summary>
    public static TheoryData<string> WithGradients
    {
        get
        {
            var ids = new TheoryData<string>();
            foreach (JsonProperty golden in Goldens.EnumerateObject())
                if (Known(golden.Name) && golden.Value.TryGetProperty("gradients", out _)) ids.Add(golden.Name);
            return ids;
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void IsTorchvisions(string id)
    {
        JsonElement golden = Goldens.GetProperty(id);
        using Backbone model = Create(id);

        string[] lines = [.. model.StateDict().Select(entry => $"{entry.Name} {(entry.Value.Dim == 0 ? "scalar" : string.Join('x', entry.Value.Shape))}\n")];
        Assert.True(golden.GetProperty("sha256").GetString() == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines)))),
            $"torchvision has {golden.GetProperty("entries")} other entries, or an other order, than these {lines.Length}:\n{string.Concat(lines)}");
        long head = model.NamedParameters().Where(p => model.ClassLayers.Any(p.Name.StartsWith)).Sum(p => p.Parameter.Numel);
        Assert.Equal(golden.GetProperty("parameters").GetInt64(), model.ParameterCount() + head * (1000 - Classes) / Classes);

        FormulaWeights.Fill(model, golden.GetProperty("gain").GetDouble());
        model.Train(false);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Compare("scores", Floats(golden.GetProperty("out")), model.Classify(Images(golden)).ToArray<float>(), 1e-4);
    }

    [Theory]
    [MemberData(nameof(WithGradients))]
    public void HasTorchvisionsLossAndGradients(string id)
    {
        JsonElement golden = Goldens.GetProperty(id);
        using Backbone model = Create(id);
        FormulaWeights.Fill(model, gain: 1);
        model.Train(true);
        foreach ((_, Module module) in model.NamedModules())
            if (module.GetType().Name is "BatchNorm2d" or "Dropout" or "StochasticDepth") module.Train(false);

        using var scope = new TensorScope();
        Tensor target = Tensor.From<long>([3, 7], [2]);
        Tensor[] heads = model.ClassifyWithAuxiliary(Images(golden));
        Tensor loss = Functional.CrossEntropy(heads[0], target);
        foreach (Tensor head in heads[1..]) loss = loss + Functional.CrossEntropy(head, target) * (float)model.AuxiliaryWeight;
        Compare("loss", [(float)golden.GetProperty("loss").GetDouble()], [loss.ToArray<float>()[0]], 1e-4);
        loss.Backward();
        var parameters = model.NamedParameters().ToDictionary(p => p.Name, p => p.Parameter);
        foreach (JsonProperty gradient in golden.GetProperty("gradients").EnumerateObject())
        {
            float[] actual = parameters[gradient.Name].Grad!.Contiguous().ToArray<float>();
            double norm = gradient.Value.GetProperty("norm").GetDouble();
            Assert.Equal(1, Math.Sqrt(actual.Sum(v => (double)v * v)) / norm, 1e-3);
            float[] first = Floats(gradient.Value.GetProperty("first"));
            // Against the whole gradient's size: single elements may be next to nothing.
            Compare(gradient.Name, first, actual[..first.Length], 1e-3, norm / Math.Sqrt(actual.Length));
        }
    }

    private static bool Known(string id) => ModelZoo.Classifiers.Any(entry => entry.Id == id);

    private static Backbone Create(string id) => ModelZoo.FindClassifier(id).Create(new BackboneOptions { ClassCount = Classes }, null);

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(value => (float)value.GetDouble())];

    private static Tensor Images(JsonElement golden)
    {
        int height = golden.GetProperty("size")[0].GetInt32(), width = golden.GetProperty("size")[1].GetInt32();
        float[] pixels = [.. FormulaPictures.Pixels(31, height, width), .. FormulaPictures.Pixels(32, height, width)];
        return Tensor.From<float>([.. pixels.Select(value => (value - 0.5f) / 0.25f)], [2, 3, height, width]);
    }

    // Relative to the largest value expected, or to the size given if that is larger.
    private void Compare(string name, float[] expected, float[] actual, double tolerance, double size = 0)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = Math.Max(size, expected.Max(Math.Abs)), difference = expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second)) / scale;
        output.WriteLine($"{name}: {difference:g3} relative");
        Assert.True(difference < tolerance, $"{name} differs by {difference:g3} relative: {string.Join(' ', actual)} against {string.Join(' ', expected)}");
    }
}
