using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>Any classification network under SSD: its maps from C3 on, and extra layers.</summary>
/// <remarks>As Liu et al. (ECCV 2016) put theirs on VGG; for ResNet as Fu et al.: "DSSD: Deconvolutional Single Shot Detector" (2017),
/// section 3.1.</remarks>
public sealed class SsdFeatureBackbone : SsdBackbone
{
    private readonly Backbone _body;
    private readonly SsdUnits[] _extra;
    private readonly IReadOnlyList<SsdExtraLayer> _layers;
    private readonly int _first;

    /// <summary>A backbone.</summary>
    /// <param name="body">The classification network, whose strides all round up.</param>
    /// <param name="layers">The extra layers.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <param name="first">The finest of the network's maps that is looked at.</param>
    public SsdFeatureBackbone(Backbone body, IReadOnlyList<SsdExtraLayer> layers, Generator? generator = null, int first = 1)
    {
        using var scope = new TensorScope();
        (_body, _layers, _first) = (Child("body", body), layers, first);
        long[] own = [.. body.Features.Skip(first).Select(stage => stage.Channels)];
        long[] channels = [own[^1], .. layers.Select(layer => layer.Channels)];
        _extra = [.. layers.Select((layer, i) => layer.Build(channels[i], generator))];
        Child("extra", new ModuleList<SsdUnits>(_extra));
        foreach (SsdUnits units in _extra) StartAsXavier(units, generator);
        Channels = [.. own, .. channels[1..]];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Channels { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _body.Stages.Select(stage => stage.Under("backbone.body."))];

    /// <inheritdoc/>
    public override long SmallestSide => (SsdExtraLayer.SmallestSide(_layers) - 1) * _body.Features[^1].Stride + 1;

    /// <inheritdoc/>
    public override Tensor[] Forward(Tensor images)
    {
        using var scope = new TensorScope();
        List<Tensor> maps = [.. _body.Forward(images)[_first..]];
        foreach (SsdUnits extra in _extra) maps.Add(extra.Forward(maps[^1]));
        return scope.Keep([.. maps]);
    }
}
