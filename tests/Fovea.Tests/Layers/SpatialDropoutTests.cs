using Fovea.Layers;
using Fovea.Torch;

namespace Fovea.Tests.Layers;

public class SpatialDropoutTests
{
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
