using Fovea.Backbones;
using Fovea.Detection;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private static readonly IouNetOptions IouNetDefaults = new();

    private static DetectorFamily IouNetFamily => field ??= FasterRcnnFamily(IouNetDefaults.Detector) with
    {
        ClassLayers = ["roi_heads.box_predictor.", "iou_head.predictor."], TellsConfidence = true,
        Settings = [.. TwoStageSettings, .. PyramidSettings, nameof(S.RefinementSteps)],
        Lengths = settings => [.. TwoStageLengths(Choose(IouNetDefaults, settings).Detector, settings, pyramid: true),
            ("iou_head.layers.fc6.bias", Choose(IouNetDefaults, settings).Detector.HeadWidth)],
    };

    private static IEnumerable<DetectorEntry> IouNets() => [IouNetResNet(18), IouNetResNet(50)];

    private static DetectorEntry IouNetResNet(int depth) => new(
        $"iounet_resnet{depth}_fpn", "Jiang et al., Acquisition of Localization Confidence for Accurate Object Detection, ECCV 2018",
        IouNetFamily,
        (classCount, settings, generator) => new IouNet(
            Pyramid(new ResNet(depth, settings.ToBackbone(), generator), settings, generator), classCount,
            Choose(IouNetDefaults, settings), generator)) { BackboneId = $"resnet{depth}" };

    private static IouNetOptions Choose(IouNetOptions defaults, DetectorSettings settings) => defaults with
    {
        Detector = Choose(defaults.Detector, settings),
        Refinement = defaults.Refinement with { Steps = settings.RefinementSteps ?? defaults.Refinement.Steps },
    };
}
