using Fovea.Backbones;
using Fovea.Layers;
using Fovea.Segmentation.Parts;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>DeepLabv3: atrous spatial pyramid pooling on the last map of a dilated network.</summary>
/// <remarks>Chen, Papandreou, Schroff, Adam: "Rethinking Atrous Convolution for Semantic Image Segmentation" (2017), section 3.3, figure 5.
/// Rates are those of output stride 8, as torchvision has them at any stride (the paper halves them at 16, section 4.2). As in torchvision
/// a 3x3 convolution follows the pyramid, and the auxiliary head looks at the last map but one that the backbone gives. Parameter names and
/// initial weights are torchvision's.</remarks>
public sealed class DeepLabV3 : Segmenter
{
    private readonly Backbone _backbone;
    private readonly DeepLabHead _classifier;
    private readonly FcnHead? _auxiliary;

    /// <summary>Puts the heads on a backbone.</summary>
    /// <param name="backbone">A network without a head, with at least two maps.</param>
    /// <param name="options">What is common to all segmenters.</param>
    /// <param name="generator">Source of the heads' initial weights; the default one where null.</param>
    public DeepLabV3(Backbone backbone, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        _backbone = backbone;
        Child("backbone", backbone.Body);
        _classifier = Child("classifier", new DeepLabHead(backbone.Features[^1].Channels, ClassCount, options.Dropout ?? 0.5, generator));
        if (options.Auxiliary)
            _auxiliary = Child("aux_classifier",
                new FcnHead(backbone.Features[^2].Channels, ClassCount, options.Dropout ?? 0.1, generator));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages =>
        [.. _backbone.Stages.Select(stage => stage.Without(_backbone.BodyPrefix).Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.4.", "aux_classifier.4."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => _auxiliary is null ? [] : [0.5];   // as torchvision's reference trains it

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        Tensor[] maps = _backbone.Forward(images);
        Tensor scores = _classifier.Forward(maps[^1]);
        return auxiliary && _auxiliary is not null ? [scores, _auxiliary.Forward(maps[^2])] : [scores];
    }

    /// <summary>The pyramid, a 3x3 convolution, and a 1x1 convolution to the classes.</summary>
    private sealed class DeepLabHead : Layer
    {
        private static readonly int[] Rates = [12, 24, 36];

        private readonly Aspp _pyramid;
        private readonly ConvolutionUnit _smooth;
        private readonly Conv2d _classify;

        public DeepLabHead(long channels, int classCount, double dropout, Generator? generator)
        {
            _pyramid = Child("0", new Aspp(channels, Rates, dropout: dropout, generator: generator));
            Conv2d convolution = Child("1", new Conv2d(256, 256, 3, padding: 1, bias: false, generator: generator));
            _smooth = Own(new ConvolutionUnit(convolution, Child("2", new BatchNorm2d(256)), Activation.Relu));
            _classify = Child("4", new Conv2d(256, classCount, 1, generator: generator));
        }

        protected override Tensor Apply(Tensor input) => _classify.Forward(_smooth.Forward(_pyramid.Forward(input)));
    }
}
