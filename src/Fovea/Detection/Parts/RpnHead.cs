using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>RPN's head: on every cell of every level, for each anchor, whether it holds an object and how to shift it.</summary>
/// <remarks>Ren et al.: "Faster R-CNN", section 3.1: a 3x3 convolution and two sibling 1x1 convolutions, shared by all levels.</remarks>
public sealed class RpnHead : Module
{
    private readonly ConvolutionUnit[] _convolutions;
    private readonly ConvolutionUnit _objectness, _deltas;

    /// <summary>A head for maps of so many channels and so many anchors a cell.</summary>
    /// <param name="channels">Channels of the maps.</param>
    /// <param name="anchorsPerCell">Anchors on each cell.</param>
    /// <param name="depth">3x3 convolutions: 1 in the paper.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public RpnHead(long channels, int anchorsPerCell, int depth = 1, Generator? generator = null)
    {
        using var scope = new TensorScope();
        Conv2d[] convolutions = [.. Enumerable.Range(0, depth)
            .Select(_ => Normal(new Conv2d(channels, channels, 3, padding: 1, generator: generator), generator))];
        Child("conv", new Sequential([.. convolutions.Select(convolution => new Sequential(convolution))]));
        _convolutions = [.. convolutions.Select(convolution => Own(new ConvolutionUnit(convolution, activation: Activation.Relu)))];
        Conv2d objectness = Normal(new Conv2d(channels, anchorsPerCell, 1, generator: generator), generator);
        Conv2d deltas = Normal(new Conv2d(channels, 4 * anchorsPerCell, 1, generator: generator), generator);
        _objectness = Own(new ConvolutionUnit(Child("cls_logits", objectness)));
        _deltas = Own(new ConvolutionUnit(Child("bbox_pred", deltas)));
    }

    /// <summary>For each level the objectness logits N x H*W*A and the box deltas N x H*W*A x 4.</summary>
    public (Tensor Objectness, Tensor Deltas)[] Forward(IReadOnlyList<Tensor> features) => [.. features.Select(Forward)];

    private (Tensor Objectness, Tensor Deltas) Forward(Tensor map)
    {
        using var scope = new TensorScope();
        Tensor hidden = _convolutions.Aggregate(map, (x, convolution) => convolution.Forward(x));     // N,C,H,W
        Tensor objectness = _objectness.Forward(hidden).Permute(0, 2, 3, 1).Flatten(1);               // N,A,H,W -> N,H*W*A
        Tensor deltas = _deltas.Forward(hidden).Permute(0, 2, 3, 1).Reshape(map.Size(0), -1, 4);      // N,4A,H,W -> N,H*W*A,4
        return (scope.Keep(objectness), scope.Keep(deltas));
    }

    // Gaussian with deviation 0.01 and zero bias, as in the paper (section 3.1.3).
    private static Conv2d Normal(Conv2d convolution, Generator? generator)
    {
        convolution.Weight.Detach().NormalInPlace(0, 0.01, generator);
        convolution.Bias!.Detach().ZeroInPlace();
        return convolution;
    }
}
