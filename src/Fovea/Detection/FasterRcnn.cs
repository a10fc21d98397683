using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection;

/// <summary>Faster R-CNN: a region proposal network and a second-stage classifier that share one backbone.</summary>
/// <remarks>Ren, He, Girshick, Sun: "Faster R-CNN" (NIPS 2015); on the feature pyramid of Lin et al. (CVPR 2017), or on one map as in
/// the paper.</remarks>
public class FasterRcnn : Detector
{
    private readonly DetectorBackbone _backbone;
    private readonly RegionProposalNetwork _rpn;
    private readonly RoiHeads _roiHeads;

    /// <summary>Puts the detector together.</summary>
    /// <param name="backbone">The maps that both stages share.</param>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <param name="options">The detector's numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public FasterRcnn(DetectorBackbone backbone, int classCount, FasterRcnnOptions? options = null, Generator? generator = null)
        : this(backbone, classCount, options ?? new FasterRcnnOptions(), branch: null, generator) { }

    /// <summary>Puts a detector together that tells more of each object.</summary>
    /// <param name="backbone">The maps that both stages share.</param>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <param name="options">The detector's numbers.</param>
    /// <param name="branch">What it tells beside class and box.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    protected FasterRcnn(DetectorBackbone backbone, int classCount, FasterRcnnOptions options, IRegionBranch? branch, Generator? generator)
        : base(classCount)
    {
        Options = options;
        AnchorGenerator anchors = Anchors(options, backbone.Levels);
        _backbone = Child("backbone", backbone);
        var rpnHead = new RpnHead(backbone.OutChannels, anchors.PerCell, options.RpnConvolutions, generator);
        _rpn = Child("rpn", new RegionProposalNetwork(anchors, rpnHead, options.Rpn));
        var pool = new MultiScaleRoiAlign(Pooling: options.Pooling);
        Layer boxHead = options.HeadConvolutions == 0
            ? new TwoMlpHead(backbone.OutChannels * pool.Size * pool.Size, options.HeadWidth, options.HeadDropout, generator)
            : new ConvolutionHead(backbone.OutChannels, pool.Size, options.HeadConvolutions, options.HeadWidth, generator);
        var predictor = new FastRcnnPredictor(options.HeadWidth, classCount, generator);
        _roiHeads = Child("roi_heads", new RoiHeads(pool, boxHead, predictor, options.RoiHeads, branch));
    }

    /// <summary>The detector's numbers.</summary>
    public FasterRcnnOptions Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _backbone.Stages;

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.RoiHeads.Selection.DetectionsPerImage;

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
        var losses = new Dictionary<string, Tensor>
        {
            ["loss_classifier"] = classifier, ["loss_box_reg"] = box, ["loss_objectness"] = objectness, ["loss_rpn_box_reg"] = rpnBox,
        };
        if (_roiHeads.ComputeBranchLoss(pooled, regions, targets, images.Sizes) is { } branch) losses.Add(branch.Name, branch.Loss);
        return losses;
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P2..P6, each N,256,H/s,W/s
        Tensor[] proposals = _rpn.Propose(_rpn.Forward(features, images.PaddedSize), images.Sizes);    // <= 1,000 regions a picture
        Tensor[] pooled = features[.._backbone.RegionLevels];                                          // P2..P5
        (Tensor logits, Tensor deltas) = _roiHeads.Forward(pooled, proposals, images.Sizes);           // R,K+1 and R,4(K+1)
        DetectionCandidates[] found = _roiHeads.Select(logits, deltas, proposals, images);             // per class: threshold, NMS, top 100
        return _roiHeads.Tell(pooled, found, images);
    }

    private static AnchorGenerator Anchors(FasterRcnnOptions options, int levels)
    {
        float[] sizes = [.. options.AnchorSizes], ratios = [.. options.AspectRatios];
        if (options.AllSizesOnEachLevel) return new AnchorGenerator([.. Enumerable.Repeat(sizes, levels)], ratios);
        if (sizes.Length != levels)
            throw new ArgumentException($"There are {sizes.Length} anchor sizes, but the pyramid on this backbone has {levels} levels: " +
                "give one size a level.", nameof(options));
        return new AnchorGenerator([.. sizes.Select(size => (float[])[size])], ratios);
    }
}

/// <summary>The numbers of Faster R-CNN. Defaults are those of torchvision's fasterrcnn_resnet50_fpn.</summary>
public sealed record FasterRcnnOptions
{
    /// <summary>How pictures become batches.</summary>
    public DetectionTransform Transform { get; init; } = new();

    /// <summary>Width of the second stage's two layers (Lin et al. 2017, section 4.2).</summary>
    public int HeadWidth { get; init => field = Check.Positive(value); } = 1024;

    /// <summary>3x3 convolutions of the second stage before its layers: 0 and two layers as in Lin et al. 2017, or 4 with batch norm and
    /// one layer (Li et al.: "Benchmarking Detection Transfer Learning with Vision Transformers", 2021).</summary>
    public int HeadConvolutions { get; init => field = Check.NotNegative(value); }

    /// <summary>Chance that a number of the second stage's layers is dropped while training: 0.5 in Ren et al. 2015, on VGG-16's
    /// layers.</summary>
    public double HeadDropout { get; init => field = Check.Fraction(value); }

    /// <summary>3x3 convolutions of the first stage's head: 1 in Ren et al. 2015; 2 in Li et al. 2021.</summary>
    public int RpnConvolutions { get; init => field = Check.Positive(value); } = 1;

    /// <summary>Square roots of the anchors' areas, one a level from P2 to P6, in pixels of the batch (Lin et al. 2017,
    /// section 4.1).</summary>
    public IReadOnlyList<float> AnchorSizes { get; init; } = [32, 64, 128, 256, 512];

    /// <summary>Whether each level has anchors of all sizes, as where there is one map (Ren et al. 2015, section 3.1.1), instead of a size
    /// of its own.</summary>
    public bool AllSizesOnEachLevel { get; init; }

    /// <summary>Shapes of the anchors: height over width.</summary>
    public IReadOnlyList<float> AspectRatios { get; init; } = [0.5f, 1, 2];

    /// <summary>The operator that cuts regions out of the pyramid.</summary>
    public RoiPooling Pooling { get; init; } = RoiPooling.Align;

    /// <summary>The first stage.</summary>
    public RpnOptions Rpn { get; init; } = new();

    /// <summary>The second stage.</summary>
    public RoiHeadsOptions RoiHeads { get; init; } = new();
}
