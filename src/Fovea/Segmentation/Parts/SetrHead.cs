using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Scores from a transformer's state: convolutions with batch norm and ReLU, behind each of which the map may be doubled, and a
/// 1x1 convolution to the classes.</summary>
/// <remarks>Zheng et al.: "Rethinking Semantic Segmentation from a Sequence-to-Sequence Perspective with Transformers" (CVPR 2021), section
/// 3.2: the naive decoder without doublings, the progressive one with four.</remarks>
internal sealed class SetrHead : Layer
{
    private readonly ModuleList<ConvNormActivation> _convolutions;
    private readonly Conv2d _score;
    private readonly int _doublings;

    /// <param name="channels">C of the state.</param>
    /// <param name="width">Channels of the convolutions.</param>
    /// <param name="classCount">K.</param>
    /// <param name="kernel">Of the convolutions.</param>
    /// <param name="doublings">How often the map is doubled, each time behind a convolution; with none there is one convolution.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SetrHead(long channels, long width, int classCount, long kernel, int doublings = 0, Generator? generator = null)
    {
        _doublings = doublings;
        _convolutions = Child("convolutions", new ModuleList<ConvNormActivation>(Enumerable.Range(0, Math.Max(1, doublings)).Select(i =>
            new ConvNormActivation(i == 0 ? channels : width, width, kernel, 1, c => new BatchNorm2d(c), generator: generator))));
        _score = Child("score", new Conv2d(width, classCount, 1, generator: generator));
        InitialWeights.FanIn(_convolutions, generator);
    }

    /// <summary>N x C x h x w to N x K x 2^doublings h x 2^doublings w.</summary>
    protected override Tensor Apply(Tensor input)
    {
        Tensor x = input;
        for (int i = 0; i < _convolutions.Count; i++) x = Step(_convolutions[i], x, doubles: i < _doublings);
        return _score.Forward(x);
    }

    private static Tensor Step(ConvNormActivation convolution, Tensor map, bool doubles)
    {
        using var scope = new TensorScope();
        Tensor x = convolution.Forward(map);
        return scope.Keep(doubles ? Functional.ResizeBilinear(x, 2 * x.Size(2), 2 * x.Size(3)) : x);
    }
}
