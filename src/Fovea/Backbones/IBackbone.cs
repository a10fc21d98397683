using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>A network that turns pictures into feature maps of falling resolution.</summary>
public interface IBackbone
{
    /// <summary>Channels of each map that <see cref="Forward"/> gives, from fine to coarse.</summary>
    IReadOnlyList<long> StageChannels { get; }

    /// <summary>The parts from the input on, for freezing.</summary>
    IReadOnlyList<Module[]> Stages { get; }

    /// <summary>Normalised pictures N x 3 x H x W to maps, from fine to coarse.</summary>
    Tensor[] Forward(Tensor images);
}
