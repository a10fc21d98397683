using Fovea.Backbones;
using Fovea.Detection;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private static readonly DetectorFamily FcosFamily = new()
    {
        ClassLayers = ["head.classification_head.cls_logits."], ClassBias = "head.classification_head.cls_logits.bias",
        Backbone = "backbone.body.",
        Settings =
        [
            nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon),
            nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage), nameof(S.PyramidChannels), nameof(S.SampleAll),
        ],
        Lengths = settings => [("backbone.fpn.inner_blocks.0.0.bias", FcosOptionsOf(settings).PyramidChannels)],
    };

    private static IEnumerable<DetectorEntry> Fcoses() => [FcosResNet(18), FcosResNet(50)];

    private static DetectorEntry FcosResNet(int depth) => new($"fcos_resnet{depth}_fpn",
        "Tian et al., FCOS: Fully Convolutional One-Stage Object Detection, ICCV 2019", FcosFamily,
        (classCount, settings, generator) => new Fcos(
            new ResNet(depth, settings.ToBackbone(), generator), classCount, FcosOptionsOf(settings), generator))
        { BackboneId = $"resnet{depth}" };

    // Nothing is sampled: it always learns from all points.
    private static FcosOptions FcosOptionsOf(DetectorSettings settings)
    {
        var defaults = new FcosOptions();
        return defaults with
        {
            Transform = settings.Change(defaults.Transform),
            PyramidChannels = settings.PyramidChannels ?? defaults.PyramidChannels,
            Selection = settings.Change(defaults.Selection),
        };
    }
}
