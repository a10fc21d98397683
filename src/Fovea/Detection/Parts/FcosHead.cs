using Fovea.Losses;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>What FCOS says of one level, or of all.</summary>
/// <param name="Logits">N x A x (K+1).</param>
/// <param name="Distances">N x A x 4: l, t, r, b, not negative, in strides.</param>
/// <param name="Centerness">N x A, logits.</param>
public sealed record FcosOutput(Tensor Logits, Tensor Distances, Tensor Centerness);

/// <summary>FCOS's heads: the class of every point, how far the four sides of its object are, and how near it is to the object's
/// centre.</summary>
/// <remarks>Tian, Shen, Chen, He: "FCOS: Fully Convolutional One-Stage Object Detection" (ICCV 2019), figure 2, sections 3.1 and 3.3;
/// centre-ness beside the boxes and group norm are its authors' improvements. Letters: N pictures, A points, K classes.</remarks>
public sealed class FcosHead : Module
{
    private const int Depth = 4;

    private readonly DenseClassificationHead _classes;
    private readonly BoxBranch _boxes;
    private readonly FcosOptions _options;
    private readonly CentreSampling _sampling;

    /// <summary>Heads for maps of the options' channels.</summary>
    /// <param name="classCount">K + 1.</param>
    /// <param name="options">The detector's numbers.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public FcosHead(int classCount, FcosOptions options, Generator? generator = null)
    {
        _options = options;
        long channels = options.PyramidChannels;
        _classes = Child("classification_head", new DenseClassificationHead(Tower(), channels, 1, classCount, generator));
        _boxes = Child("regression_head", new BoxBranch(Tower(), channels, generator));
        _sampling = new CentreSampling(options.CentreRadius);

        HeadTower Tower() => new(channels, Depth, groupNorm: true, flatNames: true, generator);
    }

    /// <summary>What it says of each level.</summary>
    /// <param name="features">P3 to P7, each N x C x H x W.</param>
    public FcosOutput[] Forward(IReadOnlyList<Tensor> features) =>
    [
        .. _classes.Forward(features).Zip(features.Select(_boxes.Forward),
            (logits, box) => new FcosOutput(logits, box.Distances, box.Centerness)),
    ];

    /// <summary>The three losses, each a sum over all pictures over the number of points with an object.</summary>
    /// <param name="levels">What the heads said of each level.</param>
    /// <param name="anchors">For each level A x 4: squares around the points, in pixels of the batch.</param>
    /// <param name="targets">What there is to find in each picture.</param>
    /// <returns>classification, bbox_regression and bbox_ctrness, scalars.</returns>
    public (Tensor Classification, Tensor BoxRegression, Tensor Centerness) ComputeLosses(IReadOnlyList<FcosOutput> levels,
        IReadOnlyList<Tensor> anchors, IReadOnlyList<DetectionTarget> targets)
    {
        using var scope = new TensorScope();
        Tensor all = Tensor.Cat([.. anchors]);                                                          // A,4
        Tensor logits = Tensor.Cat([.. levels.Select(level => level.Logits)], 1);
        Tensor distances = Tensor.Cat([.. levels.Select(level => level.Distances)], 1);
        Tensor centerness = Tensor.Cat([.. levels.Select(level => level.Centerness)], 1);
        var classLosses = new Tensor[targets.Count];
        var boxLosses = new Tensor[targets.Count];
        var centreLosses = new Tensor[targets.Count];
        long count = 0;
        for (int n = 0; n < targets.Count; n++)
        {
            Tensor matches = _sampling.Assign(anchors, targets[n].Boxes);                               // A
            Tensor positive = (matches >= 0).NonZero().Flatten(), objects = matches.IndexSelect(0, positive);
            Tensor points = all.IndexSelect(0, positive), boxes = targets[n].Boxes.IndexSelect(0, objects);
            count += positive.Numel;
            classLosses[n] = DenseClassificationHead.Loss(logits[n], positive, targets[n].Labels.IndexSelect(0, objects));
            Tensor predicted = DistanceCoder.Decode(distances[n].IndexSelect(0, positive), points);
            boxLosses[n] = (1 - new Boxes(predicted).PairedGeneralizedIou(new Boxes(boxes))).Sum();
            centreLosses[n] = BinaryCrossEntropy.Compute(centerness[n].IndexSelect(0, positive),
                CenternessOf(DistanceCoder.Encode(boxes, points)), reduction: Reduction.Sum);
        }
        double divisor = Math.Max(1, count);
        return (scope.Keep(Tensor.Stack(classLosses).Sum() / divisor), scope.Keep(Tensor.Stack(boxLosses).Sum() / divisor),
            scope.Keep(Tensor.Stack(centreLosses).Sum() / divisor));
    }

    /// <summary>The best points of one picture and level as boxes. A score is the geometric mean of the class's and the
    /// centre-ness's.</summary>
    /// <param name="level">What the heads said of the level.</param>
    /// <param name="picture">Which picture.</param>
    /// <param name="anchors">A x 4, in pixels of the batch.</param>
    public DetectionCandidates Candidates(FcosOutput level, int picture, Tensor anchors)
    {
        Tensor classes = level.Logits[picture, .., 1..].Sigmoid(), centerness = level.Centerness[picture].Sigmoid();       // A,K and A
        Tensor scores = (classes * centerness.Unsqueeze(1)).Sqrt();
        ScoredAnchors best = ScoredAnchors.OfLevel(scores, _options.Selection);
        Tensor distances = level.Distances[picture].IndexSelect(0, best.Anchors);
        Tensor boxes = DistanceCoder.Decode(distances, anchors.IndexSelect(0, best.Anchors));
        return new DetectionCandidates(new Boxes(boxes), best.Scores, best.Labels);
    }

    /// <summary>Centre-ness of a point: 1 in the middle of its box, 0 at a side (equation 3).</summary>
    /// <param name="distances">R x 4: l, t, r, b, all positive.</param>
    /// <returns>R.</returns>
    internal static Tensor CenternessOf(Tensor distances)
    {
        using var scope = new TensorScope();
        Tensor[] side = distances.Unbind(1);
        Tensor across = side[0].Minimum(side[2]) / side[0].Maximum(side[2]), along = side[1].Minimum(side[3]) / side[1].Maximum(side[3]);
        return scope.Keep((across * along).Sqrt());
    }

    private sealed class BoxBranch : Module
    {
        private readonly HeadTower _tower;
        private readonly ConvolutionUnit _distances, _centerness;

        public BoxBranch(HeadTower tower, long channels, Generator? generator)
        {
            using var scope = new TensorScope();
            _tower = Child("conv", tower);
            Conv2d distances = HeadTower.Gaussian(channels, 4, bias: true, generator);
            _distances = Own(new ConvolutionUnit(Child("bbox_reg", distances), activation: Activation.Relu));
            _centerness = Own(new ConvolutionUnit(Child("bbox_ctrness", HeadTower.Gaussian(channels, 1, bias: true, generator))));
        }

        public (Tensor Distances, Tensor Centerness) Forward(Tensor map)
        {
            using var scope = new TensorScope();
            Tensor hidden = _tower.Forward(map);                                                        // N,C,H,W
            Tensor distances = AnchorRows.From(_distances.Forward(hidden), 4);                          // N,A,4
            Tensor centerness = AnchorRows.From(_centerness.Forward(hidden), 1).Flatten(1);             // N,A
            return (scope.Keep(distances), scope.Keep(centerness));
        }
    }
}
