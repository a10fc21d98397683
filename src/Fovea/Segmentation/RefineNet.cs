using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>RefineNet: four blocks that refine a backbone's coarsest map by its finer ones, one after the other.</summary>
/// <remarks>Lin, Milan, Shen, Reid: "RefineNet: Multi-Path Refinement Networks for High-Resolution Semantic Segmentation" (CVPR 2017), section
/// 3, figures 2 c and 3: the cascade of four. Blocks have 256 channels, that of the coarsest map 512; the last one ends with two units more,
/// and scores come from a 3x3 convolution at 1/4 of the picture, as in the authors' network. The paper has two poolings in a chain; the
/// networks that its authors published have four. Convolutions outside of residual branches begin by He et al. (2015) for layers without a
/// nonlinearity, as fusion has none.</remarks>
public sealed class RefineNet : Segmenter
{
    private const int Levels = 4;

    private readonly Backbone _backbone;
    private readonly RefineNetBlock[] _blocks;
    private readonly Dropout _dropout;
    private readonly Conv2d _classifier;

    /// <summary>Puts the blocks on a backbone.</summary>
    /// <param name="backbone">A network without a head that gives four maps.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads.</param>
    /// <param name="channels">Of a block; that of the coarsest map has twice as many. 256 in the paper.</param>
    /// <param name="poolings">Blocks of each chained residual pooling.</param>
    /// <param name="generator">Source of the blocks' initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The backbone gives another number of maps.</exception>
    public RefineNet(Backbone backbone, SegmenterOptions options, int channels = 256, int poolings = 2, Generator? generator = null)
        : base(options.ClassCount)
    {
        if (backbone.Features.Count != Levels)
            throw new ArgumentException($"A backbone with {backbone.Features.Count} maps arrived: RefineNet goes over {Levels}.", nameof(backbone));
        _backbone = Child("backbone", backbone);
        _blocks = new RefineNetBlock[Levels];
        for (int level = Levels - 1; level >= 0; level--)
        {
            bool coarsest = level == Levels - 1;
            long? before = coarsest ? null : level == Levels - 2 ? 2 * channels : channels;
            _blocks[level] = Child($"refine{level + 1}", new RefineNetBlock(backbone.Features[level].Channels,
                coarsest ? 2 * channels : channels, before, poolings, level == 0 ? 3 : 1, generator));
        }
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0.5));
        _classifier = Child("classifier", new Conv2d(channels, ClassCount, 3, padding: 1, generator: generator));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier."];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] maps = _backbone.Forward(images);                                      // 1/4, 1/8, 1/16, 1/32
        Tensor? refined = null;
        for (int level = Levels - 1; level >= 0; level--) refined = _blocks[level].Forward(maps[level], refined);
        return [scope.Keep(_classifier.Forward(_dropout.Forward(refined!)))];
    }
}
