using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

/// <summary>DeepLab v1, v2 and v3+; v3 is compared with torchvision's.</summary>
public class DeepLabTests
{
    private const int Classes = 4;

    // One convolution a block.
    private static readonly VggDesign Small = new([1, 1, 1, 1, 1]) { Width = 4 };

    private static readonly BackboneOptions Dilated = new() { OutputStride = 8 };

    /// <summary>Layer by layer: pool4 without a stride, conv5 dilated by 2, pool5 of 3x3, fc6 dilated by 12.</summary>
    [Fact]
    public void LargeFovIsThePapersNetwork()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(8);
        using var model = new DeepLabLargeFov(new Vgg(Small, Dilated, generator), new SegmenterOptions(Classes), generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 120, 104], generator);
        Tensor x = twin.Convolve(twin.Convolve(VggMap(twin, images), "head.fc6", 12).Relu(), "head.fc7").Relu();
        Assert.Equal([2, 64, 15, 13], x.Shape);
        StateTwin.AssertClose(Functional.ResizeBilinear(twin.Convolve(x, "head.fc8"), 120, 104), model.Forward(images));
    }

    [Fact]
    public void V2AddsFourHeadsOnVgg()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(9);
        using DeepLabV2 model = DeepLabV2.OnVgg(new Vgg(Small, Dilated, generator), new SegmenterOptions(Classes), generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([1, 3, 120, 104], generator), map = VggMap(twin, images);
        Tensor Head(int i, string name) =>
            twin.Convolve(twin.Convolve(twin.Convolve(map, $"{name}.fc6", 6 * (i + 1)).Relu(), $"{name}.fc7").Relu(), $"{name}.fc8");
        Tensor sum = Enumerable.Range(0, 4).Select(i => Head(i, $"heads.{i}")).Aggregate((a, b) => a + b);
        StateTwin.AssertClose(Functional.ResizeBilinear(sum, 120, 104), model.Forward(images));
    }

    [Fact]
    public void V2AddsFourConvolutionsOnResNet()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(10);
        var design = new ResNetDesign { Blocks = [1, 1, 1, 1], Bottleneck = false, Width = 8 };
        using var backbone = new ResNet(design, Dilated, generator);
        using DeepLabV2 model = DeepLabV2.OnResNet(backbone, new SegmenterOptions(Classes), generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([1, 3, 200, 216], generator), map = backbone.Forward(images)[^1];
        Assert.Equal([1, 64, 25, 27], map.Shape);
        Tensor sum = Enumerable.Range(0, 4).Select(i => twin.Convolve(map, $"heads.{i}", 6 * (i + 1))).Aggregate((a, b) => a + b);
        StateTwin.AssertClose(Functional.ResizeBilinear(sum, 200, 216), model.Forward(images));
    }

    /// <summary>Figure 2. The last map is at 1/32 here, so that the rates are 3, 6 and 9.</summary>
    [Fact]
    public void V3PlusIsTheFigure()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(11);
        using var backbone = new TinyBackbone(generator);
        using var model = new DeepLabV3Plus(backbone, new SegmenterOptions(Classes), channels: 6, generator: generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 320, 352], generator);
        Tensor[] maps = backbone.Forward(images);                                       // 10 x 11 pixels at the end, 80 x 88 first
        var views = new List<Tensor>();
        for (int i = 0; i < 4; i++) views.Add(twin.Brick(maps[3], $"pyramid.convs.{i}", i == 0 ? 1 : 3 * i));
        views.Add(Whole(twin, maps[3]).Expand(-1, -1, 10, 11));
        Tensor coarse = twin.Brick(Tensor.Cat([.. views], 1), "pyramid.project");
        Tensor fine = twin.Brick(maps[0], "reduce");
        Assert.Equal([2, 48, 80, 88], fine.Shape);
        Tensor joined = Tensor.Cat([Functional.ResizeBilinear(coarse, 80, 88), fine], 1);
        Tensor scores = twin.Convolve(twin.Brick(twin.Brick(joined, "refine.0"), "refine.1"), "classifier");
        StateTwin.AssertClose(Functional.ResizeBilinear(scores, 320, 352), model.Forward(images));
    }

    /// <summary>VGG-16 up to pool5 has 14,714,688, as counted by hand from its table. v1: fc6 512 1024 9 + 1024, fc7 1024 1024 + 1024 and
    /// fc8 1,025 a class (the paper's table 2 says 20.5 M for 21 classes); v2 has four such heads. ResNet-101 has 42,500,160 without its
    /// last layer, and each of four 3x3 convolutions 2048 9 + 1 a class. v3+: ResNet-50 has 23,508,032; the pyramid 2048 256 (2 + 3 9) + 5
    /// 2 256 and 1280 256 + 2 256; 256 48 + 2 48; 304 256 9 + 256 256 9 + 4 256; scores 257 a class.</summary>
    [Theory]
    [InlineData("deeplab_largefov_vgg16", 14_714_688 + 4_719_616 + 1_049_600 + 21 * 1025, 20.5)]
    [InlineData("deeplabv2_vgg16", 14_714_688 + 4 * (4_719_616 + 1_049_600 + 21 * 1025), 37.9)]
    [InlineData("deeplabv2_resnet101", 42_500_160 + 4 * 21 * (2048 * 9 + 1), 44.0)]
    [InlineData("deeplabv3plus_resnet50",
        23_508_032 + 15_204_352 + 2560 + 327_680 + 512 + 12_288 + 96 + 700_416 + 589_824 + 1024 + 21 * 257, 40.4)]
    public void ParametersAreAsManyAsCounted(string id, long count, double millions)
    {
        using Segmenter model = ModelZoo.FindSegmenter(id).Create(21, new SegmenterSettings());
        Assert.Equal(count, model.ParameterCount());
        Assert.Equal(millions, Math.Round(count / 1e6, 1));
    }

    /// <summary>Up to pool5, with maps at 1/8: pool4 at every pixel, the last row and column seen twice.</summary>
    private static Tensor VggMap(StateTwin twin, Tensor images)
    {
        Tensor x = images;
        for (int block = 0; block < 4; block++)
        {
            if (block > 0) x = Functional.MaxPool2d(x, 2, 2);
            x = twin.Convolve(x, $"backbone.features.{3 * block}").Relu();
        }
        Tensor below = Tensor.Cat([x.Slice(2, 1), x.Slice(2, x.Size(2) - 1)], 2), rows = x.Maximum(below);
        Tensor right = Tensor.Cat([rows.Slice(3, 1), rows.Slice(3, x.Size(3) - 1)], 3);
        x = twin.Convolve(rows.Maximum(right), "backbone.features.12", 2).Relu();
        return Functional.MaxPool2d(x, 3, 1, 1);
    }

    // The pyramid's mean: its convolution is "1" and its norm "2", since torchvision's "0" is the pooling.
    private static Tensor Whole(StateTwin twin, Tensor map) =>
        twin.Brick(map.Mean([2, 3], keepDimensions: true), "pyramid.convs.4", first: 1);
}
