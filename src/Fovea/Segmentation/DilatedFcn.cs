using Fovea.Backbones;
using Fovea.Segmentation.Parts;
using Fovea.Torch;

namespace Fovea.Segmentation;

/// <summary>FCN on a dilated ResNet: a fully convolutional head on the last map, which dilation keeps at 1/8 of the picture.</summary>
/// <remarks>Long, Shelhamer, Darrell: "Fully Convolutional Networks for Semantic Segmentation" (CVPR 2015), in the form of torchvision's
/// fcn_resnet50: without skips, with dilation (Yu and Koltun, ICLR 2016) in their place. The auxiliary head looks at the stage before the
/// last. Parameter names and initial weights are torchvision's. A second head of the same form tells a second map of classes where the
/// options ask for it, as the paper's network for SIFT Flow does (section 5).</remarks>
public sealed class DilatedFcn : Segmenter
{
    private readonly Backbone _backbone;
    private readonly FcnHead _classifier;
    private readonly FcnHead? _second, _auxiliary;

    /// <summary>Puts the heads on a backbone.</summary>
    /// <param name="backbone">A network without a head, with at least two maps.</param>
    /// <param name="options">What is common to all segmenters.</param>
    /// <param name="generator">Source of the heads' initial weights; the default one where null.</param>
    public DilatedFcn(Backbone backbone, SegmenterOptions options, Generator? generator = null)
        : base(options.ClassCount, options.SecondClassCount)
    {
        _backbone = Child("backbone", backbone);
        _classifier = Child("classifier", new FcnHead(backbone.Features[^1].Channels, ClassCount, options.Dropout ?? 0.1, generator));
        if (SecondClassCount > 0)
            _second = Child("second_classifier",
                new FcnHead(backbone.Features[^1].Channels, SecondClassCount, options.Dropout ?? 0.1, generator));
        if (options.Auxiliary)
            _auxiliary = Child("aux_classifier",
                new FcnHead(backbone.Features[^2].Channels, ClassCount, options.Dropout ?? 0.1, generator));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.4.", "second_classifier.4.", "aux_classifier.4."];

    /// <inheritdoc/>
    public override IReadOnlyList<double> AuxiliaryWeights => _auxiliary is null ? [] : [0.5];   // as torchvision's reference trains it

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        Tensor[] maps = _backbone.Forward(images);
        List<Tensor> scores = [_classifier.Forward(maps[^1])];
        if (_second is not null) scores.Add(_second.Forward(maps[^1]));
        if (auxiliary && _auxiliary is not null) scores.Add(_auxiliary.Forward(maps[^2]));
        return [.. scores];
    }
}
