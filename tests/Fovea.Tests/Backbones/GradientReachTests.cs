using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

/// <summary>A loss moves every parameter of the families without a golden of all their gradients.</summary>
public class GradientReachTests
{
    private static readonly Dictionary<string, Func<BackboneOptions, Backbone>> Networks = new()
    {
        ["vit"] = options => new VisionTransformer(new VisionTransformerDesign(8, 3, 2, 16, 24), options),
        ["swin"] = options => new SwinTransformer(new SwinTransformerDesign(8, [2, 2], [1, 2], 0), options),
        ["mixer"] = options => new MlpMixer(new MlpMixerDesign(8, 2, 16, 12, 24), options),
        ["cifar_resnet"] = options => new CifarResNet(8, options),
        ["wide_resnet"] = options => new SmallWideResNet(10, 2, options),
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryParameterHasAGradient(string name)
    {
        using var scope = new TensorScope();
        using Backbone model = Networks[name](new BackboneOptions { ClassCount = 5, ImageSize = 40 });
        FormulaWeights.Fill(model);
        Functional.CrossEntropy(model.Classify(BackboneGoldens.Images(40, 40)), Tensor.From<long>([1, 4], [2])).Backward();
        foreach ((string parameter, Tensor value) in model.NamedParameters())
            Assert.True(value.Grad is { } gradient && gradient.Abs().Max().Item() > 0, $"{parameter} has no gradient");
    }
}
