using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

public class SetrTests
{
    private static readonly VisionTransformerDesign Small = new(PatchSize: 8, Layers: 4, Heads: 2, Width: 16, MlpWidth: 24);

    /// <summary>Zheng et al. 2021, table 2: 305.67, 318.31 and 310.57 million with ViT-Large at 768 x 768 pixels and 19 classes. The
    /// numbers of the naive decoder and of MLA are met without auxiliary heads, that of PUP only with them. Of the 24 layers 2 are built,
    /// and 22 counted: 4 D D + 4 D for the attention, 8 D D + 5 D for the MLP and 4 D for the norms, D = 1024.</summary>
    [Theory]
    [InlineData("naive", false, 305.67, 0.1)]
    [InlineData("pup", true, 318.31, 0.8)]
    [InlineData("mla", false, 310.57, 0.1)]
    public void ParametersAreThePapers(string decoder, bool auxiliary, double millions, double tolerance)
    {
        const long D = 1024;
        using Segmenter model = Create(decoder, VisionTransformerDesign.Large(16) with { Layers = 2 }, 768, 256,
            new SegmenterOptions(19) { Auxiliary = auxiliary });
        Assert.Equal(millions, (model.ParameterCount() + 22 * (12 * D * D + 13 * D)) / 1e6, tolerance);
    }

    /// <summary>The decoders in plain operators, on states of layers 1, 2, 3 and 4 of 4, those before the last normalised.</summary>
    [Theory]
    [InlineData("naive")]
    [InlineData("pup")]
    [InlineData("mla")]
    public void IsTheFigure(string decoder)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var generator = new Generator(3);
        using Segmenter model = Create(decoder, Small, 24, 8, new SegmenterOptions(5), generator);
        var twin = new StateTwin(model, generator);
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary();
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 24, 40], generator);
        var encoder = (VisionTransformer)model.Children.First().Module;
        Tensor[] states = encoder.Forward(images);                                       // N,16,3,5
        int[] layers = decoder switch { "naive" => [1, 2, 3], _ => [1, 2, 3, 4] };
        Tensor[] looked = [.. layers.Select((layer, i) => layer == 4 ? states[3] : Normalised(states[layer - 1], $"norms.{i}"))];
        Tensor[] expected;
        if (decoder == "mla")
        {
            Tensor? sum = null;
            var streams = new Tensor[4];
            for (int i = 3; i >= 0; i--)
            {
                Tensor reduced = twin.Brick(looked[i], $"aggregation.reduce.{i}");
                sum = sum is null ? reduced : sum + reduced;
                streams[i] = twin.Brick(sum, $"aggregation.smooth.{i}");
            }
            Tensor joined = Tensor.Cat([.. streams.Select((stream, i) => Functional.ResizeBilinear(
                twin.Brick(twin.Brick(stream, $"streams.{i}.0"), $"streams.{i}.1"), 12, 20))], 1);
            expected = [twin.Convolve(joined, "classifier"),
                .. streams.Select((stream, i) => twin.Convolve(stream, $"aux_classifiers.{i}"))];
        }
        else
        {
            Tensor x = states[3];
            for (int i = 0; i < (decoder == "pup" ? 3 : 1); i++)
            {
                x = twin.Brick(x, $"classifier.convolutions.{i}");
                if (decoder == "pup") x = Functional.ResizeBilinear(x, 2 * x.Size(2), 2 * x.Size(3));
            }
            expected = [twin.Convolve(x, "classifier.score"), .. looked.Select((map, i) =>
                twin.Convolve(twin.Brick(map, $"aux_classifiers.{i}.convolutions.0"), $"aux_classifiers.{i}.score"))];
        }
        Tensor[] actual = model.ForwardWithAuxiliary(images);
        Assert.Equal(expected.Length, actual.Length);
        Assert.Equal(Enumerable.Repeat(0.4, layers.Length), model.AuxiliaryWeights);
        foreach ((Tensor one, Tensor other) in expected.Zip(actual)) StateTwin.AssertClose(Functional.ResizeBilinear(one, 24, 40), other);

        Tensor Normalised(Tensor map, string name)
        {
            Tensor centred = map - map.Mean([1], keepDimensions: true);
            Tensor deviation = ((centred * centred).Mean([1], keepDimensions: true) + 1e-6).Sqrt();
            return centred / deviation * state[$"{name}.weight"].View(1, -1, 1, 1) + state[$"{name}.bias"].View(1, -1, 1, 1);
        }
    }

    [Theory]
    [InlineData("naive", true)]
    [InlineData("pup", true)]
    [InlineData("mla", true)]
    [InlineData("mla", false)]
    public void EveryParameterLearnsFromPicturesOfAnySize(string decoder, bool auxiliary)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        using Segmenter model = Create(decoder, Small, 24, 8, new SegmenterOptions(3) { Auxiliary = auxiliary }, generator);
        Tensor[] scores = model.ForwardWithAuxiliary(Tensor.Randn([2, 3, 37, 18], generator));
        Assert.All(scores, map => Assert.Equal([2, 3, 37, 18], map.Shape));
        scores.Select(map => (map * Tensor.Randn(map.Shape, generator)).Sum()).Aggregate((a, b) => a + b).Backward();
        Assert.All(model.NamedParameters(), p => Assert.True(p.Parameter.Grad?.Abs().Max().Item() > 0, p.Name));
    }

    [Fact]
    public void ProgressiveDecoderNeedsAPowerOfTwo() => Assert.Contains("patches of 12 pixels", Assert.Throws<ArgumentException>(() =>
        Create("pup", Small with { PatchSize = 12 }, 24, 8, new SegmenterOptions(3))).Message, StringComparison.Ordinal);

    [Fact]
    public void ZooHasThePapersEncoder()
    {
        Assert.All(["setr_naive", "setr_pup", "setr_mla"], id => Assert.Equal("vit_l_16", ModelZoo.FindSegmenter(id).BackboneId));
        foreach (string id in (string[])["setr_naive_small", "setr_pup_small", "setr_mla_small"])
        {
            using Segmenter model = ModelZoo.FindSegmenter(id).Create(3, new SegmenterSettings { Auxiliary = false });
            Assert.Equal(192, model.Stages[^1].Channels);
            Assert.Equal(id, $"setr_{model.GetType().Name[4..].ToLowerInvariant()}_small");
        }
    }

    private static Segmenter Create(string decoder, VisionTransformerDesign design, int imageSize, int channels, SegmenterOptions options,
        Generator? generator = null)
    {
        var encoder = new VisionTransformer(design, new BackboneOptions { ImageSize = imageSize }, generator) { AnySize = true };
        return decoder switch
        {
            "naive" => new SetrNaive(encoder, options, channels, generator),
            "pup" => new SetrPup(encoder, options, channels, generator),
            _ => new SetrMla(encoder, options, channels, generator),
        };
    }
}
