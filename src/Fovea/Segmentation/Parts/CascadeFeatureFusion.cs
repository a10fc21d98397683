using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>Cascade feature fusion: a coarse map that was enlarged, through a dilated 3x3 convolution, plus a fine one through a 1x1
/// convolution, and ReLU (Zhao et al. 2018, section 3.3, figure 3).</summary>
internal sealed class CascadeFeatureFusion : Module
{
    private readonly ConvNormActivation _coarse, _fine;

    /// <param name="coarse">Channels of the coarse map.</param>
    /// <param name="fine">Channels of the fine map.</param>
    /// <param name="channels">Channels of the result: 128 in the paper.</param>
    /// <param name="norm">Makes the normalisations.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public CascadeFeatureFusion(long coarse, long fine, long channels, Func<long, Layer> norm, Generator? generator)
    {
        _coarse = Child("coarse",
            new ConvNormActivation(coarse, channels, 3, 1, norm, Activation.None, dilation: 2, generator: generator));
        _fine = Child("fine", new ConvNormActivation(fine, channels, 1, 1, norm, Activation.None, generator: generator));
        InitialWeights.FanIn(this, generator);
    }

    /// <summary>Both N x C x H x W, each with its own C.</summary>
    public Tensor Forward(Tensor enlarged, Tensor fine)
    {
        using var scope = new TensorScope();
        return scope.Keep(_coarse.Forward(enlarged).AddInPlace(_fine.Forward(fine)).ReluInPlace());
    }
}
