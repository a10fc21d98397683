using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection;

/// <summary>Faster R-CNN: a region proposal network and a second-stage classifier that share one backbone.</summary>
/// <remarks>Ren, He, Girshick, Sun: "Faster R-CNN" (NIPS 2015), with the feature pyramid of Lin et al. (CVPR 2017).</remarks>
public sealed class FasterRcnn : Detector
{
    private readonly PyramidBackbone _backbone;
    private readonly RegionProposalNetwork _rpn;
    private readonly RoiHeads _roiHeads;

    /// <summary>Puts the detector together.</summary>
    /// <param name="body">The backbone, without pyramid.</param>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <param name="options">The detector's numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public FasterRcnn(Backbone body, int classCount, FasterRcnnOptions? options = null, Generator? generator = null) : base(classCount)
    {
        Options = options ??= new FasterRcnnOptions();
        var anchors = new AnchorGenerator([.. options.AnchorSizes.Select(size => (float[])[size])], [.. options.AspectRatios]);
        _backbone = Child("backbone", new PyramidBackbone(body, options.PyramidChannels, generator));
        if (anchors.Levels != _backbone.Levels)
            throw new ArgumentException($"There are {anchors.Levels} anchor sizes, but the pyramid on this backbone has " +
                $"{_backbone.Levels} levels: give one size a level.", nameof(options));
        var rpnHead = new RpnHead(_backbone.OutChannels, anchors.PerCell, generator);
        _rpn = Child("rpn", new RegionProposalNetwork(anchors, rpnHead, options.Rpn));
        var pool = new MultiScaleRoiAlign(Pooling: options.Pooling);
        var boxHead = new TwoMlpHead(_backbone.OutChannels * pool.Size * pool.Size, options.HeadWidth, generator);
        var predictor = new FastRcnnPredictor(options.HeadWidth, classCount, generator);
        _roiHeads = Child("roi_heads", new RoiHeads(pool, boxHead, predictor, options.RoiHeads));
    }

    /// <summary>The detector's numbers.</summary>
    public FasterRcnnOptions Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Body.Stages.Select(stage => stage.Under("backbone.body."))];

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.RoiHeads.Selection.DetectionsPerImage;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P2..P6, each N,256,H/s,W/s
        RegionProposalNetwork.Level[] levels = _rpn.Forward(features, images.PaddedSize);
        (Tensor objectness, Tensor rpnBox) = _rpn.ComputeLosses(levels, targets, generator);
        Tensor[] proposals = _rpn.Propose(levels, images.Sizes);                                       // <= 2,000 regions a picture
        RoiHeads.TrainingRegions regions = _roiHeads.SelectTrainingRegions(proposals, targets, generator);
        (Tensor logits, Tensor deltas) = _roiHeads.Forward(features[..^1], regions.Regions, images.Sizes);
        (Tensor classifier, Tensor box) = RoiHeads.ComputeLosses(logits, deltas, regions);
        return new Dictionary<string, Tensor>
        {
            ["loss_classifier"] = classifier, ["loss_box_reg"] = box, ["loss_objectness"] = objectness, ["loss_rpn_box_reg"] = rpnBox,
        };
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P2..P6, each N,256,H/s,W/s
        Tensor[] proposals = _rpn.Propose(_rpn.Forward(features, images.PaddedSize), images.Sizes);    // <= 1,000 regions a picture
        (Tensor logits, Tensor deltas) = _roiHeads.Forward(features[..^1], proposals, images.Sizes);   // R,K+1 and R,4(K+1)
        return _roiHeads.SelectDetections(logits, deltas, proposals, images);                          // per class: threshold, NMS, top 100
    }
}

/// <summary>The numbers of Faster R-CNN. Defaults are those of torchvision's fasterrcnn_resnet50_fpn.</summary>
public sealed record FasterRcnnOptions
{
    /// <summary>How pictures become batches.</summary>
    public DetectionTransform Transform { get; init; } = new();

    /// <summary>Channels of every level of the pyramid (Lin et al. 2017, section 3).</summary>
    public int PyramidChannels { get; init => field = Check.Positive(value); } = 256;

    /// <summary>Width of the second stage's two layers (Lin et al. 2017, section 4.2).</summary>
    public int HeadWidth { get; init => field = Check.Positive(value); } = 1024;

    /// <summary>Square roots of the anchors' areas, one a level from P2 to P6, in pixels of the batch (Lin et al. 2017,
    /// section 4.1).</summary>
    public IReadOnlyList<float> AnchorSizes { get; init; } = [32, 64, 128, 256, 512];

    /// <summary>Shapes of the anchors: height over width.</summary>
    public IReadOnlyList<float> AspectRatios { get; init; } = [0.5f, 1, 2];

    /// <summary>The operator that cuts regions out of the pyramid.</summary>
    public RoiPooling Pooling { get; init; } = RoiPooling.Align;

    /// <summary>The first stage.</summary>
    public RpnOptions Rpn { get; init; } = new();

    /// <summary>The second stage.</summary>
    public RoiHeadsOptions RoiHeads { get; init; } = new();
}
