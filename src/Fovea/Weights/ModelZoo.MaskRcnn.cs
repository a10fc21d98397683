using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Torch;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string MaskRcnnPaper = "He et al., Mask R-CNN, ICCV 2017";

    private static readonly MaskBranchOptions MaskDefaults = new();
    private static readonly MaskBranchOptions MaskV2Defaults = new() { BatchNorm = true };
    private static readonly KeypointBranchOptions KeypointDefaults = new();

    // Faster R-CNN with a branch for masks, or for key points.
    private static IEnumerable<DetectorEntry> MaskRcnns() =>
    [
        MaskRcnnResNet(18),
        MaskRcnnResNet(50),
        new("maskrcnn_resnet50_fpn_v2", FasterRcnnV2Paper, MaskRcnnFamily(FasterRcnnV2Defaults, MaskV2Defaults),
            (classCount, settings, generator) => new MaskRcnn(
                Pyramid(new ResNet(50, settings.ToBackbone(), generator), settings, generator, norm: true), classCount,
                Choose(FasterRcnnV2Defaults, settings), Choose(MaskV2Defaults, settings), generator)) { BackboneId = "resnet50" },
        KeypointRcnnResNet(18),
        KeypointRcnnResNet(50),
    ];

    private static DetectorEntry MaskRcnnResNet(int depth) => new(
        $"maskrcnn_resnet{depth}_fpn", MaskRcnnPaper, MaskRcnnFamily(FasterRcnnDefaults, MaskDefaults),
        (classCount, settings, generator) => new MaskRcnn(
            Pyramid(new ResNet(depth, settings.ToBackbone(), generator), settings, generator), classCount,
            Choose(FasterRcnnDefaults, settings), Choose(MaskDefaults, settings), generator)) { BackboneId = $"resnet{depth}" };

    private static DetectorEntry KeypointRcnnResNet(int depth) => new(
        $"keypointrcnn_resnet{depth}_fpn", MaskRcnnPaper, KeypointRcnnFamily,
        (classCount, settings, generator) => new KeypointRcnn(
            Pyramid(new ResNet(depth, settings.ToBackbone(), generator), settings, generator), classCount,
            Choose(FasterRcnnDefaults, settings), Choose(KeypointDefaults, settings), generator)) { BackboneId = $"resnet{depth}" };

    private static DetectorFamily MaskRcnnFamily(FasterRcnnOptions defaults, MaskBranchOptions mask) => FasterRcnnFamily(defaults) with
    {
        ClassLayers = ["roi_heads.box_predictor.", "roi_heads.mask_predictor.mask_fcn_logits."], FindsMasks = true,
        Settings = [.. TwoStageSettings, .. PyramidSettings, nameof(S.BranchWidth)],
        Lengths = settings => [.. TwoStageLengths(Choose(defaults, settings), settings, pyramid: true),
            ("roi_heads.mask_predictor.conv5_mask.bias", Choose(mask, settings).Width)],
    };

    private static readonly DetectorFamily KeypointRcnnFamily = FasterRcnnFamily(FasterRcnnDefaults) with
    {
        ClassLayers = ["roi_heads.box_predictor.", "roi_heads.keypoint_predictor."], FindsKeypoints = true,
        Settings = [.. TwoStageSettings, .. PyramidSettings, nameof(S.BranchWidth), nameof(S.KeypointCount)],
        Lengths = settings => [.. TwoStageLengths(Choose(FasterRcnnDefaults, settings), settings, pyramid: true),
            ("roi_heads.keypoint_head.0.bias", Choose(KeypointDefaults, settings).Width),
            ("roi_heads.keypoint_predictor.kps_score_lowres.bias", Choose(KeypointDefaults, settings).KeypointCount)],
    };

    private static MaskBranchOptions Choose(MaskBranchOptions defaults, DetectorSettings settings) =>
        defaults with { Width = settings.BranchWidth ?? defaults.Width };

    private static KeypointBranchOptions Choose(KeypointBranchOptions defaults, DetectorSettings settings) => defaults with
    {
        Width = settings.BranchWidth ?? defaults.Width, KeypointCount = settings.KeypointCount ?? defaults.KeypointCount,
    };
}
