using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class RefineNetTests
{
    /// <summary>Figures 2 c and 3, in plain operators.</summary>
    [Fact]
    public void IsTheFigure()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using var backbone = new TinyBackbone(generator);
        using var model = new RefineNet(backbone, new SegmenterOptions(5), channels: 6, generator: generator);
        foreach ((string name, Tensor value) in model.StateDict())                           // residual branches begin with almost nothing
            if (name.StartsWith("refine", StringComparison.Ordinal) && value.Dim == 4) Init.Normal(value, 0, 0.1, generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 64, 96], generator);
        Tensor[] maps = backbone.Forward(images);
        Tensor? refined = null;
        for (int level = 4; level >= 1; level--)
        {
            string block = $"refine{level}";
            Tensor x = twin.Convolve(maps[level - 1], $"{block}.fine.0.0");
            x = Units(x, $"{block}.fine", 1, 2);
            Assert.Equal(level == 4 ? 12 : 6, x.Size(1));
            if (refined is not null)
            {
                Tensor coarse = twin.Convolve(Units(refined, $"{block}.coarse", 0, 2), $"{block}.fuse_coarse.0");
                x = twin.Convolve(x, $"{block}.fuse_fine.0") + Functional.ResizeBilinear(coarse, x.Size(2), x.Size(3));
            }
            Tensor first = x.Relu();
            Tensor second = twin.Convolve(Functional.MaxPool2d(first, 5, 1, 2), $"{block}.pooling.blocks.0.0");
            Tensor third = twin.Convolve(Functional.MaxPool2d(second, 5, 1, 2), $"{block}.pooling.blocks.1.0");
            refined = Units(first + second + third, $"{block}.output", 0, level == 1 ? 3 : 1);
        }
        StateTwin.AssertClose(Functional.ResizeBilinear(twin.Convolve(refined!, "classifier"), 64, 96), model.Forward(images));

        Tensor Units(Tensor x, string name, int from, int count)
        {
            for (int i = from; i < from + count; i++)
                x += twin.Convolve(twin.Convolve(x.Relu(), $"{name}.{i}.first.0").Relu(), $"{name}.{i}.second.0");
            return x;
        }
    }

    /// <summary>With the four poolings of the authors' networks RefineNet has 99 M on ResNet-50 and 118 M on ResNet-101: Nekrasov, Shen and
    /// Reid, "Light-Weight RefineNet" (BMVC 2018), table 1.</summary>
    [Fact]
    public void ParametersAreAsManyAsInTheAuthorsNetworks()
    {
        using var model = new RefineNet(new ResNet(50), new SegmenterOptions(40), poolings: 4);
        const long body50 = 23_508_032, body101 = 42_500_160;                                // without their last layers
        long count = model.ParameterCount();
        Assert.Equal(99, Math.Round(count / 1e6));
        Assert.Equal(118, Math.Round((count - body50 + body101) / 1e6));
    }

    [Fact]
    public void ThePaperHasTwoPoolings()
    {
        using Segmenter two = ModelZoo.FindSegmenter("refinenet_resnet18").Create(3, new SegmenterSettings());
        using var four = new RefineNet(new ResNet(18), new SegmenterOptions(3), channels: 64, poolings: 4);
        Assert.Equal(2 * (128 * 128 * 9 + 128 + 3 * (64 * 64 * 9 + 64)), four.ParameterCount() - two.ParameterCount());
    }

    [Fact]
    public void NeedsFourMaps()
    {
        var vgg = new Vgg(new VggDesign([1, 1, 1, 1, 1]) { Width = 1 }, new BackboneOptions());
        Assert.Contains("5 maps", Assert.Throws<ArgumentException>(() => new RefineNet(vgg, new SegmenterOptions(3))).Message);
    }
}
