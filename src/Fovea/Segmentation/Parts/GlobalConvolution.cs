using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation.Parts;

/// <summary>GCN, global convolutional network: a k x k convolution's view at the cost of 2 k taps twice: k x 1 then 1 x k, plus 1 x k then
/// k x 1, without nonlinearities.</summary>
/// <remarks>Peng, Zhang, Yu, Luo, Sun: "Large Kernel Matters" (CVPR 2017), section 3.1, figure 2 B.</remarks>
internal sealed class GlobalConvolution : Layer
{
    private readonly Sequential _left, _right;

    /// <param name="channels">C of the map.</param>
    /// <param name="outChannels">Channels of the result: one a class in the paper.</param>
    /// <param name="kernel">k, odd.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public GlobalConvolution(long channels, long outChannels, int kernel, Generator? generator)
    {
        if (kernel % 2 != 1)
            throw new ArgumentException($"A kernel of {kernel} arrived: an odd number was expected, so that maps keep their size.", nameof(kernel));
        _left = Child("left", new Sequential(Tall(channels), Wide(outChannels)));
        _right = Child("right", new Sequential(Wide(channels), Tall(outChannels)));

        Conv2d Tall(long from) => Start(new Conv2d(from, outChannels, (kernel, 1), (kernel / 2, 0), generator: generator), generator);
        Conv2d Wide(long from) => Start(new Conv2d(from, outChannels, (1, kernel), (0, kernel / 2), generator: generator), generator);
    }

    /// <summary>N x C x H x W to N x out x H x W.</summary>
    protected override Tensor Apply(Tensor input) => _left.Forward(input).AddInPlace(_right.Forward(input));

    // Nothing follows that would halve the variance.
    private static Conv2d Start(Conv2d layer, Generator? generator)
    {
        Init.KaimingNormal(layer.Weight, nonlinearity: Nonlinearity.Linear, generator: generator);
        Init.Constant(layer.Bias!, 0);
        return layer;
    }
}
