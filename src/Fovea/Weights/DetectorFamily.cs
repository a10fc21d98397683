using Fovea.Detection;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

/// <summary>What is common to all detectors of one kind, whatever their backbone: for messages, and for weights of unknown origin.</summary>
public sealed record DetectorFamily
{
    /// <summary>What it does: "detect", or "localize" for one object a picture.</summary>
    public string Task { get; init; } = "detect";

    /// <summary>Beginning of the names of the tensors whose shape depends on the classes.</summary>
    public required string ClassLayers { get; init; }

    /// <summary>Name of the tensor that has one element for each class, with the background.</summary>
    public required string ClassBias { get; init; }

    /// <summary>Beginning of the names of the backbone's tensors.</summary>
    public required string Backbone { get; init; }

    /// <summary>Names of the properties of <see cref="DetectorSettings"/> that mean something for it.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>The lengths of some one-dimensional tensors by the settings: what a file's tensors must have before a model of the size
    /// that its metadata claim is built.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public required Func<DetectorSettings, IReadOnlyList<(string Name, long Length)>> Lengths { get; init; }

    /// <summary>Faster R-CNN.</summary>
    public static DetectorFamily FasterRcnn { get; } = new()
    {
        ClassLayers = "roi_heads.box_predictor.", ClassBias = "roi_heads.box_predictor.cls_score.bias", Backbone = "backbone.body.",
        Settings =
        [
            nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.AnchorSizes), nameof(S.AspectRatios), nameof(S.FrozenBatchNorm),
            nameof(S.BatchNormEpsilon), nameof(S.Pooling), nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage),
            nameof(S.PyramidChannels), nameof(S.HeadWidth), nameof(S.TrainingRegions), nameof(S.SampleAll),
        ],
        Lengths = settings =>
        {
            FasterRcnnOptions options = settings.ToFasterRcnn();
            return
            [
                ("backbone.fpn.inner_blocks.0.0.bias", options.PyramidChannels), ("rpn.head.cls_logits.bias", options.AspectRatios.Count),
                ("roi_heads.box_head.fc6.bias", options.HeadWidth),
            ];
        },
    };

    /// <summary>Single-object localisation. It finds one object at most, so a limit on their number is no more than what it is.</summary>
    public static DetectorFamily Localizer { get; } = new()
    {
        Task = "localize", ClassLayers = "class_head.", ClassBias = "class_head.bias", Backbone = "backbone.",
        Settings =
        [
            nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon),
            nameof(S.ScoreThreshold), nameof(S.DetectionsPerImage), nameof(S.SampleAll),
        ],
        Lengths = settings =>
        {
            settings.ToLocalizer();
            return [("box_head.bias", 4)];
        },
    };
}
