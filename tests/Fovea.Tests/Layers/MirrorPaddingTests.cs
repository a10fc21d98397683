using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

public class MirrorPaddingTests
{
    private static readonly Operator ReflectionPad = new("aten::reflection_pad2d");

    /// <summary>Rows a b and columns 1 2 3: two rows of border go back and forth, columns begin with 3 2.</summary>
    [Fact]
    public void BordersAreMirrored()
    {
        using var scope = new TensorScope();
        Tensor padded = MirrorPadding.Pad(Tensor.From<float>([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]), 2, 1, 2, 1);
        float[] first = [3, 2, 1, 2, 3, 2], second = [6, 5, 4, 5, 6, 5];
        Assert.Equal([1, 1, 5, 6], padded.Shape);
        Assert.Equal([.. first, .. second, .. first, .. second, .. first], padded.ToArray<float>());
    }

    [Fact]
    public void SmallBordersAreLibtorchs()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        Tensor images = Tensor.Randn([2, 3, 5, 7], generator);
        Tensor expected = ReflectionPad.Call(images, (long[])[6, 3, 4, 0]);
        Assert.True(MirrorPadding.Pad(images, 4, 0, 6, 3).ElementsEqual(expected));
    }

    [Fact]
    public void OnePixelFillsItsBorder()
    {
        using var scope = new TensorScope();
        Tensor padded = MirrorPadding.Pad(Tensor.Full([1, 1, 1, 1], 7), 3, 2, 0, 1);
        Assert.Equal([1, 1, 6, 2], padded.Shape);
        Assert.All(padded.ToArray<float>(), value => Assert.Equal(7, value));
    }

    [Fact]
    public void GradientsAreThoseOfFiniteDifferences() =>
        GradientCheck.Run(images => MirrorPadding.Pad(images, 3, 2, 1, 4), [0.5, -1, 2, 3, 0.25, 1], [1, 1, 2, 3]);

    [Fact]
    public void NegativeBordersAreRefused()
    {
        using var scope = new TensorScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => MirrorPadding.Pad(Tensor.Zeros([1, 1, 2, 2]), 0, -1, 0, 0));
    }
}
