using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Features of a patch of 46 x 46 pixels: three 7x7 convolutions, two of them with tanh and pooling of 2 x 2 pixels.</summary>
/// <remarks>Farabet, Couprie, Najman, LeCun: "Learning Hierarchical Features for Scene Labeling" (PAMI 2013), section 3.1. The paper joins
/// only some maps to each of the next layer; here all are.</remarks>
internal sealed class PatchNetwork : Module
{
    /// <summary>Height and width of a patch.</summary>
    public const int Side = 46;

    /// <summary>Rows and columns of a patch before the pixel that it is about.</summary>
    public const int Before = Side / 2;

    /// <summary>Patches that lie so far apart are seen in one pass with pooling's strides.</summary>
    public const int Stride = 4;

    private readonly Conv2d[] _convolutions;

    /// <param name="channels">Channels of each of the three layers: 16, 64 and 256 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public PatchNetwork(IReadOnlyList<int> channels, Generator? generator)
    {
        _convolutions = [.. channels.Select((width, i) =>
            Child($"conv{i + 1}", new Conv2d(i == 0 ? 3 : channels[i - 1], width, 7, generator: generator)))];
        foreach (Conv2d convolution in _convolutions)
        {
            Init.XavierUniform(convolution.Weight, Init.Gain(Nonlinearity.Tanh), generator);
            Init.Constant(convolution.Bias!, 0);
        }
    }

    /// <summary>Features of the patches that lie 4 pixels apart, from the top left on: N x 3 x H x W to N x C x (H - 46) / 4 + 1 x
    /// (W - 46) / 4 + 1; of patches, N x 3 x 46 x 46, to N x C x 1 x 1.</summary>
    public Tensor Forward(Tensor pictures) => Run(pictures, dense: false);

    /// <summary>Features of every patch, with what neighbours share computed once: N x 3 x H x W to N x C x H - 45 x W - 45. Pooling leaves
    /// out its strides, and what comes behind has its taps as far apart (Giusti et al.: "Fast Image Scanning with Deep Max-Pooling
    /// Convolutional Neural Networks", ICIP 2013, do the same in fragments).</summary>
    public Tensor Dense(Tensor pictures) => Run(pictures, dense: true);

    private Tensor Run(Tensor x, bool dense)
    {
        using var scope = new TensorScope();
        x = x.ChannelsLast();
        long distance = 1;
        for (int i = 0; i < _convolutions.Length; i++)
        {
            Conv2d layer = _convolutions[i];
            Tensor map = Functional.Conv2d(x, layer.Weight, layer.Bias, [1, 1], [0, 0], [distance, distance]);
            scope.Release(x);
            if (i == _convolutions.Length - 1) return scope.Keep(map);
            Tensor bent = map.Tanh();
            x = Functional.MaxPool2d(bent, 2, dense ? 1 : 2, dilation: distance);
            scope.Release(map);
            scope.Release(bent);
            if (dense) distance *= 2;
        }
        throw new InvalidOperationException("A network of no layers was built: this is a fault in PatchNetwork.");
    }
}
