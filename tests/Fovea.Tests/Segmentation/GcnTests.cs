using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class GcnTests
{
    /// <summary>Figure 2 A, in plain operators.</summary>
    [Fact]
    public void IsTheFigure()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using var backbone = new TinyBackbone(generator);
        using var model = new Gcn(backbone, new SegmenterOptions(5), kernel: 7, generator: generator);
        foreach ((string name, Tensor value) in model.StateDict())                           // begin with almost nothing, or without mixing
            if (name.StartsWith("enlarge", StringComparison.Ordinal) || name.EndsWith("second.0.weight", StringComparison.Ordinal))
                Init.Normal(value, 0, 0.2, generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 64, 96], generator);
        Tensor[] maps = backbone.Forward(images);
        Tensor sum = Scores(3);
        for (int level = 2; level >= 0; level--)
            sum = Refined(twin.Double(sum, $"enlarge.{level + 2}") + Scores(level), $"refine_sums.{level + 2}");
        sum = Refined(twin.Double(sum, "enlarge.1"), "refine_sums.1");
        sum = Refined(twin.Double(sum, "enlarge.0"), "refine_sums.0");
        StateTwin.AssertClose(sum, model.Forward(images));

        Tensor Scores(int level)
        {
            string name = $"scores.{level}";
            Tensor left = twin.Convolve(twin.Convolve(maps[level], $"{name}.left.0"), $"{name}.left.1");
            Tensor right = twin.Convolve(twin.Convolve(maps[level], $"{name}.right.0"), $"{name}.right.1");
            return Refined(left + right, $"refine_scores.{level}");
        }
        Tensor Refined(Tensor x, string name) => x + twin.Convolve(twin.Convolve(x, $"{name}.first.0").Relu(), $"{name}.second.0");
    }

    /// <summary>Counted by hand: ResNet-50 has 23,508,032 without its last layer. With K = 21 classes and k = 15, scores of maps of C
    /// channels have 2 k (C K + K^2) + 4 K, nine refinements 2 (9 K^2 + K) each, and five enlargements 16 K^2.</summary>
    [Fact]
    public void ParametersAreAsManyAsCounted()
    {
        using Segmenter model = ModelZoo.FindSegmenter("gcn_resnet50").Create(21, new SegmenterSettings());
        const long scores = 30 * ((256 + 512 + 1024 + 2048) * 21 + 4 * 441) + 4 * 4 * 21;
        Assert.Equal(23_508_032 + scores + 9 * 2 * (9 * 441 + 21) + 5 * 16 * 441, model.ParameterCount());
    }

    [Fact]
    public void NeedsMapsAtAllFourStrides() =>
        Assert.Contains("[4, 8, 16, 16]", Assert.Throws<ArgumentException>(() =>
            new Gcn(new ResNet(18, new() { OutputStride = 16 }), new SegmenterOptions(3))).Message);
}
