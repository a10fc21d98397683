using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Layers;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private static readonly DetectorFamily RetinaNetFamily = new()
    {
        ClassLayers = ["head.classification_head.cls_logits."], ClassBias = "head.classification_head.cls_logits.bias",
        ClassCount = (length, settings) =>
            (Math.DivRem(length, AnchorsPerCell(RetinaNetOptionsOf(settings))) is (var count, 0)) ? count : null,
        Backbone = "backbone.body.",
        Settings =
        [
            nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.AnchorSizes), nameof(S.AspectRatios),
            nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon), nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage),
            nameof(S.PyramidChannels), nameof(S.SampleAll),
        ],
        Lengths = settings =>
        {
            RetinaNetOptions options = RetinaNetOptionsOf(settings);
            return
            [
                ("backbone.fpn.inner_blocks.0.0.bias", options.PyramidChannels),
                ("head.regression_head.bbox_reg.bias", 4 * AnchorsPerCell(options)),
            ];
        },
    };

    private static readonly RetinaNetOptions RetinaNetV2 = new()
    {
        PyramidTop = PyramidTop.ConvolvedFromC5, GroupNorm = true, BoxLoss = BoxLoss.GeneralizedIoU,
    };

    private static IEnumerable<DetectorEntry> RetinaNets() =>
    [
        RetinaNet(18, "fpn", new()), RetinaNet(18, "fpn_v2", RetinaNetV2), RetinaNet(50, "fpn", new()), RetinaNet(50, "fpn_v2", RetinaNetV2),
    ];

    private static DetectorEntry RetinaNet(int depth, string version, RetinaNetOptions defaults) => new($"retinanet_resnet{depth}_{version}",
        "Lin et al., Focal Loss for Dense Object Detection, ICCV 2017" + (defaults.GroupNorm ? "; Zhang et al., ATSS, CVPR 2020" : ""),
        RetinaNetFamily, (classCount, settings, generator) => new RetinaNet(
            new ResNet(depth, settings.ToBackbone(), generator), classCount, RetinaNetOptionsOf(settings, defaults), generator))
        { BackboneId = $"resnet{depth}" };

    // Nothing is sampled: it always learns from all anchors.
    private static RetinaNetOptions RetinaNetOptionsOf(DetectorSettings settings, RetinaNetOptions? defaults = null)
    {
        defaults ??= new RetinaNetOptions();
        return defaults with
        {
            Transform = settings.Change(defaults.Transform),
            AnchorSizes = settings.AnchorSizes ?? defaults.AnchorSizes,
            AspectRatios = settings.AspectRatios ?? defaults.AspectRatios,
            PyramidChannels = settings.PyramidChannels ?? defaults.PyramidChannels,
            Selection = settings.Change(defaults.Selection),
        };
    }

    private static int AnchorsPerCell(RetinaNetOptions options) => RetinaNetOptions.Octave(1).Length * options.AspectRatios.Count;
}
