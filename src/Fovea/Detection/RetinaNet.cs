using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection;

/// <summary>RetinaNet: one stage, that classifies and shifts every anchor of a feature pyramid, and learns from all of them by the focal
/// loss.</summary>
/// <remarks>Lin, Goyal, Girshick, He, Dollar: "Focal Loss for Dense Object Detection" (ICCV 2017), section 4. With group norm in the heads
/// and GIoU for boxes it is the second version of torchvision's (after Zhang et al.: "Bridging the Gap Between Anchor-based and
/// Anchor-free Detection", CVPR 2020). Letters: N pictures, A anchors, K classes.</remarks>
public sealed class RetinaNet : Detector
{
    private readonly PyramidBackbone _backbone;
    private readonly AnchorGenerator _anchors;
    private readonly RetinaNetHead _head;

    /// <summary>Puts the detector together.</summary>
    /// <param name="body">The backbone, without pyramid, of maps C2 to C5.</param>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <param name="options">The detector's numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public RetinaNet(Backbone body, int classCount, RetinaNetOptions? options = null, Generator? generator = null) : base(classCount)
    {
        Options = options ??= new RetinaNetOptions();
        _anchors = Own(new AnchorGenerator([.. options.AnchorSizes.Select(RetinaNetOptions.Octave)], [.. options.AspectRatios]));
        _backbone = Child("backbone", new PyramidBackbone(body, options.PyramidChannels, generator, first: 1, top: options.PyramidTop));
        if (_anchors.Levels != _backbone.Levels)
            throw new ArgumentException($"There are {_anchors.Levels} anchor sizes, but the pyramid on this backbone has " +
                $"{_backbone.Levels} levels: give one size a level.", nameof(options));
        _head = Child("head", new RetinaNetHead(_anchors.PerCell, classCount, options, generator));
    }

    /// <summary>The detector's numbers.</summary>
    public RetinaNetOptions Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _backbone.Stages;

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.Selection.DetectionsPerImage;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P3..P7, each N,256,H/s,W/s
        (Tensor[] logits, Tensor[] deltas) = _head.Forward(features);                                  // each N,A,K+1 and N,A,4
        Tensor anchors = Tensor.Cat(_anchors.Generate(features, images.PaddedSize));                   // A,4
        (Tensor classes, Tensor boxes) = _head.ComputeLosses(Tensor.Cat(logits, 1), Tensor.Cat(deltas, 1), anchors, targets);
        return new Dictionary<string, Tensor> { ["classification"] = classes, ["bbox_regression"] = boxes };
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P3..P7, each N,256,H/s,W/s
        (Tensor[] logits, Tensor[] deltas) = _head.Forward(features);                                  // each N,A,K+1 and N,A,4
        Tensor[] anchors = _anchors.Generate(features, images.PaddedSize);                             // each A,4
        return DetectionCandidates.Select(images, Options.Selection, n => DetectionCandidates.Join(
            [.. anchors.Select((level, i) => _head.Candidates(logits[i][n], deltas[i][n], level))]));  // per level: threshold, top 1,000
    }
}

/// <summary>The numbers of RetinaNet. Defaults are those of torchvision's retinanet_resnet50_fpn.</summary>
public sealed record RetinaNetOptions
{
    /// <summary>How pictures become batches.</summary>
    public DetectionTransform Transform { get; init; } = new();

    /// <summary>Channels of every level of the pyramid and of the heads (Lin et al. 2017, section 4).</summary>
    public int PyramidChannels { get; init => field = Check.Positive(value); } = 256;

    /// <summary>Where P6 and P7 come from: P5 in torchvision, C5 in the paper and in torchvision's second version.</summary>
    public PyramidTop PyramidTop { get; init; } = PyramidTop.ConvolvedFromP5;

    /// <summary>Group norm in the heads: none in the paper, 32 groups in torchvision's second version.</summary>
    public bool GroupNorm { get; init; }

    /// <summary>What boxes are learned by.</summary>
    public BoxLoss BoxLoss { get; init; } = BoxLoss.L1;

    /// <summary>Square roots of the areas of the smallest anchors, one a level from P3 to P7, in pixels of the batch (Lin et al. 2017,
    /// section 4).</summary>
    public IReadOnlyList<float> AnchorSizes { get; init; } = [32, 64, 128, 256, 512];

    /// <summary>Shapes of the anchors: height over width.</summary>
    public IReadOnlyList<float> AspectRatios { get; init; } = [0.5f, 1, 2];

    /// <summary>An anchor with at least this IoU with an object learns it; each object's best anchor does in any case.</summary>
    public double ForegroundIoU { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>An anchor with less than this IoU with every object learns background; those between do not count.</summary>
    public double BackgroundIoU { get; init => field = Check.Fraction(value); } = 0.4;

    /// <summary>Which of its finds it tells: torchvision's, the first of them Lin et al.'s (section 4.1).</summary>
    public SelectionOptions Selection { get; init; } = new()
    {
        ScoreThreshold = 0.05, PreNmsTopN = 1000, NmsThreshold = 0.5, DetectionsPerImage = 300, MinSize = 0,
    };

    /// <summary>The three anchor sizes of a level: the smallest, and one and two thirds of an octave more (Lin et al. 2017, section 4), cut
    /// to whole pixels as torchvision does.</summary>
    internal static float[] Octave(float size) =>
        [size, (float)Math.Truncate(size * Math.Pow(2, 1.0 / 3)), (float)Math.Truncate(size * Math.Pow(2, 2.0 / 3))];
}
