using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>PSPNet, pyramid scene parsing network: pyramid pooling over the last map of a dilated ResNet.</summary>
/// <remarks>Zhao, Shi, Qi, Wang, Jia: "Pyramid Scene Parsing Network" (CVPR 2017), section 3, figures 3 and 4: after the pyramid a 3x3
/// convolution to a quarter of the backbone's channels (512 on ResNet-50 and deeper), dropout of 0.1, and a 1x1 convolution to the classes.
/// The auxiliary loss is on the stage before the last and counts 0.4 (section 3.3). The stem is torchvision's 7x7 convolution, where the
/// authors' network has three 3x3 ones, so that ImageNet weights can begin it. Enlarging puts the outer edges of maps on each other, where
/// the authors' program puts the centres of their corner pixels. Weights of the head begin by He et al. (2015).</remarks>
public sealed class PspNet : Segmenter
{
    private readonly Backbone _backbone;
    private readonly PyramidPooling _pyramid;
    private readonly ConvNormActivation _mix;
    private readonly Dropout _dropout;
    private readonly Conv2d _classifier;
    private readonly FcnHead? _auxiliary;

    /// <summary>Puts the pyramid and the heads on a backbone.</summary>
    /// <param name="backbone">A network without a head, with at least two maps.</param>
    /// <param name="options">What is common to all segmenters.</param>
    /// <param name="pyramid">The pyramid; the paper's where null.</param>
    /// <param name="generator">Source of the heads' initial weights; the default one where null.</param>
    public PspNet(Backbone backbone, SegmenterOptions options, PyramidOptions? pyramid = null, Generator? generator = null)
        : base(options.ClassCount)
    {
        pyramid ??= new PyramidOptions();
        long channels = backbone.Features[^1].Channels, mixed = channels / 4;
        long? reduceTo = pyramid.Reduce && pyramid.Bins.Count > 0 ? Math.Max(1, channels / pyramid.Bins.Count) : null;
        _backbone = Child("backbone", backbone);
        _pyramid = Child("pyramid", new PyramidPooling(channels, pyramid.Bins, pyramid.Kind, reduceTo, generator));
        _mix = Child("mix", new ConvNormActivation(_pyramid.OutChannels, mixed, 3, 1, c => new BatchNorm2d(c), generator: generator));
        _dropout = Child("dropout", new Dropout(options.Dropout ?? 0.1));
        _classifier = Child("classifier", new Conv2d(mixed, ClassCount, 1, generator: generator));
        if (options.Auxiliary)
            _auxiliary = Child("aux_classifier",
                new FcnHead(backbone.Features[^2].Channels, ClassCount, options.Dropout ?? 0.1, generator));
        InitialWeights.FanIn(_pyramid, generator);
        InitialWeights.FanIn(_mix, generator);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.", "aux_classifier.4."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => _auxiliary is null ? [] : [0.4];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        Tensor[] maps = _backbone.Forward(images);
        Tensor scores = _classifier.Forward(_dropout.Forward(Context(maps[^1])));
        return auxiliary && _auxiliary is not null ? [scores, _auxiliary.Forward(maps[^2])] : [scores];
    }

    // N,C,h,w to N,C/4,h,w; the wide map between dies here.
    private Tensor Context(Tensor map)
    {
        using var scope = new TensorScope();
        return scope.Keep(_mix.Forward(_pyramid.Forward(map)));
    }
}
