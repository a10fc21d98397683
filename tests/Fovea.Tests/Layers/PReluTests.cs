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

    /// <summary>On average every channel stays; each is zero or doubled as a whole.</summary>
    [Fact]
    public void SpatialDropoutDropsWholeChannels()
    {
        using var scope = new TensorScope();
        using var layer = new SpatialDropout(0.5);
        Tensor input = Tensor.Ones([20, 100, 2, 3]);
        float[] output = layer.Forward(input).ToArray<float>();
        int kept = 0;
        foreach (float[] channel in output.Chunk(6))
        {
            Assert.All(channel, value => Assert.Equal(channel[0], value));
            Assert.True(channel[0] is 0 or 2, $"{channel[0]} is neither dropped nor doubled");
            if (channel[0] > 0) kept++;
        }
        Assert.InRange(kept, 800, 1200);            // 2,000 channels: nine deviations from 1,000
        layer.Train(false);
        Assert.True(layer.Forward(input).ElementsEqual(input));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SpatialDropout(1.5));
    }
}
