using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>A backbone with a feature pyramid on top: what two-stage and one-stage detectors share.</summary>
public sealed class PyramidBackbone : Module
{
    private readonly Backbone _body;
    private readonly FeaturePyramid _pyramid;

    /// <summary>Puts a pyramid on a backbone.</summary>
    public PyramidBackbone(Backbone body, long outChannels = 256, Generator? generator = null)
    {
        _body = body;
        Child("body", body);
        _pyramid = Child("fpn", new FeaturePyramid([.. body.Features.Select(stage => stage.Channels)], outChannels, generator));
    }

    /// <summary>Channels of every level.</summary>
    public long OutChannels => _pyramid.OutChannels;

    /// <summary>Number of levels: one a map of the backbone, and a coarser one.</summary>
    public int Levels => _body.Features.Count + 1;

    /// <summary>The network under the pyramid.</summary>
    public Backbone Body => _body;

    /// <summary>Normalised pictures N x 3 x H x W to P2..P6, each N x C x H/s x W/s.</summary>
    public Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();   // C2..C5 are done with when the pyramid is built
        return scope.Keep(_pyramid.Forward(BodyMaps(images)));
    }

    private Tensor[] BodyMaps(Tensor images)
    {
        using var scope = new TensorScope();
        return scope.Keep(_body.Forward(images));
    }
}
