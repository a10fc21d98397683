using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>A backbone with a feature pyramid on top: what two-stage and one-stage detectors share.</summary>
public sealed class PyramidBackbone : DetectorBackbone
{
    /// <summary>Channels of every level in the paper (Lin et al. 2017, section 3).</summary>
    public const int PaperChannels = 256;

    private readonly FeaturePyramid _pyramid;
    private readonly int _first;

    /// <summary>Puts a pyramid on a backbone.</summary>
    /// <param name="body">The network, without a head.</param>
    /// <param name="outChannels">Channels of every level.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="norm">Whether the pyramid's convolutions are followed by batch norm (Li et al. 2021).</param>
    /// <param name="first">The finest of the network's maps that the pyramid takes: 0 for C2, 1 for C3.</param>
    /// <param name="top">The pyramid's coarsest levels.</param>
    public PyramidBackbone(Backbone body, long outChannels = PaperChannels, Generator? generator = null, bool norm = false, int first = 0,
        PyramidTop top = PyramidTop.Subsampled) : base(body)
    {
        _first = first;
        RegionLevels = body.Features.Count - first;
        Levels = RegionLevels + (top == PyramidTop.Subsampled ? 1 : 2);
        _pyramid = Child("fpn", new FeaturePyramid([.. body.Features.Skip(first).Select(stage => stage.Channels)], outChannels, generator,
            norm ? FeaturePyramidKind.NormalisedDetection : FeaturePyramidKind.Detection, top));
    }

    /// <inheritdoc/>
    public override long OutChannels => _pyramid.OutChannels;

    /// <summary>Number of levels: one a map of the backbone that is taken, and one or two coarser ones.</summary>
    public override int Levels { get; }

    /// <inheritdoc/>
    public override int RegionLevels { get; }

    /// <summary>Normalised pictures N x 3 x H x W to P2..P6 or P3..P7, each N x C x H/s x W/s.</summary>
    public override Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();   // C2..C5 are done with when the pyramid is built
        return scope.Keep(_pyramid.Forward(BodyMaps(images)[_first..]));
    }
}
