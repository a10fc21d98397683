using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>RPN: proposes regions that may hold an object, whatever its class.</summary>
/// <remarks>Ren, He, Girshick, Sun: "Faster R-CNN" (NIPS 2015), section 3; on a pyramid as in Lin et al. 2017, section 4.1.
/// Letters: N pictures, A anchors of a picture over all levels, R regions.</remarks>
public sealed class RegionProposalNetwork : Module
{
    private readonly RpnHead _head;
    private readonly AnchorGenerator _anchors;
    private readonly RpnOptions _options;
    private readonly BoxCoder _coder = new(1, 1, 1, 1);
    private readonly Matcher _matcher;
    private readonly BalancedSampler _sampler;

    /// <summary>A proposal network with the given parts; they are disposed together with it.</summary>
    public RegionProposalNetwork(AnchorGenerator anchors, RpnHead head, RpnOptions options)
    {
        _anchors = Own(anchors);
        _options = options;
        _head = Child("head", head);
        _matcher = new Matcher(options.ForegroundIoU, options.BackgroundIoU, keepBest: true);
        _sampler = new BalancedSampler(options.BatchSizePerImage, options.PositiveFraction);
    }

    /// <summary>What the head says of each anchor: one entry a level.</summary>
    /// <param name="Objectness">Logits, N x A.</param>
    /// <param name="Deltas">Shifts of the anchors, N x A x 4.</param>
    /// <param name="Anchors">A x 4, in pixels of the batch.</param>
    public sealed record Level(Tensor Objectness, Tensor Deltas, Tensor Anchors);

    /// <summary>Runs the head on every level.</summary>
    public Level[] Forward(IReadOnlyList<Tensor> features, ImageSize padded)
    {
        Tensor[] anchors = _anchors.Generate(features, padded);
        return [.. _head.Forward(features).Select((output, level) => new Level(output.Objectness, output.Deltas, anchors[level]))];
    }

    /// <summary>The best regions of each picture: R x 4 in pixels of the batch, without gradient.</summary>
    public Tensor[] Propose(Level[] levels, IReadOnlyList<ImageSize> sizes)
    {
        using var noGrad = new NoGrad();
        int before = Training ? _options.PreNmsTopNTraining : _options.PreNmsTopNTesting;
        (Tensor Boxes, Tensor Scores)[] best = [.. levels.Select(level => BestOfLevel(level, before))];
        Tensor boxes = Tensor.Cat([.. best.Select(b => b.Boxes)], 1);              // N,R,4
        Tensor scores = Tensor.Cat([.. best.Select(b => b.Scores)], 1).Sigmoid();  // N,R
        Tensor levelOf = Tensor.Cat([.. best.Select((b, level) => Tensor.Full([b.Boxes.Size(1)], level, DType.Int64, boxes.Device))]);
        return [.. sizes.Select((size, n) => Filter(boxes[n], scores[n], levelOf, size))];
    }

    /// <summary>RPN's two losses over a random, balanced choice of anchors.</summary>
    /// <returns>loss_objectness and loss_rpn_box_reg, scalars.</returns>
    public (Tensor Objectness, Tensor BoxRegression) ComputeLosses(Level[] levels, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        Tensor anchors = Tensor.Cat([.. levels.Select(level => level.Anchors)]);                 // A,4
        Tensor objectness = Tensor.Cat([.. levels.Select(level => level.Objectness)], 1);        // N,A
        Tensor deltas = Tensor.Cat([.. levels.Select(level => level.Deltas)], 1);                // N,A,4
        var logits = new List<Tensor>();
        var truths = new List<Tensor>();
        var predicted = new List<Tensor>();
        var wanted = new List<Tensor>();
        for (int n = 0; n < targets.Count; n++)
        {
            AnchorAssignment chosen = Assign(anchors, targets[n], generator);
            Tensor sampled = Tensor.Cat([chosen.Positive, chosen.Negative]);
            logits.Add(objectness[n].IndexSelect(0, sampled));
            truths.Add(Tensor.Ones([chosen.Positive.Numel], device: anchors.Device));
            truths.Add(Tensor.Zeros([chosen.Negative.Numel], device: anchors.Device));
            predicted.Add(deltas[n].IndexSelect(0, chosen.Positive));
            wanted.Add(_coder.Encode(chosen.MatchedBoxes, anchors.IndexSelect(0, chosen.Positive)));
        }
        Tensor allLogits = Tensor.Cat([.. logits]);
        Tensor objectnessLoss = BinaryCrossEntropy.Compute(allLogits, Tensor.Cat([.. truths]));
        Tensor boxLoss = SmoothL1Loss.Compute(Tensor.Cat([.. predicted]), Tensor.Cat([.. wanted]), beta: 1.0 / 9, Reduction.Sum);
        return (objectnessLoss, boxLoss / Math.Max(1, allLogits.Numel));
    }

