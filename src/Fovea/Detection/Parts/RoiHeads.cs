using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>Fast R-CNN's second stage: classifies the proposed regions and refines their boxes.</summary>
/// <remarks>Girshick: "Fast R-CNN" (ICCV 2015), section 2. Letters: N pictures, R regions of all of them, K classes.</remarks>
public sealed class RoiHeads : Module
{
    private readonly MultiScaleRoiAlign _pool;
    private readonly Layer _head;
    private readonly FastRcnnPredictor _predictor;
    private readonly IRegionBranch? _branch;
    private readonly RoiHeadsOptions _options;
    private readonly BoxCoder _coder = new(10, 10, 5, 5);
    private readonly Matcher _matcher;
    private readonly BalancedSampler _sampler;

    /// <summary>A second stage with the given parts.</summary>
    /// <param name="pool">Cuts regions out of the maps.</param>
    /// <param name="head">R x C x S x S to R x width.</param>
    /// <param name="predictor">The classes and boxes.</param>
    /// <param name="options">Its numbers.</param>
    /// <param name="branch">What is also told of each object; null for its class and box alone.</param>
    public RoiHeads(MultiScaleRoiAlign pool, Layer head, FastRcnnPredictor predictor, RoiHeadsOptions options, IRegionBranch? branch = null)
    {
        _pool = pool;
        _options = options;
        _branch = branch;
        _head = Child("box_head", head);
        _predictor = Child("box_predictor", predictor);
        foreach ((string name, Module part) in branch?.Parts ?? []) Child(name, part);
        _matcher = new Matcher(options.ForegroundIoU, options.ForegroundIoU, keepBest: false);
        _sampler = new BalancedSampler(options.BatchSizePerImage, options.PositiveFraction);
    }

    /// <summary>The regions that a training step learns from, and what it should learn of each.</summary>
    /// <param name="Regions">For each picture R_n x 4.</param>
    /// <param name="Labels">R int64 over all pictures, 0 for background.</param>
    /// <param name="Deltas">R x 4: from the region to the box of its object.</param>
    /// <param name="Matches">R int64: which object of its picture each region learns; any one where it learns background.</param>
    public sealed record TrainingRegions(Tensor[] Regions, Tensor Labels, Tensor Deltas, Tensor Matches)
    {
        /// <summary>The regions that learn an object.</summary>
        public ObjectRegions Objects()
        {
            using var scope = new TensorScope();
            long[] counts = [.. Regions.Select(region => region.Size(0))];
            Tensor[] places = [.. Labels.Split(counts).Select(labels => (labels > 0).NonZero().Flatten())];
            Tensor[] regions = [.. Regions.Select((region, n) => region.IndexSelect(0, places[n]))];
            Tensor[] matches = [.. Matches.Split(counts).Select((match, n) => match.IndexSelect(0, places[n]))];
            Tensor labels = Labels.IndexSelect(0, (Labels > 0).NonZero().Flatten());
            return new ObjectRegions(scope.Keep(regions), scope.Keep(labels), scope.Keep(matches));
        }
    }

    /// <summary>Logits R x (K+1) and deltas R x 4(K+1) of regions.</summary>
    /// <param name="features">P2, P3, ..., each N x C x H x W.</param>
    /// <param name="regions">For each picture R_n x 4, in pixels of the batch.</param>
    /// <param name="sizes">Size of each picture in the batch.</param>
    public (Tensor Logits, Tensor Deltas) Forward(IReadOnlyList<Tensor> features, IReadOnlyList<Tensor> regions,
        IReadOnlyList<ImageSize> sizes)
    {
        using var scope = new TensorScope();
        Tensor pooled = _pool.Forward(features, regions, sizes);                        // R,C,7,7
        (Tensor logits, Tensor deltas) = _predictor.Forward(_head.Forward(pooled));
        return (scope.Keep(logits), scope.Keep(deltas));
    }

    /// <summary>A balanced choice of the proposals and the true boxes themselves.</summary>
    /// <param name="proposals">For each picture R_n x 4, in pixels of the batch.</param>
    /// <param name="targets">What there is to find in each picture.</param>
    /// <param name="generator">Source of the random choice, on the CPU.</param>
    public TrainingRegions SelectTrainingRegions(IReadOnlyList<Tensor> proposals, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        using var noGrad = new NoGrad();
        var regions = new Tensor[targets.Count];
        var labels = new Tensor[targets.Count];
        var deltas = new Tensor[targets.Count];
        var chosenMatches = new Tensor[targets.Count];
        for (int n = 0; n < targets.Count; n++)
        {
            DetectionTarget target = targets[n];
            Tensor candidates = Tensor.Cat([proposals[n], target.Boxes]);
            Tensor matches = _matcher.Match(target.Boxes, candidates);
            Tensor candidateLabels = Matcher.Labels(matches, target.Labels);
            (Tensor positive, Tensor negative) = _sampler.Select(candidateLabels, generator);
            Tensor chosen = Tensor.Cat([positive, negative]).Sort().Values;
            regions[n] = candidates.IndexSelect(0, chosen);
            labels[n] = candidateLabels.IndexSelect(0, chosen);
            chosenMatches[n] = matches.IndexSelect(0, chosen).Clamp(min: 0);
            // Background regions get the first object's deltas; they are never used. Without objects there is nothing to encode.
            deltas[n] = target.Boxes.Size(0) == 0
                ? Tensor.Zeros([chosen.Numel, 4], device: candidates.Device)
                : _coder.Encode(target.Boxes.IndexSelect(0, chosenMatches[n]), regions[n]);
        }
        return new TrainingRegions(regions, Tensor.Cat(labels), Tensor.Cat(deltas), Tensor.Cat(chosenMatches));
    }

