using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>VGG turned round: block after block, max unpooling and as many 3x3 convolutions as the encoder's block has, the last of which
/// goes to the channels of the block before. The decoder of SegNet and of DeconvNet.</summary>
internal sealed class UnpoolingDecoder : Module
{
    private readonly Sequential[] _blocks;

    /// <param name="design">The encoder's numbers.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public UnpoolingDecoder(VggDesign design, Generator? generator)
    {
        _blocks = new Sequential[design.Convolutions.Count];
        for (int block = _blocks.Length - 1; block >= 0; block--)
        {
            long channels = Channels(block), next = Channels(Math.Max(block - 1, 0));
            int count = design.Convolutions[block];
            var layers = new Layer[count];
            for (int i = 0; i < count; i++)
                layers[i] = new ConvNormActivation(channels, i == count - 1 ? next : channels, 3, 1, c => new BatchNorm2d(c),
                    generator: generator);
            _blocks[block] = Child($"block{block + 1}", new Sequential(layers));
        }
        InitialWeights.FanIn(this, generator);

        long Channels(int block) => (long)design.Width << Math.Min(block, 3);
    }

    /// <summary>N x C x H/32 x W/32 to N x 64 x H x W.</summary>
    /// <param name="map">The encoder's last map, after pooling.</param>
    /// <param name="places">Where the maxima of each pooling were.</param>
    public Tensor Forward(Tensor map, Tensor[] places)
    {
        using var scope = new TensorScope();
        for (int block = _blocks.Length - 1; block >= 0; block--)
        {
            Tensor sparse = MaxUnpooling.Unpool(map, places[block], 2 * map.Size(2), 2 * map.Size(3));
            scope.Release(map);
            map = _blocks[block].Forward(sparse);
            scope.Release(sparse);
        }
        return scope.Keep(map);
    }
}
