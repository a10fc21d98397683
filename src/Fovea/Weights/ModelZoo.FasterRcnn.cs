using Fovea.Backbones;
using Fovea.Detection;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string FasterRcnnPaper = "Ren et al., Faster R-CNN, NIPS 2015; Lin et al., Feature Pyramid Networks, CVPR 2017";

    private static readonly DetectorFamily FasterRcnnFamily = new()
    {
        ClassLayers = ["roi_heads.box_predictor."], ClassBias = "roi_heads.box_predictor.cls_score.bias", Backbone = "backbone.body.",
        Settings =
        [
            nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.AnchorSizes), nameof(S.AspectRatios), nameof(S.FrozenBatchNorm),
            nameof(S.BatchNormEpsilon), nameof(S.Pooling), nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage),
            nameof(S.PyramidChannels), nameof(S.HeadWidth), nameof(S.TrainingRegions), nameof(S.SampleAll),
        ],
        Lengths = settings =>
        {
            FasterRcnnOptions options = FasterRcnnOptionsOf(settings);
            return
            [
                ("backbone.fpn.inner_blocks.0.0.bias", options.PyramidChannels), ("rpn.head.cls_logits.bias", options.AspectRatios.Count),
                ("roi_heads.box_head.fc6.bias", options.HeadWidth),
            ];
        },
    };

    private static IEnumerable<DetectorEntry> FasterRcnns() =>
        [FasterRcnnResNet(18), FasterRcnnResNet(34), FasterRcnnResNet(50), FasterRcnnResNet(101)];

    private static DetectorEntry FasterRcnnResNet(int depth) => new($"fasterrcnn_resnet{depth}_fpn", FasterRcnnPaper, FasterRcnnFamily,
        (classCount, settings, generator) => new FasterRcnn(
            new ResNet(depth, settings.ToBackbone(), generator), classCount, FasterRcnnOptionsOf(settings), generator))
        { BackboneId = $"resnet{depth}" };

    private static FasterRcnnOptions FasterRcnnOptionsOf(DetectorSettings settings)
    {
        var defaults = new FasterRcnnOptions();
        if (settings.SampleAll == true)
            defaults = defaults with
            {
                Rpn = defaults.Rpn with { BatchSizePerImage = int.MaxValue, PositiveFraction = 1 },
                RoiHeads = defaults.RoiHeads with { BatchSizePerImage = int.MaxValue, PositiveFraction = 1 },
            };
        return defaults with
        {
            Transform = settings.Change(defaults.Transform),
            AnchorSizes = settings.AnchorSizes ?? defaults.AnchorSizes,
            AspectRatios = settings.AspectRatios ?? defaults.AspectRatios,
            Pooling = settings.Pooling ?? defaults.Pooling,
            PyramidChannels = settings.PyramidChannels ?? defaults.PyramidChannels,
            HeadWidth = settings.HeadWidth ?? defaults.HeadWidth,
            RoiHeads = defaults.RoiHeads with
            {
                Selection = settings.Change(defaults.RoiHeads.Selection),
                BatchSizePerImage = settings.TrainingRegions ?? defaults.RoiHeads.BatchSizePerImage,
            },
        };
    }
}
