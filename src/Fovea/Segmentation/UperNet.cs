using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>UPerNet, unified perceptual parsing network: a feature pyramid under a map that pyramid pooling has given the whole scene, all
/// levels joined.</summary>
/// <remarks>Xiao, Liu, Zhou, Jiang, Sun: "Unified Perceptual Parsing for Scene Understanding" (ECCV 2018), section 3.1, figure 4; of its
/// tasks the one of objects, with the fused map at 1/4 of the picture. Pooling into 1, 2, 3 and 6 bins, each reduced to the pyramid's
/// channels, and a 3x3 convolution before the pyramid as in the authors' program. The dropout of 0.1 and the auxiliary head, a fully
/// convolutional one on the map before the last whose loss counts 0.4, are those with which Swin transformers are trained (Liu et al.:
/// "Swin Transformer", ICCV 2021, section 4.3, appendix A2.3); these normalise their last map only, so the others are normalised here.
/// Weights begin by He et al. (2015), fan-in mode.</remarks>
public sealed class UperNet : Segmenter
{
    private static readonly int[] Bins = [1, 2, 3, 6];

    private readonly Backbone _backbone;
    private readonly ModuleList<LayerNorm>? _norms;
    private readonly PyramidPooling _pooling;
    private readonly ConvNormActivation _top, _fuse;
    private readonly FeaturePyramid _pyramid;
    private readonly Dropout _dropout;
    private readonly Conv2d _classifier;
    private readonly FcnHead? _auxiliary;

    /// <summary>Puts the pyramid and the heads on a backbone.</summary>
    /// <param name="backbone">A network without a head, with at least two maps.</param>
    /// <param name="options">What is common to all segmenters.</param>
    /// <param name="channels">Of the pyramid's levels: 512 in the paper's larger network and with Swin transformers. The auxiliary head has
    /// half as many.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public UperNet(Backbone backbone, SegmenterOptions options, int channels = 512, Generator? generator = null) : base(options.ClassCount)
    {
        ConvNormActivation Convolution(long from) => new(from, channels, 3, 1, c => new BatchNorm2d(c), generator: generator);
        BackboneStage[] lower = [.. backbone.Features.SkipLast(1)];
        BackboneStage last = backbone.Features[^1];
        _backbone = Child("backbone", backbone);
        if (backbone is SwinTransformer)
            _norms = Child("norms", new ModuleList<LayerNorm>(lower.Select(stage => new LayerNorm(stage.Channels))));
        _pooling = Child("pooling", new PyramidPooling(last.Channels, Bins, reduceTo: channels, generator: generator));
        _top = Child("top", Convolution(_pooling.OutChannels));
        _pyramid = Child("fpn",
            new FeaturePyramid([.. lower.Select(stage => stage.Channels)], channels, generator, FeaturePyramidKind.Parsing));
        _fuse = Child("fuse", Convolution(backbone.Features.Count * channels));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0.1));
        _classifier = Child("classifier", new Conv2d(channels, ClassCount, 1, generator: generator));
        if (options.Auxiliary)
            _auxiliary = Child("aux_classifier",
                new FcnHead(lower[^1].Channels, ClassCount, options.Dropout ?? 0.1, generator, channels / 2));
        foreach (Module part in (Module[])[_pooling, _top, _fuse]) InitialWeights.FanIn(part, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.", "aux_classifier.4."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => _auxiliary is null ? [] : [0.4];

    /// <summary>The coarsest map's pixels: levels then lie on each other exactly.</summary>
    protected override int SizeDivisor => _backbone.Features[^1].Stride;

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor[] maps = Maps(images);
        Tensor top = _top.Forward(_pooling.Forward(maps[^1]));                          // N,512,H/32,W/32
        Tensor[] levels = _pyramid.Forward([.. maps[..^1], top]);                       // N,512,H/4,W/4 to N,512,H/32,W/32
        Tensor scores = _classifier.Forward(_dropout.Forward(_fuse.Forward(JoinedMaps.AtFirst(levels))));
        return scope.Keep(auxiliary && _auxiliary is not null ? [scores, _auxiliary.Forward(maps[^2])] : [scores]);
    }

    private Tensor[] Maps(Tensor images)
    {
        Tensor[] maps = _backbone.Forward(images);
        for (int i = 0; i < _norms?.Count; i++) maps[i] = PixelNorm.Apply(_norms[i], maps[i]);
        return maps;
    }
}
