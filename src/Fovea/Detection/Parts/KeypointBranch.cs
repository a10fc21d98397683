using Fovea.Backbones;
using Fovea.Imaging;
using Fovea.Losses;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection.Parts;

/// <summary>Finds the key points of each object: a small fully convolutional network on its region, with a map for each key point, of
/// which one pixel is right.</summary>
/// <remarks>He, Gkioxari, Dollar, Girshick: "Mask R-CNN" (ICCV 2017), section 5: eight convolutions of 512 channels, a transposed
/// convolution, and bilinear enlargement to 56 x 56. Parameter names and initial weights are torchvision's. Letters: R regions of all
/// pictures, P key points, M the side of a map.</remarks>
public sealed class KeypointBranch : IRegionBranch
{
    private const int RegionSide = 14;

    private readonly MultiScaleRoiAlign _pool = new(RegionSide);
    private readonly Sequential _head;
    private readonly KeypointPredictor _predictor;

    /// <summary>A branch on maps of so many channels.</summary>
    /// <param name="channels">Channels of the maps.</param>
    /// <param name="options">Its numbers.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public KeypointBranch(long channels, KeypointBranchOptions options, Generator? generator = null)
    {
        using var scope = new TensorScope();
        var layers = new List<Layer>();
        for (int i = 0; i < options.Convolutions; i++)
        {
            layers.Add(new Conv2d(i == 0 ? channels : options.Width, options.Width, 3, padding: 1, generator: generator));
            layers.Add(new ActivationLayer(Activation.Relu));
        }
        _head = new Sequential([.. layers]);
        InitialWeights.FanOut(_head, generator);
        _predictor = new KeypointPredictor(options.Convolutions == 0 ? channels : options.Width, options.KeypointCount, generator);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Module Part)> Parts => [("keypoint_head", _head), ("keypoint_predictor", _predictor)];

    /// <inheritdoc/>
    public string LossName => "loss_keypoint";

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The objects have another number of key points.</exception>
    public Tensor ComputeLoss(IReadOnlyList<Tensor> features, ObjectRegions objects, IReadOnlyList<DetectionTarget> targets,
        IReadOnlyList<ImageSize> sizes)
    {
        Tensor logits = Forward(features, objects.Regions, sizes);                              // R,P,M,M
        long points = logits.Size(1), side = logits.Size(3);
        (Tensor Places, Tensor Seen)[] goals = [.. targets.Select((target, n) =>
            Goals(target, objects.Regions[n], objects.Matches[n], points, side))];
        Tensor seen = Tensor.Cat([.. goals.Select(goal => goal.Seen.Flatten())]).NonZero().Flatten();
        if (seen.Numel == 0) return logits.Sum() * 0;
        Tensor places = Tensor.Cat([.. goals.Select(goal => goal.Places.Flatten())]).IndexSelect(0, seen);
        return CrossEntropy.Compute(logits.Reshape(-1, side * side).IndexSelect(0, seen), places);
    }

    /// <inheritdoc/>
    public Detections[] Complete(Detections[] results, IReadOnlyList<Tensor> features, IReadOnlyList<DetectionCandidates> found,
        ImageBatch images)
    {
        Tensor[] boxes = [.. found.Select(one => one.Boxes.Tensor)];
        Tensor logits = Forward(features, boxes, images.Sizes);                                 // R,P,M,M
        Tensor[] perPicture = logits.Split([.. found.Select(one => one.Count)]);
        return [.. results.Select((result, n) => result.WithKeypoints(Read(perPicture[n], boxes[n], images.Sizes[n], result.Size)))];
    }

    private Tensor Forward(IReadOnlyList<Tensor> features, IReadOnlyList<Tensor> regions, IReadOnlyList<ImageSize> sizes)
    {
        using var scope = new TensorScope();
        return scope.Keep(_predictor.Forward(_head.Forward(_pool.Forward(features, regions, sizes))));
    }

