using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Transforms;

namespace Fovea.Detection;

/// <summary>YOLOv3: three scales of one network tell a box, an objectness and independent classes at every anchor of every cell.</summary>
/// <remarks>Redmon and Farhadi: "YOLOv3: An Incremental Improvement" (2018). Pictures keep their shape and lie in the upper left corner of
/// a grey square; Darknet puts them into its middle, which moves what is found and changes nothing else. Letters: N pictures, P places
/// (anchors of all cells), A anchors a cell, K classes.</remarks>
public sealed class YoloV3 : Detector
{
    // Few places hold an object: a network that begins by saying so does not spend its first steps on it (as Lin et al., "Focal Loss", ICCV
    // 2017, section 3.3; Darknet begins at one half).
    private const double FirstObjectness = 0.01;

    private readonly YoloPyramid _network;
    private readonly (float Width, float Height)[] _anchors;

    /// <summary>Puts the detector together.</summary>
    /// <param name="body">The backbone, whose coarsest maps are used.</param>
    /// <param name="classCount">K + 1: the classes and the background, which the network itself does not tell.</param>
    /// <param name="options">The detector's numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The scales do not share the anchors evenly.</exception>
    public YoloV3(Backbone body, int classCount, YoloV3Options? options = null, Generator? generator = null) : base(classCount)
    {
        Options = options ??= new YoloV3Options();
        int scales = options.Scales.Count;
        if (options.AnchorShapes.Count == 0 || options.AnchorShapes.Count % (2 * scales) != 0)
            throw new ArgumentException($"{options.AnchorShapes.Count} numbers arrived as shapes of anchors, but {scales} scales need a " +
                $"width and a height for each of as many anchors: a multiple of {2 * scales}, such as {6 * scales}.", nameof(options));
        _anchors = [.. options.AnchorShapes.Chunk(2).Select(pair => (pair[0], pair[1]))];
        int perCell = _anchors.Length / scales, width = 5 + classCount - 1;
        _network = Child("network", new YoloPyramid(body, options.Scales, perCell * width, options.BatchNorm, generator));
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        foreach (Conv2d output in _network.Outputs)
        {
            output.Bias!.ZeroInPlace();
            output.Bias.View(perCell, width).Select(1, 4).FillInPlace(-Math.Log(1 / FirstObjectness - 1));
        }
    }

    /// <summary>The detector's numbers.</summary>
    public YoloV3Options Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _network.Stages.Select(stage => stage.Under("network."))];

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.Selection.DetectionsPerImage;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        Tensor told = Forward(images.Pixels);                                               // N,P,5+K
        return YoloV3Loss.Compute(told, targets, Grid(images), images.PaddedSize, Options.IgnoreThreshold);
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor told = Forward(images.Pixels);                                               // N,P,5+K
        Tensor boxes = Grid(images).Decode(told);                                           // N,P,4
        Tensor scores = told[.., .., 4..5].Sigmoid() * told[.., .., 5..].Sigmoid();         // N,P,K
        return [.. Enumerable.Range(0, images.Count).Select(n => DenseCandidates
            .Best(new Boxes(boxes[n]).Clip(images.Sizes[n]), scores[n], Options.Selection.ScoreThreshold, Options.Candidates)
            .Select(Options.Selection).ToDetections(images.Sizes[n], images.OriginalSizes[n]))];
    }

    private YoloGrid Grid(ImageBatch images) => new(images.PaddedSize, _network.Strides, _anchors);

    // Level by level, row by row, cell by cell, anchor by anchor.
    private Tensor Forward(Tensor pixels)
    {
        using var scope = new TensorScope();
        long count = pixels.Size(0), width = 5 + ClassCount - 1;
        Tensor[] levels = [.. _network.Forward(pixels).Select(level => level.To(DType.Float32)
            .Reshape(count, -1, width, level.Size(2), level.Size(3)).Permute(0, 3, 4, 1, 2).Reshape(count, -1, width))];   // N,HWA,5+K
        return scope.Keep(Tensor.Cat(levels, 1));
    }
}

/// <summary>The numbers of YOLOv3. Defaults are the paper's.</summary>
public sealed record YoloV3Options
{
    /// <summary>How pictures become batches: their longer side as long as the square's, on grey (Darknet's yolov3.cfg: 416).</summary>
    public DetectionTransform Transform { get; init; } = Letterbox;

    /// <summary>Darknet's way: colours from 0 to 1 on a square of 416 pixels, of which the picture leaves a grey rest.</summary>
    public static DetectionTransform Letterbox { get; } = new()
    {
        MinSize = 416, MaxSize = 416, Square = true, Normalization = Normalization.None, Ground = 0.5,
    };

    /// <summary>The scales, from coarse to fine.</summary>
    public IReadOnlyList<YoloScaleDesign> Scales { get; init; } = YoloPyramid.Paper;

    /// <summary>Width and height of each anchor in turn, in pixels of the batch, from small to large: the clusters of COCO's boxes (section
    /// 2.3).</summary>
    public IReadOnlyList<float> AnchorShapes
    {
        get;
        init => field = value.All(side => side > 0 && float.IsFinite(side)) ? value
            : throw new ArgumentException("Widths and heights of anchors must be above 0.", nameof(AnchorShapes));
    } = [10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326];

    /// <summary>The anchors of Darknet's yolov3-tiny.cfg.</summary>
    public static IReadOnlyList<float> TinyAnchorShapes { get; } = [10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319];

    /// <summary>A place that overlaps an object by more than this without being its own is not held against (section 2.1).</summary>
    public double IgnoreThreshold { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>What batch norm of the scales is like.</summary>
    public BackboneOptions BatchNorm { get; init; } = new();

    /// <summary>Pairs of box and class of a picture, the surest ones, that non-maximum suppression looks at.</summary>
    public int Candidates { get; init => field = Check.Positive(value); } = 1000;

    /// <summary>Which finds are told.</summary>
    public SelectionOptions Selection { get; init; } = new();
}
