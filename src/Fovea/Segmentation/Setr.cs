using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>SETR, segmentation transformer: a vision transformer that sees the whole picture from its first layer on, and a simple decoder
/// on its states. What the three decoders share.</summary>
/// <remarks>Zheng et al.: "Rethinking Semantic Segmentation from a Sequence-to-Sequence Perspective with Transformers" (CVPR 2021), section
/// 3.2. Layers are counted as in the paper's encoder of 24; in one of another depth they are those at the same share of it. The encoder
/// itself normalises its last state; those of earlier layers are normalised here, as in the authors' program. Each auxiliary loss counts
/// 0.4, also as there. Weights of decoders begin by He et al. (2015), fan-in mode.</remarks>
public abstract class Setr : Segmenter
{
    private const int PaperDepth = 24;

    private readonly Backbone _backbone;
    private readonly int[] _layers;
    private readonly ModuleList<LayerNorm> _norms;

    /// <param name="backbone">An encoder without a head, every layer of which gives a map at the same stride.</param>
    /// <param name="options">What is common to all segmenters.</param>
    /// <param name="layers">Whose states are looked at: 1 to 24, rising.</param>
    private protected Setr(Backbone backbone, SegmenterOptions options, IReadOnlyList<int> layers) : base(options.ClassCount)
    {
        int depth = backbone.Features.Count;
        _backbone = Child("backbone", backbone);
        _layers = [.. layers.Select(layer => Math.Max(1, layer * depth / PaperDepth))];
        _norms = Child("norms", new ModuleList<LayerNorm>(_layers.Where(layer => layer < depth).Select(_ => new LayerNorm(Width, 1e-6))));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <summary>The patches: pictures are padded to whole ones.</summary>
    protected override int SizeDivisor => _backbone.Features[^1].Stride;

    /// <summary>C of the encoder's states.</summary>
    private protected long Width => _backbone.Features[^1].Channels;

    /// <summary>The state after the last layer, and those of the layers that are looked at: each N x C x H/patch x W/patch,
    /// normalised.</summary>
    private protected (Tensor Last, Tensor[] Looked) Encode(Tensor images)
    {
        using var scope = new TensorScope();
        Tensor[] states = _backbone.Forward(images);
        Tensor[] looked = [.. _layers.Select((layer, i) =>
            layer < states.Length ? PixelNorm.Apply(_norms[i], states[layer - 1]) : states[^1])];
        return (scope.Keep(states[^1]), scope.Keep(looked));
    }
}
