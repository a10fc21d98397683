using Fovea.Losses;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>What RetinaNet learns boxes by.</summary>
public enum BoxLoss
{
    /// <summary>The absolute difference of the four numbers of the code: torchvision's in place of the paper's smooth L1.</summary>
    L1,
    /// <summary>One minus the generalized IoU of the boxes (Rezatofighi et al., CVPR 2019).</summary>
    GeneralizedIoU,
}

/// <summary>RetinaNet's heads: the class of every anchor, and how to shift it.</summary>
/// <remarks>Lin, Goyal, Girshick, He, Dollar: "Focal Loss for Dense Object Detection" (ICCV 2017), section 4: two towers of the same shape
/// and without common parameters, shared by all levels. Letters: N pictures, A anchors of all levels, K classes.</remarks>
public sealed class RetinaNetHead : Module
{
    private const int Depth = 4;

    private readonly DenseClassificationHead _classes;
    private readonly BoxBranch _boxes;
    private readonly BoxCoder _coder = new(1, 1, 1, 1);
    private readonly Matcher _matcher;
    private readonly RetinaNetOptions _options;

    /// <summary>Heads for maps of the options' channels.</summary>
    /// <param name="anchorsPerCell">Anchors of a cell.</param>
    /// <param name="classCount">K + 1.</param>
    /// <param name="options">The detector's numbers.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public RetinaNetHead(int anchorsPerCell, int classCount, RetinaNetOptions options, Generator? generator = null)
    {
        _options = options;
        long channels = options.PyramidChannels;
        _classes = Child("classification_head",
            new DenseClassificationHead(Tower(), channels, anchorsPerCell, classCount, generator));
        _boxes = Child("regression_head", new BoxBranch(Tower(), channels, anchorsPerCell, generator));
        _matcher = new Matcher(options.ForegroundIoU, options.BackgroundIoU, keepBest: true);

        HeadTower Tower() => new(channels, Depth, options.GroupNorm, flatNames: false, generator);
    }

    /// <summary>For each level the logits N x A x (K+1) and the codes N x A x 4.</summary>
    /// <param name="features">P3 to P7, each N x C x H x W.</param>
    public (Tensor[] Logits, Tensor[] Deltas) Forward(IReadOnlyList<Tensor> features) =>
        (_classes.Forward(features), [.. features.Select(_boxes.Forward)]);

    /// <summary>The two losses, each a picture's sum over its number of anchors with an object, and the mean of the pictures.</summary>
    /// <param name="logits">N x A x (K+1), all levels.</param>
    /// <param name="deltas">N x A x 4.</param>
    /// <param name="anchors">A x 4, in pixels of the batch.</param>
    /// <param name="targets">What there is to find in each picture.</param>
    /// <returns>classification and bbox_regression, scalars.</returns>
    public (Tensor Classification, Tensor BoxRegression) ComputeLosses(Tensor logits, Tensor deltas, Tensor anchors,
        IReadOnlyList<DetectionTarget> targets)
    {
        using var scope = new TensorScope();
        var classLosses = new Tensor[targets.Count];
        var boxLosses = new Tensor[targets.Count];
        for (int n = 0; n < targets.Count; n++)
        {
            Tensor matches = _matcher.Match(targets[n].Boxes, anchors);                             // A
            Tensor positive = (matches >= 0).NonZero().Flatten(), counting = matches.Ne(Matcher.Between).NonZero().Flatten();
            Tensor objects = matches.IndexSelect(0, positive);
            double count = Math.Max(1, positive.Numel);
            Tensor labels = targets[n].Labels.IndexSelect(0, objects);
            classLosses[n] = DenseClassificationHead.Loss(logits[n], positive, labels, counting) / count;
            boxLosses[n] = BoxLossOf(deltas[n].IndexSelect(0, positive), anchors.IndexSelect(0, positive),
                targets[n].Boxes.IndexSelect(0, objects)) / count;
        }
        return (scope.Keep(Tensor.Stack(classLosses).Mean()), scope.Keep(Tensor.Stack(boxLosses).Mean()));
    }

    /// <summary>The best anchors of one picture and level as boxes.</summary>
    /// <param name="logits">A x (K+1).</param>
    /// <param name="deltas">A x 4.</param>
    /// <param name="anchors">A x 4, in pixels of the batch.</param>
    public DetectionCandidates Candidates(Tensor logits, Tensor deltas, Tensor anchors)
    {
        ScoredAnchors best = ScoredAnchors.OfLevel(logits[.., 1..].Sigmoid(), _options.Selection);
        Tensor boxes = _coder.Decode(deltas.IndexSelect(0, best.Anchors), anchors.IndexSelect(0, best.Anchors));
        return new DetectionCandidates(new Boxes(boxes), best.Scores, best.Labels);
    }

    private Tensor BoxLossOf(Tensor deltas, Tensor anchors, Tensor boxes) => _options.BoxLoss == BoxLoss.L1
        ? SmoothL1Loss.Compute(deltas, _coder.Encode(boxes, anchors), beta: 0, Reduction.Sum)
        : (1 - new Boxes(_coder.Decode(deltas, anchors)).PairedGeneralizedIou(new Boxes(boxes))).Sum();

    private sealed class BoxBranch : Module
    {
        private readonly HeadTower _tower;
        private readonly ConvolutionUnit _deltas;

        public BoxBranch(HeadTower tower, long channels, int anchorsPerCell, Generator? generator)
        {
            using var scope = new TensorScope();
            _tower = Child("conv", tower);
            Conv2d deltas = HeadTower.Gaussian(channels, 4 * anchorsPerCell, bias: true, generator);
            _deltas = Own(new ConvolutionUnit(Child("bbox_reg", deltas)));
        }

        public Tensor Forward(Tensor map)
        {
            using var scope = new TensorScope();
            return scope.Keep(AnchorRows.From(_deltas.Forward(_tower.Forward(map)), 4));
        }
    }
}
