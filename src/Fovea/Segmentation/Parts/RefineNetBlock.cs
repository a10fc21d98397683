using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>RefineNet block: a map of the backbone and what the coarser block made, both adapted, fused at the finer resolution, pooled in a
/// chain and put out.</summary>
/// <remarks>Lin, Milan, Shen, Reid: "RefineNet" (CVPR 2017), section 3.2, figure 3 a. A 3x3 convolution brings the backbone's map to the
/// block's channels first, as in the authors' network.</remarks>
internal sealed class RefineNetBlock : Module
{
    private readonly Sequential _fine, _output;
    private readonly Sequential? _coarse;
    private readonly ConvNormActivation? _fuseFine, _fuseCoarse;
    private readonly ChainedResidualPooling _pooling;

    /// <param name="mapChannels">Channels of the backbone's map.</param>
    /// <param name="channels">Of the block and its result.</param>
    /// <param name="coarseChannels">Channels of what the coarser block made; null where there is none.</param>
    /// <param name="poolings">Blocks of the chained residual pooling.</param>
    /// <param name="outputUnits">Residual convolution units at the end.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public RefineNetBlock(long mapChannels, long channels, long? coarseChannels, int poolings, int outputUnits, Generator? generator)
    {
        ConvNormActivation Convolution(long from)
        {
            var layer = new ConvNormActivation(from, channels, 3, 1, norm: null, Activation.None, generator: generator);
            Init.KaimingNormal(layer.Convolution.Weight, nonlinearity: Nonlinearity.Linear, generator: generator);
            Init.Constant(layer.Convolution.Bias!, 0);
            return layer;
        }
        Sequential Units(long width, int count, params ReadOnlySpan<Layer> first) =>
            new([.. first, .. Enumerable.Range(0, count).Select(_ => new ResidualConvolutionUnit(width, preactivated: true, generator))]);

        _fine = Child("fine", Units(channels, 2, Convolution(mapChannels)));
        if (coarseChannels is { } coarse)
        {
            _coarse = Child("coarse", Units(coarse, 2));
            _fuseFine = Child("fuse_fine", Convolution(channels));
            _fuseCoarse = Child("fuse_coarse", Convolution(coarse));
        }
        _pooling = Child("pooling", new ChainedResidualPooling(channels, poolings, generator));
        _output = Child("output", Units(channels, outputUnits));
    }

    /// <summary>N x C x H x W and, where there is a coarser block, its N x C' x h x w, to N x out x H x W.</summary>
    public Tensor Forward(Tensor map, Tensor? coarse)
    {
        using var scope = new TensorScope();
        return scope.Keep(_output.Forward(_pooling.Forward(Fuse(_fine.Forward(map), coarse))));
    }

    private Tensor Fuse(Tensor fine, Tensor? coarse)
    {
        if (coarse is null || _coarse is null || _fuseFine is null || _fuseCoarse is null) return fine;     // one path is left as it is
        using var scope = new TensorScope();
        Tensor adapted = _fuseCoarse.Forward(_coarse.Forward(coarse));
        Tensor enlarged = Functional.ResizeBilinear(adapted, fine.Size(2), fine.Size(3));
        return scope.Keep(_fuseFine.Forward(fine).AddInPlace(enlarged));
    }
}
