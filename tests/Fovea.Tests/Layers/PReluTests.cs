using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Tests.Layers;

public class PReluTests
{
    /// <summary>Slopes begin at 1/4; each channel has its own.</summary>
    [Fact]
    public void NegativeNumbersAreScaledByChannel()
    {
        using var scope = new TensorScope();
        using var layer = new PRelu(2);
        Tensor input = Tensor.From<float>([-4, 8, -2, 0], [1, 2, 1, 2]);
        Assert.Equal([-1f, 8, -0.5f, 0], layer.Forward(input).ToArray<float>());
        using (new NoGrad()) layer.Weight.CopyInPlace(Tensor.From<float>([0.5f, -1], [2]));
        Assert.Equal([-2f, 8, 2, 0], layer.Forward(input).ToArray<float>());
    }

    [Fact]
    public void GradientOfTheSlopeIsTheSumOfWhatItScales()
    {
        using var scope = new TensorScope();
        using var layer = new PRelu(2);
        layer.Forward(Tensor.From<float>([-4, 8, -2, -3], [1, 2, 1, 2])).Sum().Backward();
        Assert.Equal([-4f, -5], layer.Weight.Grad!.ToArray<float>());
    }
}
