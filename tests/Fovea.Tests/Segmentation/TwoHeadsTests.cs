using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Tests.Training;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Segmentation;

/// <summary>Networks that tell two maps of classes at once.</summary>
public class TwoHeadsTests
{
    private const int Classes = 5, SecondClasses = 3, Width = 8;

    private static readonly SegmenterOptions Options = new(Classes) { SecondClassCount = SecondClasses, Dropout = 0 };

    public static TheoryData<string> Networks => ["fcn32s", "fcn16s", "fcn8s", "dilated"];

    private static Segmenter Create(string network, SegmenterOptions options, ulong seed = 7)
    {
        using var generator = new Generator(seed);
        return network == "dilated" ? new DilatedFcn(new TinyBackbone(generator), options, generator)
            : Fcn.OnVgg(new Vgg(new VggDesign([1, 1, 1, 1, 1]), new BackboneOptions(), generator), int.Parse(network[3..^1]), options, Width, generator);
    }

    /// <summary>Each map is that of a network with one head that has the shared weights and that head's.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void EachMapIsThatOfANetworkWithOneHead(string network)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using Segmenter model = Create(network, Options);
        using var generator = new Generator(8);
        Dictionary<string, Tensor> state = model.StateDict().ToDictionary();
        foreach ((string name, Tensor value) in state)                                           // skips begin with zeros
            if (name.StartsWith("score_", StringComparison.Ordinal)) Init.Normal(value, 0, 0.1, generator);
        model.Train(false);
        Tensor images = Tensor.Randn([2, 3, 58, 26], generator);
        Tensor[] maps = model.ForwardMaps(images);
        Assert.Equal(2, maps.Length);
        Assert.Equal([2, SecondClasses, 58, 26], maps[1].Shape);
        StateTwin.AssertClose(maps[0], model.Forward(images));
        for (int map = 0; map < 2; map++)
        {
            using Segmenter one = Create(network, new SegmenterOptions(map == 0 ? Classes : SecondClasses) { Dropout = 0 }, seed: 99);
            foreach ((string name, Tensor value) in one.StateDict())
                value.CopyInPlace(state.TryGetValue(Named(name, map), out Tensor? own) && own.Shape.SequenceEqual(value.Shape) ? own : value);
            one.Train(false);
            Assert.Equal(0, one.SecondClassCount);
            Assert.Single(one.ForwardMaps(images));
            StateTwin.AssertClose(one.Forward(images), maps[map]);
        }

        string Named(string name, int map)
        {
            string[] parts = name.Split('.');
            bool isScoring = parts[0] == "classifier" || parts[0].StartsWith("score_", StringComparison.Ordinal)
                || parts[0].StartsWith("upscore", StringComparison.Ordinal);
            return map == 0 || !isScoring ? name
                : string.Join('.', parts[0] == "classifier" ? "second_classifier" : parts[0] + "_second", string.Join('.', parts[1..]));
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void EveryParameterGetsAGradientAndClassLayersAreNamed(string network)
    {
        using var scope = new TensorScope();
        using Segmenter model = Create(network, Options), other = Create(network, Options with { ClassCount = 6, SecondClassCount = 4 });
        using var generator = new Generator(5);
        Tensor[] all = model.ForwardWithAuxiliary(Tensor.Randn([2, 3, 64, 96], generator));
        Assert.Equal(2 + model.AuxiliaryWeights.Count, all.Length);
        Assert.Equal([Classes, SecondClasses, .. model.AuxiliaryWeights.Select(_ => Classes)], all.Select(scores => (int)scores.Size(1)));
        all.Aggregate(Tensor.Scalar(0f), (sum, scores) => sum + (scores * Tensor.Randn(scores.Shape, generator)).Mean()).Backward();
        foreach ((string name, Tensor parameter) in model.NamedParameters())
            Assert.True(parameter.Grad is { } gradient && gradient.Abs().Max().Item() > 0, $"{name} has no gradient");
        foreach (((string name, Tensor value), (_, Tensor more)) in model.StateDict().Zip(other.StateDict()))
            Assert.True(model.ClassLayers.Any(layer => name.StartsWith(layer, StringComparison.Ordinal)) || value.Shape.SequenceEqual(more.Shape), name);
    }

    /// <summary>As FCN-16s (see FcnTests), and for each of the second map's L classes 4,097 (here: fc7 is narrow), 513 and 16 L.</summary>
    [Fact]
    public void TheSecondHeadHasItsOwnScores()
    {
        const int Narrow = 16;
        var settings = new SegmenterSettings { HeadWidth = Narrow };
        using Segmenter two = ModelZoo.FindSegmenter("fcn16s_vgg16_two_heads").Create(33, settings);
        using Segmenter one = ModelZoo.FindSegmenter("fcn16s_vgg16").Create(33, settings);
        Assert.Equal((33, 3, 0), (two.ClassCount, two.SecondClassCount, one.SecondClassCount));
        Assert.Equal(3 * (Narrow + 1) + 3 * 513 + 16 * 3 * 3, two.ParameterCount() - one.ParameterCount());
        using Segmenter four = ModelZoo.FindSegmenter("fcn_resnet18_two_heads").Create(33, new SegmenterSettings { SecondClassCount = 4 });
        Assert.Equal(4, four.SecondClassCount);
        Assert.Contains("SecondClassCount is set, but fcn_resnet18 has nothing", Assert.Throws<ArgumentException>(() =>
            ModelZoo.FindSegmenter("fcn_resnet18").Create(33, new SegmenterSettings { SecondClassCount = 4 })).Message);
    }
}