    private (Tensor Boxes, Tensor Scores) BestOfLevel(Level level, int count)
    {
        long kept = Math.Min(count, level.Objectness.Size(1));
        (Tensor scores, Tensor indices) = level.Objectness.TopK(kept, 1);                                        // N,R
        Tensor deltas = level.Deltas.Gather(1, indices.Unsqueeze(2).Expand(-1, -1, 4));                          // N,R,4
        Tensor anchors = level.Anchors.IndexSelect(0, indices.Flatten());                                        // N*R,4
        Tensor boxes = _coder.Decode(deltas.Reshape(-1, 4), anchors);
        return (boxes.View(indices.Size(0), kept, 4), scores);
    }

    private Tensor Filter(Tensor boxes, Tensor scores, Tensor levelOf, ImageSize size)
    {
        Boxes clipped = new Boxes(boxes).Clip(size);
        Tensor large = clipped.LargerThan(_options.MinSize);                                   // indices
        if (_options.ScoreThreshold > 0)
            large = large.IndexSelect(0, (scores.IndexSelect(0, large) >= _options.ScoreThreshold).NonZero().Flatten());
        Tensor candidates = clipped.Tensor.IndexSelect(0, large);
        Tensor keep = Nms.KeepPerClass(candidates, scores.IndexSelect(0, large), levelOf.IndexSelect(0, large), _options.NmsThreshold);
        int after = Training ? _options.PostNmsTopNTraining : _options.PostNmsTopNTesting;
        return candidates.IndexSelect(0, keep.Slice(0, 0, after));
    }

    private AnchorAssignment Assign(Tensor anchors, DetectionTarget target, Generator generator)
    {
        using var noGrad = new NoGrad();
        Tensor matches = _matcher.Match(target.Boxes, anchors);                                 // A: index of the object, or below 0
        (Tensor positive, Tensor negative) = _sampler.Select(Matcher.Labels(matches, null), generator);
        Tensor matched = target.Boxes.IndexSelect(0, matches.IndexSelect(0, positive));
        return new AnchorAssignment(positive, negative, matched);
    }

    private sealed record AnchorAssignment(Tensor Positive, Tensor Negative, Tensor MatchedBoxes);
}

/// <summary>The numbers of a region proposal network. Defaults are torchvision's, which follow Ren et al. 2015 and Lin et al.
/// 2017.</summary>
public sealed record RpnOptions
{
    /// <summary>Anchors of a level that go into NMS while training.</summary>
    public int PreNmsTopNTraining { get; init => field = Check.Positive(value); } = 2000;

    /// <summary>Anchors of a level that go into NMS at prediction.</summary>
    public int PreNmsTopNTesting { get; init => field = Check.Positive(value); } = 1000;

    /// <summary>Regions of a picture that come out while training.</summary>
    public int PostNmsTopNTraining { get; init => field = Check.Positive(value); } = 2000;

    /// <summary>Regions of a picture that come out at prediction.</summary>
    public int PostNmsTopNTesting { get; init => field = Check.Positive(value); } = 1000;

    /// <summary>Regions that overlap a better one by more than this IoU are dropped.</summary>
    public double NmsThreshold { get; init => field = Check.Fraction(value); } = 0.7;

    /// <summary>Regions whose objectness is below this are dropped.</summary>
    public double ScoreThreshold { get; init => field = Check.Fraction(value); }

    /// <summary>Regions narrower or lower than this, in pixels of the batch, are dropped.</summary>
    public double MinSize { get; init => field = Check.NotNegative(value); } = 1e-3;

    /// <summary>An anchor with at least this IoU with an object learns it.</summary>
    public double ForegroundIoU { get; init => field = Check.Fraction(value); } = 0.7;

    /// <summary>An anchor with less than this IoU with every object learns background.</summary>
    public double BackgroundIoU { get; init => field = Check.Fraction(value); } = 0.3;

    /// <summary>Anchors of a picture that a training step learns from; int.MaxValue takes all.</summary>
    public int BatchSizePerImage { get; init => field = Check.Positive(value); } = 256;

    /// <summary>Largest share of objects among them.</summary>
    public double PositiveFraction { get; init => field = Check.Fraction(value); } = 0.5;
}
