using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Transforms;

namespace Fovea.Detection;

/// <summary>YOLO v1: one network looks once at the whole picture, and each cell of a grid tells B boxes and one class.</summary>
/// <remarks>Redmon, Divvala, Girshick, Farhadi: "You Only Look Once: Unified, Real-Time Object Detection" (CVPR 2016). Pictures are
/// stretched to one square. Batch norm follows the convolutions, as in Darknet since; the paper had none. Letters: N pictures, S cells a
/// side, B boxes a cell, K classes.</remarks>
public sealed class YoloV1 : Detector
{
    private readonly Backbone _body;
    private readonly Sequential _neck;
    private readonly Linear _hidden, _output;
    private readonly YoloV1Grid _grid;

    /// <summary>Puts the detector together.</summary>
    /// <param name="body">The backbone; its last map is used.</param>
    /// <param name="classCount">K + 1: the classes and the background, which the network itself does not tell.</param>
    /// <param name="options">The detector's numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The pictures' square is no multiple of a cell's side.</exception>
    public YoloV1(Backbone body, int classCount, YoloV1Options? options = null, Generator? generator = null) : base(classCount)
    {
        Options = options ??= new YoloV1Options();
        ImageSize size = options.Transform.FixedSize is { } given && given.Height == given.Width ? given
            : throw new ArgumentException("YOLO v1 takes pictures of one square size: set the transform's FixedSize.", nameof(options));
        long channels = body.Features[^1].Channels;
        int stride = body.Features[^1].Stride;
        var layers = new List<Layer>();
        foreach (int step in options.NeckStrides)
        {
            layers.Add(new ConvNormActivation(channels, options.NeckChannels, 3, step, count => options.BatchNorm.Norm(count),
                Activation.LeakyRelu, generator: generator));
            channels = options.NeckChannels;
            stride *= step;
        }
        if (size.Height % stride != 0)
            throw new ArgumentException($"Pictures of {size} arrived, but a cell of this network is {stride} pixels wide: take a " +
                $"multiple of {stride}.", nameof(options));
        _grid = new YoloV1Grid(size.Height / stride, size);
        _body = Child("backbone", body);
        _neck = Child("neck", new Sequential([.. layers]));
        InitialWeights.FanIn(_neck, generator);
        _hidden = Child("hidden", new Linear(channels * _grid.Count, options.HeadWidth, generator: generator));
        _output = Child("output", new Linear(options.HeadWidth, _grid.Count * (5 * options.BoxesPerCell + classCount - 1),
            generator: generator));
    }

    /// <summary>The detector's numbers.</summary>
    public YoloV1Options Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => [.. _body.Stages.Select(stage => stage.Under("backbone."))];

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.Selection.DetectionsPerImage;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        (Tensor boxes, Tensor classes) = Forward(images.Pixels);                            // N,SS,B,5 and N,SS,K
        return YoloV1Loss.Compute(boxes, classes, targets, _grid, Options);
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        (Tensor told, Tensor classes) = Forward(images.Pixels);                             // N,SS,B,5 and N,SS,K
        Tensor boxes = _grid.Decode(told[.., .., .., ..4]);                                 // N,SS,B,4
        Tensor scores = (told[.., .., .., 4].Unsqueeze(-1) * classes.Unsqueeze(2)).Clamp(0, 1);   // N,SS,B,K: equation 1
        return [.. Enumerable.Range(0, images.Count).Select(n => DenseCandidates
            .Best(new Boxes(boxes[n].Reshape(-1, 4)).Clip(images.Sizes[n]), scores[n].Reshape(-1, ClassCount - 1),
                Options.Selection.ScoreThreshold, Options.Candidates)
            .Select(Options.Selection).ToDetections(images.Sizes[n], images.OriginalSizes[n]))];
    }

    // Pictures to what each cell says: boxes with their confidence, and the classes.
    private (Tensor Boxes, Tensor Classes) Forward(Tensor pixels)
    {
        using var scope = new TensorScope();
        Tensor map = _neck.Forward(_body.Forward(pixels)[^1]).Contiguous();                 // N,C,S,S
        Tensor hidden = Functional.Dropout(_hidden.Forward(map.Flatten(1)).Activate(Activation.LeakyRelu), Options.Dropout, Training);
        Tensor cells = _output.Forward(hidden).To(DType.Float32)
            .View(pixels.Size(0), _grid.Count, 5 * Options.BoxesPerCell + ClassCount - 1);  // N,SS,5B+K
        Tensor boxes = cells[.., .., ..(5 * Options.BoxesPerCell)].Reshape(pixels.Size(0), _grid.Count, Options.BoxesPerCell, 5);
        return (scope.Keep(boxes), scope.Keep(cells[.., .., (5 * Options.BoxesPerCell)..]));
    }
}

/// <summary>The numbers of YOLO v1. Defaults are the paper's.</summary>
public sealed record YoloV1Options
{
    /// <summary>How pictures become batches: all stretched to one square (section 2.2: 448).</summary>
    public DetectionTransform Transform { get; init; } = new() { FixedSize = new ImageSize(448, 448), Normalization = Normalization.None };

    /// <summary>Steps of the 3x3 convolutions between backbone and fully connected layers (section 2.2: four).</summary>
    public IReadOnlyList<int> NeckStrides { get; init; } = [1, 2, 1, 1];

    /// <summary>Channels of these convolutions.</summary>
    public int NeckChannels { get; init => field = Check.Positive(value); } = 1024;

    /// <summary>What batch norm of these convolutions is like.</summary>
    public BackboneOptions BatchNorm { get; init; } = new();

    /// <summary>Width of the fully connected layer before the last.</summary>
    public int HeadWidth { get; init => field = Check.Positive(value); } = 4096;

    /// <summary>Chance that an output of that layer is dropped while training (section 2.2).</summary>
    public double Dropout { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>Boxes that each cell tells, B (section 2).</summary>
    public int BoxesPerCell { get; init => field = Check.Positive(value); } = 2;

    /// <summary>lambda_coord: what boxes count in the loss.</summary>
    public double BoxWeight { get; init => field = Check.NotNegative(value); } = 5;

    /// <summary>lambda_noobj: what confidences where nothing is count in the loss.</summary>
    public double NoObjectWeight { get; init => field = Check.NotNegative(value); } = 0.5;

    /// <summary>Pairs of box and class of a picture, the surest ones, that non-maximum suppression looks at.</summary>
    public int Candidates { get; init => field = Check.Positive(value); } = 1000;

    /// <summary>Which finds are told.</summary>
    public SelectionOptions Selection { get; init; } = new();
}
