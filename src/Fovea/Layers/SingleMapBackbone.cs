using Fovea.Backbones;
using Fovea.Torch;

namespace Fovea.Layers;

/// <summary>The last map of a backbone, alone: what detectors looked at before there were pyramids.</summary>
/// <remarks>Ren, He, Girshick, Sun: "Faster R-CNN" (NIPS 2015), section 3: conv5_3 of VGG-16, at 1/16 of the picture.</remarks>
public sealed class SingleMapBackbone(Backbone body) : DetectorBackbone(body)
{
    private readonly long _channels = body.Features[^1].Channels;

    /// <inheritdoc/>
    public override long OutChannels => _channels;

    /// <inheritdoc/>
    public override int Levels => 1;

    /// <inheritdoc/>
    public override int RegionLevels => 1;

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        return [scope.Keep(BodyMaps(images)[^1])];
    }
}
