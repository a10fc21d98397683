using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>SpatialDropout: zeroes whole channels of a picture's map with some probability while training, and scales the rest so that
/// their mean stays.</summary>
/// <remarks>Tompson et al.: "Efficient Object Localization Using Convolutional Networks" (CVPR 2015), section 3.2: neighbours on a map say
/// nearly the same, so that dropping single pixels would drop little.</remarks>
/// <param name="probability">How often a channel is dropped: 0 to 1.</param>
public sealed class SpatialDropout(double probability) : Layer
{
    private static readonly Operator DropChannels = new("aten::feature_dropout");
    private readonly double _probability = Check.Fraction(probability, nameof(probability));

    /// <summary>N x C x H x W to the same shape.</summary>
    protected override Tensor Apply(Tensor input) =>
        Training && _probability > 0 ? DropChannels.Call(input, _probability, true) : input;
}
