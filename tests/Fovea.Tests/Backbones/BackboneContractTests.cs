using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Weights;

namespace Fovea.Tests.Backbones;

/// <summary>What every classification network of the model zoo keeps to; for the first, smallest, one of each paper and picture
/// size.</summary>
public class BackboneContractTests
{
    private const int Classes = 13;                     // as many as no other layer has outputs

    public static TheoryData<string> Ids =>
        [.. ModelZoo.Classifiers.GroupBy(entry => (entry.Paper, Math.Min(entry.ImageSize, 64))).Select(group => group.First().Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void EveryTensorBelongsToOneStageOrTheHead(string id)
    {
        using Backbone body = Create(id, null), whole = Create(id, Classes);
        var names = body.StateDict().Select(entry => entry.Name).ToHashSet();
        Assert.NotEmpty(names);
        foreach (string name in names)
            Assert.True(body.Stages.Count(stage => stage.Owns(name)) == 1, $"{name} is not in exactly one stage");
        foreach (BackboneStage stage in body.Stages)
            Assert.All(stage.Parts, part => Assert.Contains(names, name => name.StartsWith(part, StringComparison.Ordinal)));

        (string Name, Tensor Parameter)[] head = [.. whole.NamedParameters().Where(p => !names.Contains(p.Name))];
        Assert.NotEmpty(head);
        foreach ((string name, Tensor parameter) in head)
        {
            Assert.DoesNotContain(whole.Stages, stage => stage.Owns(name));
            bool byClass = whole.ClassLayers.Any(layer => name.StartsWith(layer, StringComparison.Ordinal));
            Assert.True(byClass == (parameter.Size(0) == Classes),
                $"{name}: {parameter.Describe()}, but {string.Join(' ', whole.ClassLayers)}");
        }
        Assert.All(whole.ClassLayers, layer => Assert.Contains(head, p => p.Name.StartsWith(layer, StringComparison.Ordinal)));
        Assert.Superset(names, whole.StateDict().Select(entry => entry.Name).ToHashSet());
        Assert.Null(body.ClassCount);
        Assert.Equal(Classes, whole.ClassCount);
        using var scope = new TensorScope();
        string message = Assert.Throws<InvalidOperationException>(() => body.Classify(Images(body))).Message;
        Assert.Contains("ClassCount", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void MapsHaveTheStatedChannelsAndStrides(string id)
    {
        using Backbone body = Create(id, null);
        ExpectStatedMaps(body);
    }

    /// <summary>Networks without dilation say so; the others keep the coarsest map finer.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void OutputStrideIsKeptOrRefused(string id)
    {
        int plain;
        using (Backbone body = Create(id, null)) plain = body.Features[^1].Stride;
        foreach (int stride in (int[])[16, 8])
        {
            try
            {
                using Backbone body = Create(id, null, stride);
                Assert.Equal(Math.Min(plain, stride), body.Features[^1].Stride);
                ExpectStatedMaps(body);
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                Assert.Contains($"OutputStride {stride}", exception.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>A dilated network sees what the plain one sees, at more places.</summary>
    [Theory]
    [InlineData("resnet18", 32)]
    [InlineData("resnext50_32x4d", 32)]
    [InlineData("vgg11_bn", 16)]
    [InlineData("densenet121", 32)]
    [InlineData("darknet53", 32)]
    [InlineData("mobilenet_v1_x0_25", 32)]
    [InlineData("mobilenet_v2", 32)]
    [InlineData("regnet_x_400mf", 32)]
    [InlineData("shufflenet_v1_g8", 32)]
    [InlineData("shufflenet_v2_x0_5", 32)]
    public void DilationKeepsTheMapsOfThePlainNetwork(string id, int plainStride)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using Backbone plain = Create(id, null);
        plain.Train(false);
        Tensor images = BackboneGoldens.Images(64, 96);
        Tensor expected = plain.Forward(images)[^1];
        var state = plain.StateDict().ToDictionary(entry => entry.Name, entry => entry.Value);
        foreach (int stride in (int[])[16, 8])
        {
            using Backbone dilated = Create(id, null, stride);
            foreach ((string name, Tensor value) in dilated.StateDict()) value.CopyInPlace(state[name]);
            dilated.Train(false);
            int step = plainStride / stride;
            Tensor actual = dilated.Forward(images)[^1];
            Assert.Equal([expected.Size(2) * step, expected.Size(3) * step], actual.Shape[2..]);
            Tensor difference = actual.Slice(2, 0, step: step).Slice(3, 0, step: step) - expected;
            Assert.InRange(difference.Abs().Max().Item() / expected.Abs().Max().Item(), 0, 1e-4);
        }
    }

    /// <summary>Through the maps, because some heads begin at zero and let nothing pass at first.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void EveryParameterGetsAGradient(string id)
    {
        using var scope = new TensorScope();
        using Backbone whole = Create(id, Classes);
        Tensor images = Images(whole), target = Tensor.From<long>([3, 12], [2]);
        Tensor loss = Tensor.Scalar(0f);
        foreach (Tensor scores in whole.ClassifyWithAuxiliary(images))
        {
            Assert.Equal([2, Classes], scores.Shape);
            loss = loss + Functional.CrossEntropy(scores, target);
        }
        using var generator = new Generator(5);
        foreach (Tensor map in whole.Forward(images)) loss = loss + (map * Tensor.Randn(map.Shape, generator)).Mean();
        loss.Backward();
        foreach ((string name, Tensor parameter) in whole.NamedParameters())
        {
            Assert.True(parameter.Grad is not null, $"{name} has no gradient");
            float greatest = (float)parameter.Grad.Abs().Max().Item();
            Assert.True(greatest > 0 && float.IsFinite(greatest), $"the gradient of {name} reaches to {greatest}");
        }
    }

    /// <summary>What is smaller is refused with the size that would do.</summary>
    [Theory]
    [InlineData("alexnet", 31, false)]
    [InlineData("alexnet", 63, true)]
    [InlineData("vgg11", 16, false)]
    [InlineData("vgg11", 32, true)]
    [InlineData("densenet121", 29, false)]
    [InlineData("googlenet", 15, false)]
    [InlineData("googlenet", 15, true)]
    [InlineData("convnext_tiny", 32, false)]
    [InlineData("convnext_tiny", 32, true)]
    public void TheSmallestPictureIsNamed(string id, int side, bool head)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using Backbone network = Create(id, head ? Classes : null);
        network.Train(false);
        Tensor Run(int height, int width)
        {
            Tensor images = BackboneGoldens.Images(height, width);
            return head ? network.Classify(images) : network.Forward(images)[^1];
        }
        Assert.True(float.IsFinite((float)Run(side, side).Sum().Item()));
        string low = Assert.Throws<ArgumentException>(() => Run(side - 1, side)).Message;
        Assert.Contains($"at least {side}x{side}", low, StringComparison.Ordinal);
        string narrow = Assert.Throws<ArgumentException>(() => Run(side, side - 1)).Message;
        Assert.Contains($"{side}x{side - 1} pixels", narrow, StringComparison.Ordinal);
    }

    private static void ExpectStatedMaps(Backbone body)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        body.Train(false);
        Tensor images = Images(body);
        Tensor[] maps = body.Forward(images);
        Assert.Equal(body.Features.Count, maps.Length);
        foreach ((Tensor map, BackboneStage stage) in maps.Zip(body.Features))
        {
            Assert.Equal([2, stage.Channels], map.Shape[..2]);
            // Windows that do not reach over the border lose a pixel.
            Assert.InRange(map.Size(2) * stage.Stride - images.Size(2), -stage.Stride, stage.Stride - 1);
            Assert.InRange(map.Size(3) * stage.Stride - images.Size(3), -stage.Stride, stage.Stride - 1);
        }
        Assert.Equal(body.Features.Select(stage => stage.Stride).Order(), body.Features.Select(stage => stage.Stride));
    }

    /// <summary>Without anything left to chance: a block that is skipped for every picture gets no gradient.</summary>
    private static Backbone Create(string id, int? classes, int outputStride = 32)
    {
        using var generator = new Generator(1);
        var options = new BackboneOptions
        {
            ClassCount = classes, OutputStride = outputStride, ImageSize = 64, Dropout = 0, StochasticDepth = 0,
        };
        return ModelZoo.FindClassifier(id).Create(options, generator);
    }

    /// <summary>Two pictures that are not square where the network allows it.</summary>
    private static Tensor Images(Backbone network) =>
        network is VisionTransformer or MlpMixer ? BackboneGoldens.Images(64, 64) : BackboneGoldens.Images(64, 96);
}
