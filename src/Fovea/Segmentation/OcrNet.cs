using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>OCR, object-contextual representations: first scores outline the regions of the classes, and every pixel is judged once more
/// together with the regions that it is like.</summary>
/// <remarks>Yuan, Chen, Wang: "Object-Contextual Representations for Semantic Segmentation" (ECCV 2020), sections 3.2 and 3.3, figure 3, on
/// all maps of the backbone, joined at the finest: HRNetV2 (section 4.1). The soft object regions are the scores of an auxiliary head, a
/// mixing 1x1 convolution and a linear classifier on the joined map, which is a part of the network also at prediction; its loss counts
/// 0.4. Without <see cref="SegmenterOptions.Auxiliary"/> they learn without a loss of their own: the ablation of table 1. Dropout of 0.05
/// as in the authors' program. Weights begin by He et al. (2015), fan-in mode.</remarks>
public sealed class OcrNet : Segmenter
{
    private readonly Backbone _backbone;
    private readonly Sequential _regions;
    private readonly ConvNormActivation _pixels;
    private readonly ObjectContext _context;
    private readonly Conv2d _classifier;
    private readonly bool _supervised;

    /// <summary>Puts the layers on a backbone.</summary>
    /// <param name="backbone">A network without a head, whose first map is the finest.</param>
    /// <param name="options">What is common to all segmenters.</param>
    /// <param name="channels">Of the pixels' representations: 512 in the paper. They are compared with the regions' in half as
    /// many.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public OcrNet(Backbone backbone, SegmenterOptions options, int channels = 512, Generator? generator = null) : base(options.ClassCount)
    {
        long joined = backbone.Features.Sum(stage => stage.Channels);
        ConvNormActivation Convolution(long to, long kernel) =>
            new(joined, to, kernel, 1, c => new BatchNorm2d(c), generator: generator);
        _supervised = options.Auxiliary;
        _backbone = Child("backbone", backbone);
        _regions = Child("regions", new Sequential(Convolution(joined, 1), new Conv2d(joined, ClassCount, 1, generator: generator)));
        _pixels = Child("pixels", Convolution(channels, 3));
        _context = Child("context", new ObjectContext(channels, channels / 2, options.Dropout ?? 0.05, generator));
        _classifier = Child("classifier", new Conv2d(channels, ClassCount, 1, generator: generator));
        InitialWeights.FanIn(_regions[0], generator);
        InitialWeights.FanIn(_pixels, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.", "regions.1."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => _supervised ? [0.4] : [];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        using var scope = new TensorScope();
        Tensor map = JoinedMaps.AtFirst(_backbone.Forward(images));                     // N,15C,H/4,W/4
        Tensor regions = _regions.Forward(map);                                         // N,K,H/4,W/4
        Tensor pixels = _pixels.Forward(map);                                           // N,512,H/4,W/4
        Tensor scores = _classifier.Forward(_context.Forward(pixels, regions));
        return scope.Keep(auxiliary && _supervised ? [scores, regions] : [scores]);
    }
}
