using Fovea.Backbones;
using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>Draws the mask of each object: a small fully convolutional network on its region, with a map for each class.</summary>
/// <remarks>He, Gkioxari, Dollar, Girshick: "Mask R-CNN" (ICCV 2017), section 3 and figure 4 (right). Classes do not compete: a pixel's
/// probability is a sigmoid, and only the true class's map learns. Parameter names and initial weights are torchvision's. Letters: R
/// regions of all pictures, M the side of a mask.</remarks>
public sealed class MaskBranch : IRegionBranch
{
    private const int RegionSide = 14;

    private readonly MultiScaleRoiAlign _pool = new(RegionSide);
    private readonly Sequential _head;
    private readonly MaskPredictor _predictor;

    /// <summary>A branch on maps of so many channels.</summary>
    /// <param name="channels">Channels of the maps.</param>
    /// <param name="classCount">K + 1.</param>
    /// <param name="options">Its numbers.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public MaskBranch(long channels, int classCount, MaskBranchOptions options, Generator? generator = null)
    {
        using var scope = new TensorScope();
        Func<long, Layer>? norm = options.BatchNorm ? count => new BatchNorm2d(count) : null;
        _head = new Sequential([.. Enumerable.Range(0, options.Convolutions).Select(i =>
            new ConvNormActivation(i == 0 ? channels : options.Width, options.Width, 3, 1, norm, generator: generator))]);
        InitialWeights.FanOut(_head, generator);
        _predictor = new MaskPredictor(options.Convolutions == 0 ? channels : options.Width, options.Width, classCount, generator);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Module Part)> Parts => [("mask_head", _head), ("mask_predictor", _predictor)];

    /// <inheritdoc/>
    public string LossName => "loss_mask";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A picture has objects without masks.</exception>
    public Tensor ComputeLoss(IReadOnlyList<Tensor> features, ObjectRegions objects, IReadOnlyList<DetectionTarget> targets,
        IReadOnlyList<ImageSize> sizes)
    {
        Tensor logits = Forward(features, objects.Regions, sizes);                              // R,K+1,M,M
        if (objects.Labels.Numel == 0) return logits.Sum() * 0;
        Tensor goals = Tensor.Cat([.. targets.Select((target, n) =>
            MaskTargets.Compute(target, objects.Regions[n], objects.Matches[n], (int)logits.Size(3)))]);
        Tensor ofClass = logits[Tensor.Arange(0, logits.Size(0), device: logits.Device), objects.Labels];                 // R,M,M
        return BinaryCrossEntropy.Compute(ofClass, goals.To(logits.Device));
    }

    /// <inheritdoc/>
    public Detections[] Complete(Detections[] results, IReadOnlyList<Tensor> features, IReadOnlyList<DetectionCandidates> found,
        ImageBatch images)
    {
        Tensor[] boxes = [.. found.Select(one => one.Boxes.Tensor)];
        Tensor labels = Tensor.Cat([.. found.Select(one => one.Labels)]);
        Tensor logits = Forward(features, boxes, images.Sizes);                                 // R,K+1,M,M
        Tensor ofClass = logits[Tensor.Arange(0, logits.Size(0), device: logits.Device), labels].Sigmoid();
        int side = (int)logits.Size(3), next = 0;
        float[] values = ofClass.ToArray<float>();
        return [.. results.Select(result =>
        {
            var masks = new SoftMask[result.Count];
            for (int i = 0; i < masks.Length; i++, next++)
                masks[i] = new SoftMask(result.Boxes[i], side, values[(next * side * side)..((next + 1) * side * side)]);
            return result.WithMasks(masks);
        })];
    }

    private Tensor Forward(IReadOnlyList<Tensor> features, IReadOnlyList<Tensor> regions, IReadOnlyList<ImageSize> sizes)
    {
        using var scope = new TensorScope();
        return scope.Keep(_predictor.Forward(_head.Forward(_pool.Forward(features, regions, sizes))));
    }

    /// <summary>Doubles the map, then a map of logits for each class.</summary>
    private sealed class MaskPredictor : Layer
    {
        private readonly ConvTranspose2d _enlarge;
        private readonly Conv2d _logits;

        public MaskPredictor(long inChannels, long width, int classCount, Generator? generator)
        {
            _enlarge = Child("conv5_mask", new ConvTranspose2d(inChannels, width, 2, stride: 2, generator: generator));
            _logits = Child("mask_fcn_logits", new Conv2d(width, classCount, 1, generator: generator));
            Init.KaimingNormal(_enlarge.Weight, FanMode.Out, generator: generator);
            Init.KaimingNormal(_logits.Weight, FanMode.Out, generator: generator);
        }

        protected override Tensor Apply(Tensor input) => _logits.Forward(_enlarge.Forward(input).ReluInPlace());
    }
}

/// <summary>The numbers of the mask branch. Defaults are He et al.'s (2017, figure 4).</summary>
public sealed record MaskBranchOptions
{
    /// <summary>3x3 convolutions.</summary>
    public int Convolutions { get; init => field = Check.NotNegative(value); } = 4;

    /// <summary>Channels of each.</summary>
    public int Width { get; init => field = Check.Positive(value); } = 256;

    /// <summary>Whether batch norm follows each (Li et al.: "Benchmarking Detection Transfer Learning with Vision Transformers",
    /// 2021).</summary>
    public bool BatchNorm { get; init; }
}
