using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class Dilation8Tests
{
    // One convolution a block.
    private static readonly VggDesign Small = new([1, 1, 1, 1, 1]) { Width = 2, DropsDensePooling = true };

    /// <summary>Layer by layer: three poolings only, conv5 dilated by 2, fc6 of 7x7 by 4; then the context module's layers.</summary>
    [Fact]
    public void IsThePapersNetwork()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(4);
        var backbone = new Vgg(Small, new() { OutputStride = 8 }, generator);
        using var model = new Dilation8(backbone, new SegmenterOptions(3), generator: generator);
        foreach ((string name, Tensor value) in model.StateDict())                           // more than passing on
            if (name.StartsWith("context", StringComparison.Ordinal) && value.Dim == 4) Init.KaimingNormal(value, generator: generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 96, 120], generator), x = images;
        for (int block = 0; block < 5; block++)
        {
            if (block is 1 or 2 or 3) x = Functional.MaxPool2d(x, 2, 2);
            x = twin.Convolve(x, $"backbone.features.{3 * block}", block == 4 ? 2 : 1).Relu();
        }
        x = twin.Convolve(twin.Convolve(x, "fc6", 4).Relu(), "fc7").Relu();
        Tensor front = twin.Convolve(x, "final"), refined = front;
        Assert.Equal([2, 3, 12, 15], front.Shape);
        long[] dilations = [1, 1, 2, 4, 8, 16, 1, 1];
        for (int i = 0; i < 8; i++)
        {
            refined = twin.Convolve(refined, $"context.{i}", dilations[i]);
            if (i < 7) refined = refined.Relu();
        }
        Tensor[] actual = model.ForwardWithAuxiliary(images);
        Assert.Equal([1], model.AuxiliaryWeights);
        StateTwin.AssertClose(Functional.ResizeBilinear(refined, 96, 120), actual[0]);
        StateTwin.AssertClose(Functional.ResizeBilinear(front, 96, 120), actual[1]);
    }

    /// <summary>The front end alone gives the scores that the context module is given, and no others; the large form has more to
    /// learn.</summary>
    [Fact]
    public void TheContextModuleIsASetting()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using Segmenter front = Create(ContextForm.None), basic = Create(null), large = Create(ContextForm.Large);
        Assert.Equal((0, 1, 1), (front.AuxiliaryWeights.Count, basic.AuxiliaryWeights.Count, large.AuxiliaryWeights.Count));
        using var generator = new Generator(5);
        Tensor images = Tensor.Randn([1, 3, 40, 40], generator), scores = front.Forward(images);
        Assert.True(scores.ElementsEqual(front.ForwardWithAuxiliary(images).Single()));
        Assert.True(scores.ElementsEqual(basic.ForwardWithAuxiliary(images)[1]));
        Assert.Equal(64 * 16 + 8 * 4, basic.ParameterCount() - front.ParameterCount());
        Assert.Equal((9 * 1710 + 32) * 16 + 97 * 4, large.ParameterCount() - front.ParameterCount());

        static Segmenter Create(ContextForm? form)
        {
            using var source = new Generator(6);
            Segmenter model = ModelZoo.FindSegmenter("dilation8_small")
                .Create(4, new SegmenterSettings { Width = 2 }.With(new SegmenterSettings { Context = form }), source);
            model.Train(false);
            return model;
        }
    }

    /// <summary>VGG-16's 14,714,688 up to pool5, 102,764,544 in fc6 and 16,781,312 in fc7 (Simonyan and Zisserman's table 1, column D),
    /// 4,097 a class, and 64 K^2 + 8 K in the context module. A classifier's fc6 and fc7 fit.</summary>
    [Fact]
    public void ParametersAreAsManyAsCounted()
    {
        SegmenterEntry entry = ModelZoo.FindSegmenter("dilation8_vgg16");
        using Segmenter model = entry.Create(21, new SegmenterSettings());
        Assert.Equal(14_714_688 + 102_764_544 + 16_781_312 + 21 * 4097 + 64 * 21 * 21 + 8 * 21, model.ParameterCount());
        Assert.All(entry.FullyConnected.Values, layer => Assert.Contains(model.Stages, stage => stage.Parts.Contains(layer)));
    }
}
