using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Structures;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Transforms;

namespace Fovea.Detection;

/// <summary>SSD: one stage that classifies and shifts default boxes on maps of many sizes of one convolutional network.</summary>
/// <remarks>Liu, Anguelov, Erhan, Szegedy, Reed, Fu, Berg: "SSD: Single Shot MultiBox Detector" (ECCV 2016); with a mobile network and
/// depthwise heads it is SSDLite (Sandler et al.: "MobileNetV2", CVPR 2018, section 6.2). Letters: N pictures, A default boxes, K
/// classes.</remarks>
public sealed class Ssd : Detector
{
    private readonly SsdBackbone _backbone;
    private readonly DefaultBoxGenerator _defaults;
    private readonly SsdHead _head;

    /// <summary>Puts the detector together.</summary>
    /// <param name="backbone">What gives the maps.</param>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <param name="options">The detector's numbers; SSD300's where null.</param>
    /// <param name="norm">SSDLite: makes the normalisation of the heads. Null for SSD's plain heads.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">The numbers are for other maps, or the pictures too small for the backbone.</exception>
    public Ssd(SsdBackbone backbone, int classCount, SsdOptions? options = null, Func<long, Layer>? norm = null, Generator? generator = null)
        : base(classCount)
    {
        Options = options ??= new SsdOptions();
        _backbone = Child("backbone", backbone);
        _defaults = Own(new DefaultBoxGenerator(options.AspectRatios, options.Scales, options.Steps));
        if (_defaults.PerCell.Count != backbone.Channels.Count)
            throw new ArgumentException($"There are default boxes for {_defaults.PerCell.Count} maps, but this backbone has " +
                $"{backbone.Channels.Count}: give one row of aspect ratios a map.", nameof(options));
        if (Math.Min(options.Size.Height, options.Size.Width) < backbone.SmallestSide)
            throw new ArgumentException($"Pictures of {options.Size.Height}x{options.Size.Width} pixels arrived, but the last map of this " +
                $"backbone needs at least {backbone.SmallestSide} a side.", nameof(options));
        _head = Child("head", new SsdHead(backbone.Channels, _defaults.PerCell, classCount, options, norm, generator));
    }

    /// <summary>The detector's numbers.</summary>
    public SsdOptions Options { get; }

    /// <inheritdoc/>
    public override DetectionTransform Transform => Options.Transform;

    /// <inheritdoc/>
    public override IReadOnlyList<BackboneStage> Stages => _backbone.Stages;

    /// <inheritdoc/>
    public override int DetectionsPerImage => Options.Selection.DetectionsPerImage;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> ComputeLosses(ImageBatch images, IReadOnlyList<DetectionTarget> targets,
        Generator generator)
    {
        ExpectTargets(images, targets);
        Tensor[] maps = _backbone.Forward(images.Pixels);                                              // conv4_3 .. conv11_2
        (Tensor logits, Tensor deltas) = _head.Forward(maps);                                          // N,A,K+1 and N,A,4
        (Tensor classes, Tensor boxes) = _head.ComputeLosses(logits, deltas, _defaults.Generate(maps, images.PaddedSize), targets);
        return new Dictionary<string, Tensor> { ["bbox_regression"] = boxes, ["classification"] = classes };
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor[] maps = _backbone.Forward(images.Pixels);                                              // conv4_3 .. conv11_2
        (Tensor logits, Tensor deltas) = _head.Forward(maps);                                          // N,A,K+1 and N,A,4
        Tensor defaults = _defaults.Generate(maps, images.PaddedSize);                                 // A,4
        return DetectionCandidates.Select(images, Options.Selection,                                   // per class: threshold, top 400
            n => _head.Candidates(logits[n], deltas[n], defaults));
    }
}

/// <summary>The numbers of SSD. Defaults are those of SSD300 and of torchvision's ssd300_vgg16.</summary>
public sealed record SsdOptions
{
    private static readonly float[] Two = [2], TwoAndThree = [2, 3];

    /// <summary>The one size of all pictures (Liu et al. 2016, section 3: 300 x 300).</summary>
    public ImageSize Size { get; init; } = new(300, 300);

    /// <summary>How colours become numbers: torchvision's for SSD's own weights of VGG, 0 to 255 without the mean colour.</summary>
    public Normalization Normalization { get; init; } =
        new((0.48235f, 0.45882f, 0.40784f), (1 / 255f, 1 / 255f, 1 / 255f));

    /// <summary>For each map the shapes of its boxes beside the square: width over height, each also lying down (Liu et al. 2016, section
    /// 2.2, and section 3 on the first and the last two maps).</summary>
    public IReadOnlyList<IReadOnlyList<float>> AspectRatios { get; init; } = [Two, TwoAndThree, TwoAndThree, TwoAndThree, Two, Two];

    /// <summary>For each map the size of its boxes as a share of the picture, and one more: 0.07 on conv4_3, then 0.15 to 0.87 evenly, as
    /// Liu et al. 2016, section 3.4, have it for COCO.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05];

    /// <summary>For each map the pixels from one cell to the next, as in the authors' program; null to divide the picture evenly.</summary>
    public IReadOnlyList<int>? Steps { get; init; } = [8, 16, 32, 64, 100, 300];

    /// <summary>A default box with at least this IoU with an object learns it; each object's best one always does (section 2.2).</summary>
    public double ForegroundIoU { get; init => field = Check.Fraction(value); } = 0.5;

    /// <summary>Default boxes without an object that count in the loss, for each one with an object (section 2.2: 3).</summary>
    public double NegativesPerPositive { get; init => field = Check.NotNegative(value); } = 3;

    /// <summary>Which of its finds it tells: Liu et al. 2016, section 3.7, and torchvision's top 400 of a class.</summary>
    public SelectionOptions Selection { get; init; } = new()
    {
        ScoreThreshold = 0.01, PreNmsTopN = 400, NmsThreshold = 0.45, DetectionsPerImage = 200, MinSize = 0,
    };

    /// <summary>How pictures become batches.</summary>
    internal DetectionTransform Transform => new()
    {
        FixedSize = Size, MinSize = Math.Min(Size.Height, Size.Width), MaxSize = Math.Max(Size.Height, Size.Width), SizeDivisor = 1,
        Normalization = Normalization,
    };
}
