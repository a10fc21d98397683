using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>A backbone with a feature pyramid on top: what two-stage and one-stage detectors share.</summary>
public sealed class PyramidBackbone : Module
{
    private readonly Backbone _body;
    private readonly FeaturePyramid _pyramid;
    private readonly int _first;

    /// <summary>Puts a pyramid on a backbone.</summary>
    /// <param name="body">The backbone.</param>
    /// <param name="outChannels">Channels of every level.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="first">The finest of the backbone's maps that the pyramid takes: 0 for C2, 1 for C3.</param>
    /// <param name="top">Its coarsest levels.</param>
    public PyramidBackbone(Backbone body, long outChannels = 256, Generator? generator = null, int first = 0,
        PyramidTop top = PyramidTop.Subsampled)
    {
        (_body, _first) = (body, first);
        Child("body", body);
        _pyramid = Child("fpn", new FeaturePyramid([.. body.Features.Skip(first).Select(stage => stage.Channels)], outChannels, generator,
            top: top));
        Levels = body.Features.Count - first + (top == PyramidTop.Subsampled ? 1 : 2);
    }

    /// <summary>Channels of every level.</summary>
    public long OutChannels => _pyramid.OutChannels;

    /// <summary>Number of levels: one a map of the backbone that is taken, and one or two coarser ones.</summary>
    public int Levels { get; }

    /// <summary>The network under the pyramid.</summary>
    public Backbone Body => _body;

    /// <summary>Normalised pictures N x 3 x H x W to P2..P6 or P3..P7, each N x C x H/s x W/s.</summary>
    public Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();   // C2..C5 are done with when the pyramid is built
        return scope.Keep(_pyramid.Forward(BodyMaps(images)));
    }

    private Tensor[] BodyMaps(Tensor images)
    {
        using var scope = new TensorScope();
        return scope.Keep(_body.Forward(images)[_first..]);
    }
}
