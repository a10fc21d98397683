using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Layers;
using Fovea.Torch;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string FasterRcnnPaper = "Ren et al., Faster R-CNN, NIPS 2015; Lin et al., Feature Pyramid Networks, CVPR 2017";
    private const string FasterRcnnV2Paper = "Li et al., Benchmarking Detection Transfer Learning with Vision Transformers, 2021";

    // What can be chosen of every two-stage detector.
    private static readonly string[] TwoStageSettings =
    [
        nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.AnchorSizes), nameof(S.AspectRatios), nameof(S.Pooling),
        nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage), nameof(S.HeadWidth), nameof(S.TrainingRegions),
        nameof(S.SampleAll),
    ];

    private static readonly string[] PyramidSettings = [nameof(S.PyramidChannels), nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon)];

    private static readonly FasterRcnnOptions FasterRcnnDefaults = new();

    // With batch norm and more convolutions.
    private static readonly FasterRcnnOptions FasterRcnnV2Defaults = new() { RpnConvolutions = 2, HeadConvolutions = 4 };

    // MobileNetV3 gives maps at 1/16 and 1/32.
    private static readonly FasterRcnnOptions FasterRcnnMobileDefaults =
        new() { AllSizesOnEachLevel = true, Rpn = new() { ScoreThreshold = 0.05 } };

    private static readonly FasterRcnnOptions FasterRcnnMobile320Defaults = FasterRcnnMobileDefaults with
    {
        Transform = new() { MinSize = 320, MaxSize = 640 },
        Rpn = new() { ScoreThreshold = 0.05, PreNmsTopNTesting = 150, PostNmsTopNTesting = 150 },
    };

    // Section 3.1.1 and the experiments of Ren et al. 2015: one map, all anchors on it, RoI pooling, two layers of 4,096 with dropout.
    private static readonly FasterRcnnOptions FasterRcnnVggDefaults = new()
    {
        Transform = new() { MinSize = 600, MaxSize = 1000 }, AnchorSizes = [128, 256, 512], AllSizesOnEachLevel = true,
        Pooling = Detection.Parts.RoiPooling.Pool, HeadWidth = 4096, HeadDropout = 0.5,
        Rpn = new() { PreNmsTopNTraining = 12000, PreNmsTopNTesting = 6000, PostNmsTopNTesting = 300 },
        RoiHeads = new() { BatchSizePerImage = 128 },
    };

    private static IEnumerable<DetectorEntry> FasterRcnns() =>
    [
        FasterRcnnResNet(18),
        FasterRcnnResNet(34),
        FasterRcnnResNet(50),
        FasterRcnnResNet(101),
        new("fasterrcnn_resnet50_fpn_v2", FasterRcnnV2Paper, FasterRcnnFamily(FasterRcnnV2Defaults),
            (classCount, settings, generator) => new FasterRcnn(
                Pyramid(new ResNet(50, settings.ToBackbone(), generator), settings, generator, norm: true), classCount,
                Choose(FasterRcnnV2Defaults, settings), generator)) { BackboneId = "resnet50" },
        FasterRcnnMobile("fasterrcnn_mobilenet_v3_large_320_fpn", FasterRcnnMobile320Defaults),
        FasterRcnnMobile("fasterrcnn_mobilenet_v3_large_fpn", FasterRcnnMobileDefaults),
        new("fasterrcnn_vgg16", "Ren et al., Faster R-CNN, NIPS 2015", FasterRcnnFamily(FasterRcnnVggDefaults, pyramid: false),
            (classCount, settings, generator) => new FasterRcnn(
                new SingleMapBackbone(FindClassifier("vgg16").Create(new BackboneOptions(), generator)), classCount,
                Choose(FasterRcnnVggDefaults, settings), generator)) { BackboneId = "vgg16" },
    ];

    private static DetectorEntry FasterRcnnResNet(int depth) => new(
        $"fasterrcnn_resnet{depth}_fpn", FasterRcnnPaper, FasterRcnnFamily(FasterRcnnDefaults),
        (classCount, settings, generator) => new FasterRcnn(
            Pyramid(new ResNet(depth, settings.ToBackbone(), generator), settings, generator), classCount,
            Choose(FasterRcnnDefaults, settings), generator)) { BackboneId = $"resnet{depth}" };

    private static DetectorEntry FasterRcnnMobile(string id, FasterRcnnOptions defaults) => new(id, FasterRcnnPaper,
        FasterRcnnFamily(defaults), (classCount, settings, generator) => new FasterRcnn(
            Pyramid(new MobileNetV3(MobileNetV3Design.Large, MobileBody(settings), generator, [13, 16]), settings, generator), classCount,
            Choose(defaults, settings), generator)) { BackboneId = "mobilenet_v3_large" };

    // As torchvision's detectors have it, not its classifier.
    private static BackboneOptions MobileBody(DetectorSettings settings) =>
        settings.ToBackbone() with { BatchNormEpsilon = settings.BatchNormEpsilon ?? 1e-5 };

    private static PyramidBackbone Pyramid(Backbone body, DetectorSettings settings, Generator? generator, bool norm = false) =>
        new(body, settings.PyramidChannels ?? PyramidBackbone.PaperChannels, generator, norm);

    private static DetectorFamily FasterRcnnFamily(FasterRcnnOptions defaults, bool pyramid = true) => new()
    {
        ClassLayers = ["roi_heads.box_predictor."], ClassBias = "roi_heads.box_predictor.cls_score.bias", Backbone = "backbone.body.",
        Settings = pyramid ? [.. TwoStageSettings, .. PyramidSettings] : TwoStageSettings,
        Lengths = settings => TwoStageLengths(Choose(defaults, settings), settings, pyramid),
    };

    private static IReadOnlyList<(string Name, long Length)> TwoStageLengths(FasterRcnnOptions options, DetectorSettings settings, bool pyramid)
    {
        int sizes = options.AllSizesOnEachLevel ? options.AnchorSizes.Count : 1;
        List<(string Name, long Length)> lengths =
        [
            ("rpn.head.cls_logits.bias", (long)sizes * options.AspectRatios.Count),
            (options.HeadConvolutions == 0 ? "roi_heads.box_head.fc6.bias" : $"roi_heads.box_head.{options.HeadConvolutions + 1}.bias",
                options.HeadWidth),
        ];
        if (pyramid) lengths.Add(("rpn.head.conv.0.0.bias", settings.PyramidChannels ?? PyramidBackbone.PaperChannels));
        return lengths;
    }

    // A model's numbers with what was chosen in place.
    private static FasterRcnnOptions Choose(FasterRcnnOptions defaults, DetectorSettings settings)
    {
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
            HeadWidth = settings.HeadWidth ?? defaults.HeadWidth,
            RoiHeads = defaults.RoiHeads with
            {
                Selection = settings.Change(defaults.RoiHeads.Selection),
                BatchSizePerImage = settings.TrainingRegions ?? defaults.RoiHeads.BatchSizePerImage,
            },
        };
    }
}
