using Fovea.Losses;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>SSD's heads: the class of every default box, background among them, and how to shift it; layers of its own for each
/// map.</summary>
/// <remarks>Liu et al.: "SSD: Single Shot MultiBox Detector" (ECCV 2016), sections 2.1 and 2.2; SSDLite's are depthwise separable
/// convolutions (Sandler et al.: "MobileNetV2", CVPR 2018, section 6.2). Parameter names are torchvision's. Letters: N pictures, A default
/// boxes of all maps, K classes.</remarks>
public sealed class SsdHead : Module
{
    private readonly Branch _classes, _boxes;
    private readonly SsdOptions _options;
    private readonly BoxCoder _coder = new(10, 10, 5, 5);
    private readonly Matcher _matcher;

    /// <summary>Heads on maps of the given channels.</summary>
    /// <param name="channels">Channels of each map.</param>
    /// <param name="perCell">Default boxes on each cell of each map.</param>
    /// <param name="classCount">K + 1.</param>
    /// <param name="options">The detector's numbers.</param>
    /// <param name="norm">SSDLite: makes the normalisation of so many channels. Null for SSD's plain convolutions.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public SsdHead(IReadOnlyList<long> channels, IReadOnlyList<int> perCell, int classCount, SsdOptions options,
        Func<long, Layer>? norm = null, Generator? generator = null)
    {
        _options = options;
        _classes = Child("classification_head", new Branch(channels, perCell, classCount, norm, generator));
        _boxes = Child("regression_head", new Branch(channels, perCell, 4, norm, generator));
        _matcher = new Matcher(options.ForegroundIoU, options.ForegroundIoU, keepBest: false);
    }

    /// <summary>The logits N x A x (K+1) and the codes N x A x 4 of all maps.</summary>
    /// <param name="features">The maps, each N x C x H x W.</param>
    public (Tensor Logits, Tensor Deltas) Forward(IReadOnlyList<Tensor> features) => (_classes.Forward(features), _boxes.Forward(features));

    /// <summary>The two losses (section 2.2, equation 1), each over the number of matched default boxes of all pictures.</summary>
    /// <param name="logits">N x A x (K+1).</param>
    /// <param name="deltas">N x A x 4.</param>
    /// <param name="defaults">A x 4, in pixels of the batch.</param>
    /// <param name="targets">What there is to find in each picture.</param>
    /// <returns>classification and bbox_regression, scalars.</returns>
    public (Tensor Classification, Tensor BoxRegression) ComputeLosses(Tensor logits, Tensor deltas, Tensor defaults,
        IReadOnlyList<DetectionTarget> targets)
    {
        using var scope = new TensorScope();
        var classLosses = new Tensor[targets.Count];
        var boxLosses = new Tensor[targets.Count];
        long count = 0;
        for (int n = 0; n < targets.Count; n++)
        {
            Tensor matches = Match(targets[n].Boxes, defaults), isObject = matches >= 0;                // A
            Tensor positive = isObject.NonZero().Flatten(), objects = matches.IndexSelect(0, positive);
            count += positive.Numel;
            Tensor losses = CrossEntropy.Compute(logits[n], Matcher.Labels(matches, targets[n].Labels), reduction: Reduction.None);
            classLosses[n] = HardNegativeMining.Sum(losses, isObject, _options.NegativesPerPositive);
            Tensor wanted = _coder.Encode(targets[n].Boxes.IndexSelect(0, objects), defaults.IndexSelect(0, positive));
            boxLosses[n] = SmoothL1Loss.Compute(deltas[n].IndexSelect(0, positive), wanted, beta: 1, Reduction.Sum);
        }
        double divisor = Math.Max(1, count);
        return (scope.Keep(Tensor.Stack(classLosses).Sum() / divisor), scope.Keep(Tensor.Stack(boxLosses).Sum() / divisor));
    }

    /// <summary>The best default boxes of each class of one picture as boxes.</summary>
    /// <param name="logits">A x (K+1).</param>
    /// <param name="deltas">A x 4.</param>
    /// <param name="defaults">A x 4, in pixels of the batch.</param>
    public DetectionCandidates Candidates(Tensor logits, Tensor deltas, Tensor defaults)
    {
        ScoredAnchors best = ScoredAnchors.OfClasses(logits.Softmax(-1)[.., 1..], _options.Selection);
        return new DetectionCandidates(new Boxes(_coder.Decode(deltas, defaults).IndexSelect(0, best.Anchors)), best.Scores, best.Labels);
    }

    /// <summary>The object of each default box: the one that it overlaps most, if that is enough; and each object's best default box in
    /// any case, of two such objects the later one.</summary>
    /// <param name="boxes">G x 4.</param>
    /// <param name="defaults">A x 4, in the same frame.</param>
    /// <returns>A, int64: index of the object, or <see cref="Matcher.Background"/>.</returns>
    internal Tensor Match(Tensor boxes, Tensor defaults)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor matches = _matcher.Match(boxes, defaults);
        if (boxes.Size(0) == 0) return scope.Keep(matches);
        long[] best = new Boxes(boxes).Iou(new Boxes(defaults)).Max(1).Indices.ToArray<long>();           // G
        var objectOf = new Dictionary<long, long>();
        for (int g = 0; g < best.Length; g++) objectOf[best[g]] = g;
        Tensor places = Tensor.From(objectOf.Keys.ToArray(), objectOf.Count);
        Tensor objects = Tensor.From(objectOf.Values.ToArray(), objectOf.Count);
        return scope.Keep(matches.IndexPutInPlace(places.To(matches.Device), objects.To(matches.Device)));
    }

    /// <summary>A row of numbers for every default box, from layers of its own for each map.</summary>
    private sealed class Branch : Module
    {
        private readonly Func<Tensor, Tensor>[] _layers;
        private readonly long _values;

        public Branch(IReadOnlyList<long> channels, IReadOnlyList<int> perCell, long values, Func<long, Layer>? norm, Generator? generator)
        {
            using var scope = new TensorScope();
            _values = values;
            _layers = new Func<Tensor, Tensor>[channels.Count];
            var list = new Layer[channels.Count];
            for (int i = 0; i < list.Length; i++)
            {
                int kernel = norm is null ? 3 : 1;
                var last = new Conv2d(channels[i], values * perCell[i], kernel, padding: kernel / 2, generator: generator);
                ConvolutionUnit unit = Own(new ConvolutionUnit(last));
                ConvNormActivation? depthwise = norm is null ? null
                    : new ConvNormActivation(channels[i], channels[i], 3, 1, norm, Activation.Relu6, groups: channels[i],
                        generator: generator);
                list[i] = depthwise is null ? last : new Sequential(depthwise, last);
                _layers[i] = depthwise is null ? unit.Forward : map => unit.Forward(depthwise.Forward(map));
            }
            Child("module_list", new ModuleList<Layer>(list));
            if (norm is null) SsdBackbone.StartAsXavier(this, generator);
            else SsdBackbone.StartAsNormal(this, generator);
        }

        public Tensor Forward(IReadOnlyList<Tensor> features)
        {
            using var scope = new TensorScope();
            return scope.Keep(Tensor.Cat([.. features.Select((map, i) => AnchorRows.From(_layers[i](map), _values))], 1));
        }
    }
}
