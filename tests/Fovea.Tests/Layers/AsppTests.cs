using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Layers;

/// <summary>The numbers of the whole layer are compared with torchvision's in SegmenterParityTests.</summary>
public class AsppTests
{
    /// <summary>One channel of ones with a two in the middle: the 1x1 view sees the pixel, a 3x3 view of rate 2 of ones the sum of nine
    /// places, and the last the mean.</summary>
    [Fact]
    public void ViewsAreJoinedAsWorkedByHand()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var layer = new Aspp(1, [2], outChannels: 1);
        layer.Train(false);
        foreach ((string name, Tensor parameter) in layer.NamedParameters())
            if (parameter.Dim == 4) parameter.FillInPlace(1);
        layer.StateDict().Single(entry => entry.Name == "project.0.weight").Value.CopyInPlace(Tensor.From<float>([1, 10, 100], 1, 3, 1, 1));
        float[] pixels = [.. Enumerable.Range(0, 25).Select(i => i == 12 ? 2f : 1f)];
        float[] scores = layer.Forward(Tensor.From(pixels, 1, 1, 5, 5)).ToArray<float>();
        double bn = 1 / Math.Sqrt(1 + 1e-5), mean = 26.0 / 25;
        Assert.Equal(bn * bn * (2 + 10 * 10 + 100 * mean), scores[12], 1e-2);        // all nine places of the middle are inside
        Assert.Equal(bn * bn * (1 + 10 * 5 + 100 * mean), scores[0], 1e-2);          // four of the corner's, the middle among them
        Assert.Equal(bn * bn * (1 + 10 * 4 + 100 * mean), scores[6], 1e-2);          // four of the next one's, all ones
    }

    /// <summary>A batch of one picture has one mean a channel, which has no variance: what is learned stays finite.</summary>
    [Fact]
    public void LearnsFromOnePicture()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        using var layer = new Aspp(3, [1], outChannels: 4, dropout: 0, generator: generator);
        layer.Forward(Tensor.Randn([1, 3, 6, 5], generator)).Sum().Backward();
        foreach ((string name, Tensor value) in layer.StateDict())
            Assert.True(double.IsFinite(value.To(DType.Float64).Sum().Item()), name);
        Assert.All(layer.NamedParameters(), parameter => Assert.True(double.IsFinite(parameter.Parameter.Grad!.Sum().Item()), parameter.Name));
    }

    [Fact]
    public void GradientsFlowThroughEveryView()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        using var layer = new Aspp(2, [1, 2], outChannels: 3, generator: generator);
        layer.Train(false);
        layer.Forward(Tensor.Randn([2, 2, 5, 5], generator)).Sum().Backward();
        Assert.All(layer.NamedParameters().Where(p => p.Name.EndsWith("0.weight", StringComparison.Ordinal)),
            p => Assert.True(p.Parameter.Grad!.Abs().Max().Item() > 0, p.Name));
    }
}