    // Which pixel of a region's map is right, R x P int64, and whether the key point is labelled and inside the region.
    private static (Tensor Places, Tensor Seen) Goals(DetectionTarget target, Tensor regions, Tensor matches, long points, long side)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        if (target.Keypoints is not { } keypoints)
        {
            Tensor none = Tensor.Zeros([regions.Size(0), points], DType.Int64, regions.Device);
            return (scope.Keep(none), scope.Keep(none.Eq(1)));
        }
        if (keypoints.Size(1) != points)
            throw new ArgumentException($"Objects with {keypoints.Size(1)} key points arrived, but the model is made for {points}.", nameof(target));
        Tensor[] of = keypoints.IndexSelect(0, matches).Unbind(2);                              // R,P each: x, y, visibility
        Tensor[] edges = [.. regions.Unbind(1).Select(edge => edge.Unsqueeze(1))];              // R,1
        (Tensor column, Tensor insideX) = Cell(of[0], edges[0], edges[2], side);
        (Tensor row, Tensor insideY) = Cell(of[1], edges[1], edges[3], side);
        Tensor seen = insideX & insideY & (of[2] > 0);
        return (scope.Keep((row * side + column) * seen.To(DType.Int64)), scope.Keep(seen));
    }

    // The right edge itself belongs to the last cell.
    private static (Tensor Cell, Tensor Inside) Cell(Tensor position, Tensor start, Tensor end, long side)
    {
        Tensor cell = ((position - start) * ((double)side / (end - start))).Floor().To(DType.Int64);
        cell = cell.MaskedFill(position.Eq(end), side - 1);
        return (cell, (cell >= 0) & (cell < side));
    }

    // The best pixel of each map, enlarged to the region's size (bicubic), in pixels of the original picture.
    private static DetectedKeypoint[][] Read(Tensor logits, Tensor boxes, ImageSize size, ImageSize original)
    {
        float[] edges = boxes.ToArray<float>();
        float toY = (float)original.Height / size.Height, toX = (float)original.Width / size.Width;
        var found = new DetectedKeypoint[edges.Length / 4][];
        for (int i = 0; i < found.Length; i++)
        {
            using var scope = new TensorScope();
            float left = edges[4 * i], top = edges[4 * i + 1];
            float width = Math.Max(edges[4 * i + 2] - left, 1), height = Math.Max(edges[4 * i + 3] - top, 1);
            long columns = (long)Math.Ceiling(width), rows = (long)Math.Ceiling(height);
            Tensor map = Functional.ResizeBicubic(logits[i].Unsqueeze(0), rows, columns);       // 1,P,rows,columns
            (Tensor best, Tensor place) = map.Flatten(2)[0].Max(1);
            float[] scores = best.ToArray<float>();
            long[] places = place.ToArray<long>();
            found[i] = [.. places.Select((at, p) => new DetectedKeypoint(
                ((at % columns + 0.5f) * (width / columns) + left) * toX, ((at / columns + 0.5f) * (height / rows) + top) * toY, scores[p]))];
        }
        return found;
    }

    /// <summary>Doubles the map to a map for each key point, and enlarges that to twice its size.</summary>
    private sealed class KeypointPredictor : Layer
    {
        private readonly ConvTranspose2d _scores;

        public KeypointPredictor(long inChannels, int keypoints, Generator? generator)
        {
            _scores = Child("kps_score_lowres", new ConvTranspose2d(inChannels, keypoints, 4, stride: 2, padding: 1, generator: generator));
            Init.KaimingNormal(_scores.Weight, FanMode.Out, generator: generator);
            Init.Constant(_scores.Bias!, 0);
        }

        protected override Tensor Apply(Tensor input)
        {
            using var scope = new TensorScope();
            Tensor map = _scores.Forward(input);
            return scope.Keep(Functional.ResizeBilinear(map, 2 * map.Size(2), 2 * map.Size(3)));
        }
    }
}

/// <summary>The numbers of the key-point branch. Defaults are He et al.'s (2017, section 5).</summary>
public sealed record KeypointBranchOptions
{
    /// <summary>Key points of an object: COCO's 17 of a person.</summary>
    public int KeypointCount { get; init => field = Check.Positive(value); } = 17;

    /// <summary>3x3 convolutions.</summary>
    public int Convolutions { get; init => field = Check.NotNegative(value); } = 8;

    /// <summary>Channels of each.</summary>
    public int Width { get; init => field = Check.Positive(value); } = 512;
}
