using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class ParseNetTests
{
    /// <summary>The layers one by one: fc7 and its mean, each divided by its length, times 10, side by side.</summary>
    [Fact]
    public void ContextIsJoinedToEveryPixel()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(1);
        using var backbone = new Vgg(new VggDesign([1, 1, 1, 1, 1]), new BackboneOptions { OutputStride = 8 }, generator);
        using var model = new ParseNet(backbone, new SegmenterOptions(3) { Dropout = 0 }, 8, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 32, 48], generator);
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary();

        Tensor x = Functional.MaxPool2d(backbone.Forward(images)[^1], 3, 1, 1);
        x = Functional.Conv2d(x, state["fc6.weight"], state["fc6.bias"], [1, 1], [12, 12], [12, 12]).Relu();
        x = Functional.Conv2d(x, state["fc7.weight"], state["fc7.bias"], [1, 1], [0, 0], [1, 1]).Relu();
        Tensor mean = x.Mean([2, 3], true).Expand(2, 8, 4, 6);
        Tensor joined = Tensor.Cat([Unit(x), Unit(mean)], 1) * 10;
        Tensor expected = Functional.ResizeBilinear(
            Functional.Conv2d(joined, state["fc8.weight"], state["fc8.bias"], [1, 1], [0, 0], [1, 1]), 32, 48);
        Tensor actual = model.Forward(images);
        Assert.InRange((actual - expected).Abs().Max().Item(), 0, 1e-4 * expected.Abs().Max().Item());

        static Tensor Unit(Tensor map) => map / ((map * map).Sum(1).Unsqueeze(1) + 1e-10).Sqrt();
    }

    /// <summary>Counted by hand: 14,714,688 in VGG-16 up to pool5; fc6 512 x 1024 x 9 + 1024, fc7 1024 x 1024 + 1024; two scales of 1,024;
    /// 2,049 a class.</summary>
    [Fact]
    public void ParametersAreAsManyAsCounted()
    {
        using Segmenter model = ModelZoo.FindSegmenter("parsenet_vgg16").Create(21, new SegmenterSettings());
        Assert.Equal(14_714_688 + 4_719_616 + 1_049_600 + 2 * 1024 + 21 * 2049, model.ParameterCount());
    }
}