    /// <summary>Fast R-CNN's two losses (section 2.3).</summary>
    /// <returns>loss_classifier and loss_box_reg, scalars.</returns>
    public static (Tensor Classifier, Tensor BoxRegression) ComputeLosses(Tensor logits, Tensor deltas, TrainingRegions truth)
    {
        Tensor positive = (truth.Labels > 0).NonZero().Flatten();
        Tensor perClass = deltas.View(deltas.Size(0), deltas.Size(1) / 4, 4);                    // R,K+1,4
        Tensor ofClass = perClass[positive, truth.Labels.IndexSelect(0, positive)];              // of each object its true class's
        Tensor boxLoss = SmoothL1Loss.Compute(ofClass, truth.Deltas.IndexSelect(0, positive), beta: 1.0 / 9, Reduction.Sum);
        Tensor classLoss = CrossEntropy.Compute(logits, truth.Labels);
        return (classLoss, boxLoss / Math.Max(1, truth.Labels.Numel));
    }

    /// <summary>The loss of the branch, over the regions that learn an object; none where there is no branch.</summary>
    /// <param name="features">P2, P3, ..., each N x C x H x W.</param>
    /// <param name="truth">What the step learns from.</param>
    /// <param name="targets">What there is to find in each picture.</param>
    /// <param name="sizes">Size of each picture in the batch.</param>
    public (string Name, Tensor Loss)? ComputeBranchLoss(IReadOnlyList<Tensor> features, TrainingRegions truth,
        IReadOnlyList<DetectionTarget> targets, IReadOnlyList<ImageSize> sizes) =>
        _branch is null ? null : (_branch.LossName, _branch.ComputeLoss(features, truth.Objects(), targets, sizes));

    /// <summary>For each picture: every class's boxes above the threshold, without duplicates, the best first; in pixels of the
    /// batch.</summary>
    public DetectionCandidates[] Select(Tensor logits, Tensor deltas, IReadOnlyList<Tensor> regions, ImageBatch images)
    {
        int classes = _predictor.ClassCount;
        Tensor boxes = _coder.DecodePerClass(deltas, Tensor.Cat([.. regions]));         // R,K+1,4
        Tensor scores = logits.Softmax(-1);                                             // R,K+1
        long[] counts = [.. regions.Select(r => r.Size(0))];
        Tensor[] boxesOf = boxes.Split(counts), scoresOf = scores.Split(counts);
        return [.. counts.Select((count, n) =>
        {
            Boxes clipped = new Boxes(boxesOf[n][.., 1..].Reshape(-1, 4)).Clip(images.Sizes[n]);      // R_n*K,4: without background
            Tensor score = scoresOf[n][.., 1..].Flatten();                                            // R_n*K
            Tensor label = Tensor.Arange(1, classes, device: score.Device).Expand(count, -1).Flatten();
            return new DetectionCandidates(clipped, score, label).Select(_options.Selection);
        })];
    }

    /// <summary>What was selected, in pixels of the original pictures, with what the branch tells of it.</summary>
    /// <param name="features">P2, P3, ..., each N x C x H x W.</param>
    /// <param name="found">What was selected in each picture.</param>
    /// <param name="images">The pictures.</param>
    public Detections[] Tell(IReadOnlyList<Tensor> features, IReadOnlyList<DetectionCandidates> found, ImageBatch images)
    {
        Detections[] results = [.. found.Select((one, n) => one.ToDetections(images.Sizes[n], images.OriginalSizes[n]))];
        return _branch is null ? results : _branch.Complete(results, features, found, images);
    }
}

/// <summary>The numbers of the second stage. Defaults are torchvision's, which follow Girshick 2015 and Ren et al. 2015.</summary>
public sealed record RoiHeadsOptions
{
    /// <summary>Which of its finds it tells.</summary>
    public SelectionOptions Selection { get; init; } = new();

    /// <summary>A region with at least this IoU with an object learns it; the others learn background.</summary>
    public double ForegroundIoU { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>Regions of a picture that a training step learns from; int.MaxValue takes all.</summary>
    public int BatchSizePerImage { get; init => field = Check.Positive(value); } = 512;

    /// <summary>Largest share of objects among them.</summary>
    public double PositiveFraction { get; init => field = Check.Fraction(value); } = 0.25;
}
