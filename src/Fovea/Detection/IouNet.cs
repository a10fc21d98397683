using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection;

/// <summary>IoU-Net: Faster R-CNN that also predicts how well each of its boxes lies, keeps boxes by that, and moves them to where they
/// should lie better.</summary>
/// <remarks>Jiang, Luo, Mao, Xiao, Jiang: "Acquisition of Localization Confidence for Accurate Object Detection" (ECCV 2018), figure 5. All
/// features are cut out by precise RoI pooling.</remarks>
public sealed class IouNet : Detector
{
    private readonly DetectorBackbone _backbone;
    private readonly RegionProposalNetwork _rpn;
    private readonly RoiHeads _roiHeads;
    private readonly IouHead _iouHead;

    /// <summary>Puts the detector together.</summary>
    /// <param name="backbone">The maps that all parts share.</param>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <param name="options">Its numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public IouNet(DetectorBackbone backbone, int classCount, IouNetOptions? options = null, Generator? generator = null) : base(classCount)
    {
        Options = options ?? new IouNetOptions();
        FasterRcnnOptions detector = Options.Detector;
        AnchorGenerator anchors = FasterRcnn.Anchors(detector, backbone.Levels);
        _backbone = Child("backbone", backbone);
        var rpnHead = new RpnHead(backbone.OutChannels, anchors.PerCell, detector.RpnConvolutions, generator);
        _rpn = Child("rpn", new RegionProposalNetwork(anchors, rpnHead, detector.Rpn));
        var pool = new MultiScaleRoiAlign(Pooling: detector.Pooling);
        var boxHead = new TwoMlpHead(backbone.OutChannels * pool.Size * pool.Size, detector.HeadWidth, generator: generator);
        var predictor = new FastRcnnPredictor(detector.HeadWidth, classCount, generator);
        _roiHeads = Child("roi_heads", new RoiHeads(pool, boxHead, predictor, detector.RoiHeads));
        _iouHead = Child("iou_head", new IouHead(backbone.OutChannels, detector.HeadWidth, classCount - 1, generator));
    }

    /// <summary>The detector's numbers.</summary>
    public IouNetOptions Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Detector.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _backbone.Stages;

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.Detector.RoiHeads.Selection.DetectionsPerImage;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P2..P6, each N,256,H/s,W/s
        Tensor[] pooled = features[.._backbone.RegionLevels];                                          // P2..P5
        RegionProposalNetwork.Level[] levels = _rpn.Forward(features, images.PaddedSize);
        (Tensor objectness, Tensor rpnBox) = _rpn.ComputeLosses(levels, targets, generator);
        Tensor[] proposals = _rpn.Propose(levels, images.Sizes);                                       // <= 2,000 regions a picture
        RoiHeads.TrainingRegions regions = _roiHeads.SelectTrainingRegions(proposals, targets, generator);
        (Tensor logits, Tensor deltas) = _roiHeads.Forward(pooled, regions.Regions, images.Sizes);
        (Tensor classifier, Tensor box) = RoiHeads.ComputeLosses(logits, deltas, regions);
        JitteredBoxes jittered = JitteredBoxes.Draw(targets, images.Sizes, Options.BoxesPerObject, Options.LeastIoU, generator);
        return new Dictionary<string, Tensor>
        {
            ["loss_classifier"] = classifier, ["loss_box_reg"] = box, ["loss_objectness"] = objectness, ["loss_rpn_box_reg"] = rpnBox,
            ["loss_iou"] = _iouHead.ComputeLoss(pooled, jittered, images.Sizes),
        };
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        Tensor[] pooled;
        DetectionCandidates[] found;
        using (new NoGrad())        // and not inference mode: the maps take part in the gradients by which boxes are moved
        {
            Tensor[] features = _backbone.Forward(images.Pixels);                                      // P2..P6, each N,256,H/s,W/s
            Tensor[] proposals = _rpn.Propose(_rpn.Forward(features, images.PaddedSize), images.Sizes);
            pooled = features[.._backbone.RegionLevels];                                               // P2..P5
            (Tensor logits, Tensor deltas) = _roiHeads.Forward(pooled, proposals, images.Sizes);       // R,K+1 and R,4(K+1)
            found = Judge(pooled, _roiHeads.Candidates(logits, deltas, proposals, images), images);
        }
        found = Options.Refinement.Run(_iouHead, pooled, found, images.Sizes);                         // section 3.3
        return [.. found.Select((one, n) => one.ToDetections(images.Sizes[n], images.OriginalSizes[n]))];
    }

    // Section 3.1: the IoU of each box that may be told is predicted, and suppression follows it.
    private DetectionCandidates[] Judge(Tensor[] features, DetectionCandidates[] all, ImageBatch images)
    {
        SelectionOptions selection = Options.Detector.RoiHeads.Selection;
        DetectionCandidates[] sure = [.. all.Select(one => one.At((one.Scores > selection.ScoreThreshold).NonZero().Flatten()))];
        Tensor labels = Tensor.Cat([.. sure.Select(one => one.Labels)]);                               // R
        Tensor ious = _iouHead.Forward(features, [.. sure.Select(one => one.Boxes.Tensor)], labels, images.Sizes);
        Tensor[] confidence = ious.Split([.. sure.Select(one => one.Count)]);
        return [.. sure.Select((one, n) => (one with { Confidence = confidence[n] }).Select(selection))];
    }
}

/// <summary>The numbers of IoU-Net. Defaults are the paper's, and where it tells none those of Faster R-CNN.</summary>
public sealed record IouNetOptions
{
    /// <summary>Those that it shares with Faster R-CNN.</summary>
    public FasterRcnnOptions Detector { get; init; } = new()
    {
        Pooling = RoiPooling.Precise, RoiHeads = new() { Selection = new() { Suppression = Suppression.IouGuided } },
    };

    /// <summary>Jittered boxes of each object that a training step learns the IoU from.</summary>
    public int BoxesPerObject { get; init => field = Check.Positive(value); } = 16;

    /// <summary>Jittered boxes that lie farther off are not learned from (section 2.2).</summary>
    public double LeastIoU { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>How boxes are moved at prediction.</summary>
    public BoxRefinement Refinement { get; init; } = new();
}
