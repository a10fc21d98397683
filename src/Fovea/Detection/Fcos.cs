using Fovea.Backbones;
using Fovea.Detection.Parts;
using Fovea.Layers;
using Fovea.Structures;
using Fovea.Torch;

namespace Fovea.Detection;

/// <summary>FCOS: one stage without anchor shapes, in which every point of a feature pyramid says the class of the object that it lies
/// in and how far that object's four sides are.</summary>
/// <remarks>Tian, Shen, Chen, He: "FCOS: Fully Convolutional One-Stage Object Detection" (ICCV 2019), section 3, with its authors' later
/// improvements, as in torchvision. Letters: N pictures, A points, K classes.</remarks>
public sealed class Fcos : Detector
{
    private readonly PyramidBackbone _backbone;
    private readonly AnchorGenerator _points;
    private readonly FcosHead _head;

    /// <summary>Puts the detector together.</summary>
    /// <param name="body">The backbone, without pyramid, of maps C2 to C5.</param>
    /// <param name="classCount">K + 1: the classes and the background.</param>
    /// <param name="options">The detector's numbers; the defaults where null.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    public Fcos(Backbone body, int classCount, FcosOptions? options = null, Generator? generator = null) : base(classCount)
    {
        Options = options ??= new FcosOptions();
        _points = Own(new AnchorGenerator([.. options.PointSizes.Select(size => (float[])[size])], [1]));
        _backbone = Child("backbone",
            new PyramidBackbone(body, options.PyramidChannels, generator, first: 1, top: PyramidTop.ConvolvedFromP5));
        if (_points.Levels != _backbone.Levels)
            throw new ArgumentException($"There are {_points.Levels} point sizes, but the pyramid on this backbone has " +
                $"{_backbone.Levels} levels: give one size a level.", nameof(options));
        _head = Child("head", new FcosHead(classCount, options, generator));
    }

    /// <summary>The detector's numbers.</summary>
    public FcosOptions Options { get; }

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
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P3..P7, each N,256,H/s,W/s
        FcosOutput[] levels = _head.Forward(features);
        Tensor[] points = _points.Generate(features, images.PaddedSize);                               // each A,4
        (Tensor classes, Tensor boxes, Tensor centerness) = _head.ComputeLosses(levels, points, targets);
        return new Dictionary<string, Tensor> { ["classification"] = classes, ["bbox_regression"] = boxes, ["bbox_ctrness"] = centerness };
    }

    /// <inheritdoc/>
    public override Detections[] Predict(ImageBatch images)
    {
        using var scope = new TensorScope();
        using var inference = new InferenceMode();
        Tensor[] features = _backbone.Forward(images.Pixels);                                          // P3..P7, each N,256,H/s,W/s
        FcosOutput[] levels = _head.Forward(features);
        Tensor[] points = _points.Generate(features, images.PaddedSize);                               // each A,4
        return DetectionCandidates.Select(images, Options.Selection, n => DetectionCandidates.Join(
            [.. levels.Select((level, i) => _head.Candidates(level, n, points[i]))]));                 // per level: threshold, top 1,000
    }
}

/// <summary>The numbers of FCOS. Defaults are those of torchvision's fcos_resnet50_fpn.</summary>
public sealed record FcosOptions
{
    /// <summary>How pictures become batches.</summary>
    public DetectionTransform Transform { get; init; } = new();

    /// <summary>Channels of every level of the pyramid and of the heads, a multiple of 32, the groups of group norm.</summary>
    public int PyramidChannels { get; init => field = Check.Positive(value); } = 256;

    /// <summary>The unit of the distances on each level from P3 to P7, which also decides on the sizes of objects that a level learns: its
    /// stride in pixels of the batch (Tian et al. 2019, section 3.2).</summary>
    public IReadOnlyList<float> PointSizes { get; init; } = [8, 16, 32, 64, 128];

    /// <summary>How near an object's centre a point must be to learn it, in strides: 1.5 in the authors' improvements.</summary>
    public double CentreRadius { get; init => field = Check.Positive(value); } = 1.5;

    /// <summary>Which of its finds it tells: torchvision's.</summary>
    public SelectionOptions Selection { get; init; } = new()
    {
        ScoreThreshold = 0.2, PreNmsTopN = 1000, NmsThreshold = 0.6, DetectionsPerImage = 100, MinSize = 0,
    };
}
