using Fovea.Backbones;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Segmentation;

/// <summary>LR-ASPP, Lite R-ASPP: a gate from the mean of the last map in place of a pyramid, and a skip from a finer map; for mobile
/// networks.</summary>
/// <remarks>Howard et al.: "Searching for MobileNetV3" (ICCV 2019), section 6.4, figure 10, in the form of torchvision's
/// lraspp_mobilenet_v3_large: the gate comes from the mean of the whole map, where the paper pools windows of 49 x 49. Parameter names and
/// initial weights are torchvision's.</remarks>
public sealed class LrAspp : Segmenter
{
    private readonly Backbone _backbone;
    private readonly LrAsppHead _classifier;

    /// <summary>Puts the head on a backbone.</summary>
    /// <param name="backbone">A network without a head that gives two maps: at 1/8 and at the coarsest resolution.</param>
    /// <param name="options">What is common to all segmenters; there are no auxiliary heads and there is no dropout.</param>
    /// <param name="generator">Source of the head's initial weights; the default one where null.</param>
    public LrAspp(Backbone backbone, SegmenterOptions options, Generator? generator = null) : base(options.ClassCount)
    {
        _backbone = backbone;
        Child("backbone", backbone.Body);
        _classifier = Child("classifier",
            new LrAsppHead(backbone.Features[^2].Channels, backbone.Features[^1].Channels, ClassCount, generator));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages =>
        [.. _backbone.Stages.Select(stage => stage.Without(_backbone.BodyPrefix).Under("backbone."))];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassLayers => ["classifier.low_classifier.", "classifier.high_classifier."];

    /// <inheritdoc/>
    protected override Tensor[] Heads(Tensor images, bool auxiliary)
    {
        Tensor[] maps = _backbone.Forward(images);
        return [_classifier.Forward(maps[^2], maps[^1])];
    }

    /// <summary>Scores from a fine and a coarse map.</summary>
    private sealed class LrAsppHead : Module
    {
        private const int Width = 128;

        private readonly ConvolutionUnit _reduce, _gate;
        private readonly Conv2d _low, _high;

        public LrAsppHead(long lowChannels, long highChannels, int classCount, Generator? generator)
        {
            using var scope = new TensorScope();
            Sequential reduce = Child("cbr",
                new Sequential(new Conv2d(highChannels, Width, 1, bias: false, generator: generator), new BatchNorm2d(Width)));
            var gate = new Conv2d(highChannels, Width, 1, bias: false, generator: generator);
            Child("scale", new Sequential([("1", gate)]));                              // "0" is the mean, which has no state
            _reduce = Own(new ConvolutionUnit((Conv2d)reduce[0], reduce[1], Activation.Relu));
            _gate = Own(new ConvolutionUnit(gate, activation: Activation.Sigmoid));
            _low = Child("low_classifier", new Conv2d(lowChannels, classCount, 1, generator: generator));
            _high = Child("high_classifier", new Conv2d(Width, classCount, 1, generator: generator));
        }

        /// <summary>N x Cl x h x w and N x Ch x h' x w' to N x K x h x w.</summary>
        public Tensor Forward(Tensor low, Tensor high)
        {
            using var scope = new TensorScope();
            Tensor gated = _reduce.Forward(high) * _gate.Forward(high.Mean([2, 3], keepDimensions: true));      // N,128,h',w'
            Tensor enlarged = Functional.ResizeBilinear(gated, low.Size(2), low.Size(3));                // N,128,h,w
            return scope.Keep(_low.Forward(low) + _high.Forward(enlarged));
        }
    }
}
