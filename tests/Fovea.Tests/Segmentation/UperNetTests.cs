using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class UperNetTests
{
    private static readonly SwinTransformerDesign SmallSwin = new(8, [1, 1, 2, 1], [1, 2, 2, 4], 0);

    /// <summary>Figure 4, in plain operators.</summary>
    [Fact]
    public void IsTheFigure()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using var backbone = new TinyBackbone(generator);
        using var model = new UperNet(backbone, new SegmenterOptions(5), channels: 6, generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 224, 160], generator);
        Tensor[] maps = backbone.Forward(images);                                        // 7 x 5 pixels at the end
        var views = new List<Tensor> { maps[3] };
        foreach ((int bins, int level) in ((int, int)[])[(1, 0), (2, 1), (3, 2), (6, 3)])
            views.Add(Functional.ResizeBilinear(
                twin.Brick(Functional.AdaptiveAvgPool2d(maps[3], bins, bins), $"pooling.levels.{level}"), 7, 5));
        Tensor inner = twin.Brick(Tensor.Cat([.. views], 1), "top");
        var levels = new List<Tensor> { Functional.ResizeBilinear(inner, 56, 40) };
        for (int level = 2; level >= 0; level--)
        {
            Tensor lateral = twin.Brick(maps[level], $"fpn.inner_blocks.{level}");
            inner = lateral + Functional.ResizeBilinear(inner, lateral.Size(2), lateral.Size(3));
            levels.Insert(0, Functional.ResizeBilinear(twin.Brick(inner, $"fpn.layer_blocks.{level}"), 56, 40));
        }
        Tensor scores = twin.Convolve(twin.Brick(Tensor.Cat([.. levels], 1), "fuse"), "classifier");
        Tensor auxiliary = twin.Convolve(twin.Brick(maps[2], "aux_classifier"), "aux_classifier.4");
        Tensor[] actual = model.ForwardWithAuxiliary(images);
        Assert.Equal([0.4], model.AuxiliaryWeights);
        StateTwin.AssertClose(Functional.ResizeBilinear(scores, 224, 160), actual[0]);
        StateTwin.AssertClose(Functional.ResizeBilinear(auxiliary, 224, 160), actual[1]);
    }

    /// <summary>Counted by hand at ADE20K's 150 classes: ResNet-50 has 23,508,032 without its last layer; pooling to 512 at four levels and
    /// a 3x3 convolution from 4,096; lateral convolutions from 256, 512 and 1,024, and three smoothing ones; a 3x3 convolution from 2,048;
    /// scores 513 a class; the auxiliary head.</summary>
    [Fact]
    public void ParametersAreAsManyAsCounted()
    {
        using Segmenter model = ModelZoo.FindSegmenter("upernet_resnet50").Create(150, new SegmenterSettings());
        const long Norm = 2 * 512, Square = 512 * 512 * 9;
        long pooling = 4 * (2048 * 512 + Norm) + 8 * Square + Norm, pyramid = (256 + 512 + 1024) * 512 + 3 * Norm + 3 * (Square + Norm);
        long auxiliary = 1024 * 256 * 9 + 2 * 256 + 150 * 257;
        Assert.Equal(23_508_032 + pooling + pyramid + 4 * Square + Norm + 150 * 513 + auxiliary, model.ParameterCount());
    }

    /// <summary>Liu et al. 2021, table 3: 60 M at ADE20K's 150 classes.</summary>
    [Fact]
    public void ParametersWithSwinAreThePapers()
    {
        using Segmenter model = ModelZoo.FindSegmenter("upernet_swin_t").Create(150, new SegmenterSettings());
        Assert.Equal(60, model.ParameterCount() / 1e6, 0.5);
        Assert.Equal("swin_t", ModelZoo.FindSegmenter("upernet_swin_t").BackboneId);
    }

    /// <summary>Every map of a Swin transformer is normalised: the last by the backbone, the others by layers of the model, without which
    /// it gives other scores.</summary>
    [Fact]
    public void MapsOfSwinAreNormalised()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using var backbone = new SwinTransformer(SmallSwin, new BackboneOptions(), generator);
        using var model = new UperNet(backbone, new SegmenterOptions(3), 6, generator);
        model.Train(false);
        LayerNorm[] norms = [.. model.NamedModules().Where(entry => entry.Name.StartsWith("norms.", StringComparison.Ordinal))
            .Select(entry => (LayerNorm)entry.Module)];
        Assert.Equal([8, 16, 32], norms.Select(norm => norm.Weight.Numel));
        Tensor images = Tensor.Randn([1, 3, 64, 64], generator), before = model.Forward(images);
        foreach (LayerNorm norm in norms)
        {
            norm.Weight.FillInPlace(0);
            Assert.True((model.Forward(images) - before).Abs().Max().Item() > 1e-5, "a norm changes nothing");
            norm.Weight.FillInPlace(1);
        }
        Assert.Equal(0, (model.Forward(images) - before).Abs().Max().Item(), 1e-6);
    }

    [Theory]
    [InlineData(45, 70)]
    [InlineData(1, 1)]
    public void SwinTakesPicturesOfAnySizeAndLearns(int height, int width)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        using var model = new UperNet(new SwinTransformer(SmallSwin, new BackboneOptions(), generator),
            new SegmenterOptions(3) { Dropout = 0 }, 6, generator);
        Tensor[] scores = model.ForwardWithAuxiliary(Tensor.Randn([2, 3, height, width], generator));
        Assert.All(scores, map => Assert.Equal([2, 3, height, width], map.Shape));
        if (height == 1) return;
        scores.Select(map => (map * Tensor.Randn(map.Shape, generator)).Sum()).Aggregate((a, b) => a + b).Backward();
        Assert.All(model.NamedParameters(), p => Assert.True(p.Parameter.Grad?.Abs().Max().Item() > 0, p.Name));
    }
}
