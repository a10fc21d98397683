using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Ops;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Detection;

/// <summary>CornerNet: finds the upper left and the lower right corners of objects and pairs them, without anchors.</summary>
/// <remarks>Law and Deng: "CornerNet: Detecting Objects as Paired Keypoints" (ECCV 2018). Every hourglass has heads of its own and is
/// supervised; the last one's maps are decoded.</remarks>
public sealed class CornerNet : Detector
{
    private readonly Hourglass _backbone;
    private readonly ModuleList<CornerHead> _topLeft, _bottomRight;
    private readonly CornerDecoder _decoder;

    /// <summary>Puts the detector together.</summary>
    /// <param name="design">Sizes of the hourglasses.</param>
    /// <param name="classCount">K + 1: the classes and the background, of which the network has no map.</param>
    /// <param name="options">The detector's numbers; the defaults where null.</param>
    /// <param name="norm">The kind of batch norm; trainable where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public CornerNet(HourglassDesign design, int classCount, CornerNetOptions? options = null, BackboneOptions? norm = null,
        Generator? generator = null) : base(classCount)
    {
        norm ??= new BackboneOptions();
        Options = (options ?? new CornerNetOptions()).For(design);
        _backbone = Child("backbone", new Hourglass(design, norm, generator));
        ModuleList<CornerHead> Heads(CornerDirection vertical, CornerDirection horizontal) => new(Enumerable.Range(0, design.Stacks)
            .Select(_ => new CornerHead(_backbone.Channels, Options.PoolChannels, classCount - 1, vertical, horizontal, norm, generator)));
        _topLeft = Child("top_left", Heads(CornerDirection.Top, CornerDirection.Left));
        _bottomRight = Child("bottom_right", Heads(CornerDirection.Bottom, CornerDirection.Right));
        _decoder = new CornerDecoder(Hourglass.Stride, Options.Corners, Options.MaxDistance);
    }

    /// <summary>The detector's numbers.</summary>
    public CornerNetOptions Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _backbone.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.Selection.DetectionsPerImage;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        Tensor[] maps = _backbone.Forward(images.Pixels);                                              // of each hourglass N,C,H/4,W/4
        CornerTargets truth = CornerTargets.Draw(targets, ClassCount - 1, (int)maps[0].Size(2), (int)maps[0].Size(3), Hourglass.Stride,
            Options.LeastIoU).To(maps[0].Device);
        CornerLosses[] losses = [.. maps.Select((map, n) =>
            CornerLosses.Compute(_topLeft[n].Forward(map), _bottomRight[n].Forward(map), truth))];
        Tensor Mean(Func<CornerLosses, Tensor> part, double weight = 1) => Tensor.Stack([.. losses.Select(part)]).Mean() * weight;
        return new Dictionary<string, Tensor>
        {
            ["loss_heat_map"] = Mean(loss => loss.Heat), ["loss_pull"] = Mean(loss => loss.Pull, Options.PullWeight),
            ["loss_push"] = Mean(loss => loss.Push, Options.PushWeight), ["loss_offset"] = Mean(loss => loss.Offset, Options.OffsetWeight),
        };
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor map = _backbone.Forward(images.Pixels)[^1];                                             // N,C,H/4,W/4
        CornerMaps topLeft = _topLeft[_topLeft.Count - 1].Forward(map), bottomRight = _bottomRight[_bottomRight.Count - 1].Forward(map);
        DetectionCandidates[] pairs = _decoder.Decode(topLeft, bottomRight);                           // <= 100 x 100 boxes a picture
        return [.. pairs.Select((found, n) => (found with { Boxes = found.Boxes.Clip(images.Sizes[n]) })
            .Select(Options.Selection).ToDetections(images.Sizes[n], images.OriginalSizes[n]))];       // Soft-NMS, top 100
    }
}

/// <summary>The numbers of CornerNet. Defaults are the paper's, where it tells them.</summary>
public sealed record CornerNetOptions
{
    /// <summary>How pictures become batches; the divisor becomes the hourglasses'. The paper trains on random pieces of 511x511 pixels
    /// (section 4.1) and leaves pictures their size at prediction; here both are resized.</summary>
    public DetectionTransform Transform { get; init; } = new() { MinSize = 511, MaxSize = 767 };

    /// <summary>Channels that are corner-pooled.</summary>
    public int PoolChannels { get; init => field = Check.Positive(value); } = 128;

    /// <summary>The IoU that decides how wide bell curves around corners are (section 3.2).</summary>
    public double LeastIoU { get; init => field = Check.Fraction(value); } = 0.3;

    /// <summary>Weight of the loss that pulls the embeddings of an object together (section 4.1).</summary>
    public double PullWeight { get; init => field = Check.NotNegative(value); } = 0.1;

    /// <summary>Weight of the loss that pushes those of different objects apart (section 4.1).</summary>
    public double PushWeight { get; init => field = Check.NotNegative(value); } = 0.1;

    /// <summary>Weight of the offsets' loss (section 4.1).</summary>
    public double OffsetWeight { get; init => field = Check.NotNegative(value); } = 1;

    /// <summary>The best corners of each kind that are paired (section 4.2).</summary>
    public int Corners { get; init => field = Check.Positive(value); } = 100;

    /// <summary>Corners whose embeddings lie farther apart are not paired (section 4.2).</summary>
    public double MaxDistance { get; init => field = Check.NotNegative(value); } = 0.5;

    /// <summary>Which of its finds it tells (section 4.2): Soft-NMS lowers scores instead of dropping boxes.</summary>
    public SelectionOptions Selection { get; init; } = new() { Suppression = Suppression.SoftGaussian, ScoreThreshold = 0.01 };

    /// <summary>With batches whose sides the hourglasses can halve.</summary>
    internal CornerNetOptions For(HourglassDesign design) => this with { Transform = Transform with { SizeDivisor = design.Divisor } };
}
