using Fovea.Layers;
using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class PspNetTests
{
    /// <summary>Figure 3, in plain operators.</summary>
    [Fact]
    public void IsTheFigure()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using var backbone = new TinyBackbone(generator);
        using var model = new PspNet(backbone, new SegmenterOptions(5), generator: generator);
        var twin = new StateTwin(model, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 224, 160], generator);
        Tensor[] maps = backbone.Forward(images);                                        // 7 x 5 pixels at the end
        var views = new List<Tensor> { maps[3] };
        foreach ((int bins, int level) in ((int, int)[])[(1, 0), (2, 1), (3, 2), (6, 3)])
        {
            Tensor pooled = twin.Brick(Functional.AdaptiveAvgPool2d(maps[3], bins, bins), $"pyramid.levels.{level}");
            Assert.Equal(16 / 4, pooled.Size(1));
            views.Add(Functional.ResizeBilinear(pooled, 7, 5));
        }
        Tensor scores = twin.Convolve(twin.Brick(Tensor.Cat([.. views], 1), "mix"), "classifier");
        Tensor auxiliary = twin.Convolve(twin.Brick(maps[2], "aux_classifier"), "aux_classifier.4");
        Tensor[] actual = model.ForwardWithAuxiliary(images);
        Assert.Equal([0.4], model.AuxiliaryWeights);
        StateTwin.AssertClose(Functional.ResizeBilinear(scores, 224, 160), actual[0]);
        StateTwin.AssertClose(Functional.ResizeBilinear(auxiliary, 224, 160), actual[1]);
    }

    /// <summary>Counted by hand: ResNet-50 has 23,508,032 without its last layer; four levels 4 (2048 512 + 2 512); the convolution behind
    /// 4096 512 9 + 2 512; scores 513 a class; the auxiliary head 1024 256 9 + 2 256 and 257 a class.</summary>
    [Fact]
    public void ParametersAreAsManyAsCounted()
    {
        using Segmenter model = ModelZoo.FindSegmenter("pspnet_resnet50").Create(21, new SegmenterSettings());
        Assert.Equal(23_508_032 + 4_198_400 + 18_875_392 + 21 * 513 + 2_359_808 + 21 * 257, model.ParameterCount());
        Assert.Equal(8, model.Stages[^1].Stride);
    }

    /// <summary>The rows of the paper's table 1: each pyramid can be built by its settings, and has the channels that it must have. On
    /// ResNet-18, 11,176,512 without its last layer, the map has 512 channels.</summary>
    [Theory]
    [InlineData(new[] { 1 }, PyramidPoolingKind.Max, false, 1024, 0)]
    [InlineData(new[] { 1 }, PyramidPoolingKind.Average, true, 1024, 512 * 512 + 2 * 512)]
    [InlineData(new[] { 1, 2, 3, 6 }, PyramidPoolingKind.Max, false, 2560, 0)]
    [InlineData(new[] { 1, 2, 3, 6 }, PyramidPoolingKind.Average, true, 1024, 4 * (512 * 128 + 2 * 128))]
    public void AblationIsASetting(int[] bins, PyramidPoolingKind kind, bool reduce, long joined, long reduction)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var settings = new SegmenterSettings { Bins = bins, Pooling = kind, DimensionReduction = reduce, Auxiliary = false };
        using var generator = new Generator(5);
        using Segmenter model = ModelZoo.FindSegmenter("pspnet_resnet18").Create(7, new SegmenterSettings().With(settings), generator);
        Assert.Equal(11_176_512 + reduction + joined * 128 * 9 + 2 * 128 + 7 * 129, model.ParameterCount());
        Assert.Equal(16, model.Stages[^1].Stride);
        Assert.Equal([1, 7, 40, 33], model.Forward(Tensor.Randn([1, 3, 40, 33], generator)).Shape);
    }

    /// <summary>The same weights with another kind of pooling are another network.</summary>
    [Fact]
    public void KindsOfPoolingDiffer()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor[] scores = [.. new[] { PyramidPoolingKind.Average, PyramidPoolingKind.Max }.Select(kind =>
        {
            using var generator = new Generator(6);
            var pyramid = new PyramidOptions { Kind = kind };
            using var model = new PspNet(new TinyBackbone(generator), new SegmenterOptions(3), pyramid, generator);
            model.Train(false);
            return model.Forward(Tensor.Randn([1, 3, 96, 96], generator));
        })];
        Assert.True((scores[0] - scores[1]).Abs().Max().Item() > 1e-3);
    }

    [Fact]
    public void SettingsAreWrittenByName()
    {
        var settings = new SegmenterSettings
        {
            Bins = [1, 2], Pooling = PyramidPoolingKind.Max, DimensionReduction = false, Context = ContextForm.Large,
        };
        Assert.Equal("""{"bins":[1,2],"pooling":"Max","dimension_reduction":false,"context":"Large"}""", Checkpoint.ToJson(settings));
    }

    [Fact]
    public void SettingsOutOfRangeAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SegmenterSettings { Bins = [] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SegmenterSettings { Bins = [1, 65] });
        Assert.Contains("Bins", Assert.Throws<ArgumentException>(() =>
            ModelZoo.FindSegmenter("gcn_resnet18").Create(3, new SegmenterSettings { Bins = [1] })).Message);
    }
}
