using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Layers;

/// <summary>What a detector looks at: the maps of a backbone, each with as many channels.</summary>
public abstract class DetectorBackbone : Module
{
    private readonly Backbone _body;

    /// <summary>Takes over the network under the maps; its tensors' names begin with "body.".</summary>
    protected DetectorBackbone(Backbone body)
    {
        _body = body;
        Child("body", body.Body);
    }

    /// <summary>Channels of every map.</summary>
    public abstract long OutChannels { get; }

    /// <summary>Number of maps.</summary>
    public abstract int Levels { get; }

    /// <summary>Number of maps, from the finest on, that the second stage of a two-stage detector cuts regions out of.</summary>
    public abstract int RegionLevels { get; }

    /// <summary>The parts of the network under the maps, from the input on, as a detector's own "backbone".</summary>
    public IReadOnlyList<BackboneStage> Stages =>
        [.. _body.Stages.Select(stage => stage.Without(_body.BodyPrefix).Under("backbone.body."))];

    /// <summary>Normalised pictures N x 3 x H x W to the maps, from fine to coarse, each N x C x H/s x W/s.</summary>
    public abstract Tensor[] Forward(Tensor images);

    /// <summary>The maps of the network itself.</summary>
    protected Tensor[] BodyMaps(Tensor images)
    {
        using var scope = new TensorScope();
        return scope.Keep(_body.Forward(images));
    }
}
