using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Torch.Nn;
using Fovea.Transforms;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string SsdPaper = "Liu et al., SSD: Single Shot MultiBox Detector, ECCV 2016";

    // As the authors' program for PASCAL VOC: 0.07 on conv4_3, then 0.15 to 0.9 evenly.
    private static readonly SsdOptions Ssd300 = new(), Ssd512 = Ssd300 with
    {
        Size = new ImageSize(512, 512), AspectRatios = [[2], [2, 3], [2, 3], [2, 3], [2, 3], [2], [2]],
        Scales = [0.07, 0.15, 0.30, 0.45, 0.60, 0.75, 0.90, 1.05], Steps = [8, 16, 32, 64, 128, 256, 512],
    };

    // torchvision's: colours from -1 to 1, scales from 0.2 to 0.95 evenly.
    private static readonly SsdOptions SsdLite320 = Ssd300 with
    {
        Size = new ImageSize(320, 320), Normalization = Normalization.Symmetric,
        AspectRatios = [[2, 3], [2, 3], [2, 3], [2, 3], [2, 3], [2, 3]], Scales = [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1], Steps = null,
        Selection = Ssd300.Selection with { ScoreThreshold = 0.001, PreNmsTopN = 300, NmsThreshold = 0.55, DetectionsPerImage = 300 },
    };

    private static readonly string[] SsdSettings =
    [
        nameof(S.MinSize), nameof(S.MaxSize), nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage),
        nameof(S.SampleAll),
    ];

    private static readonly string[] NormSettings = [nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon)];

    private static readonly DetectorFamily SsdFamily = new()
    {
        ClassLayers = ["head.classification_head."], ClassBias = "head.classification_head.module_list.0.bias",
        ClassCount = (length, _) => PerDefaultBox(length, Ssd300), Settings = SsdSettings, Lengths = settings =>
        {
            SsdOptionsOf(settings, Ssd300);
            return [("head.regression_head.module_list.0.bias", 4 * DefaultBoxes(Ssd300))];
        },
        Backbone = "backbone.features.", BackbonePart = "features.",
        // conv5 is behind the first map, with the extra layers.
        Elsewhere = new Dictionary<string, string>
        {
            ["features.24."] = "backbone.extra.0.1.", ["features.26."] = "backbone.extra.0.3.", ["features.28."] = "backbone.extra.0.5.",
        },
    };

    private static readonly DetectorFamily SsdResNetFamily = SsdFamily with
    {
        Backbone = "backbone.body.", BackbonePart = "", Elsewhere = new Dictionary<string, string>(),
        Settings = [.. SsdSettings, .. NormSettings],
    };

    private static readonly DetectorFamily SsdLiteFamily = new()
    {
        ClassLayers = [.. Enumerable.Range(0, 6).Select(map => $"head.classification_head.module_list.{map}.1.")],
        ClassBias = "head.classification_head.module_list.0.1.bias", ClassCount = (length, _) => PerDefaultBox(length, SsdLite320),
        Settings = [.. SsdSettings, .. NormSettings], Lengths = settings =>
        {
            SsdOptionsOf(settings, SsdLite320);
            return [("head.regression_head.module_list.0.1.bias", 4 * DefaultBoxes(SsdLite320))];
        },
        Backbone = "backbone.features.",
    };

    private static IEnumerable<DetectorEntry> Ssds() =>
    [
        new("ssd300_resnet18", SsdPaper + "; Fu et al., DSSD, 2017", SsdResNetFamily, (classCount, settings, generator) => new Ssd(
            new SsdFeatureBackbone(new ResNet(18, settings.ToBackbone(), generator), SsdExtraLayer.OnResNet, generator), classCount,
            SsdOptionsOf(settings, Ssd300 with { Normalization = Normalization.ImageNet }), generator: generator))
            { BackboneId = "resnet18" },
        SsdVgg("ssd300_vgg16", Ssd300, SsdExtraLayer.Ssd300),
        SsdVgg("ssd512_vgg16", Ssd512, SsdExtraLayer.Ssd512),
        new("ssdlite320_mobilenet_v3_large", "Howard et al., Searching for MobileNetV3, ICCV 2019; Sandler et al., MobileNetV2, CVPR 2018",
            SsdLiteFamily, (classCount, settings, generator) => new Ssd(
                new SsdLiteBackbone(MobileNetV3Design.Large.WithReducedTail(), settings.ToBackbone(), generator), classCount,
                SsdOptionsOf(settings, SsdLite320), SsdLiteNorm(settings), generator)),
    ];

    private static DetectorEntry SsdVgg(string id, SsdOptions defaults, IReadOnlyList<SsdExtraLayer> layers) => new(id, SsdPaper, SsdFamily,
        (classCount, settings, generator) => new Ssd(
            new SsdVggBackbone(VggDesign.OfDepth(16), layers, generator), classCount, SsdOptionsOf(settings, defaults),
            generator: generator))
        { BackboneId = "vgg16" };

    private static Func<long, Layer> SsdLiteNorm(DetectorSettings settings)
    {
        BackboneOptions options = settings.ToBackbone() with { BatchNormMomentum = SsdLiteBackbone.Momentum };
        return channels => options.Norm(channels, SsdLiteBackbone.Epsilon);
    }

    // All pictures are stretched to one size: height is the shorter side that was asked for, width the longer one. Nothing is sampled.
    private static SsdOptions SsdOptionsOf(DetectorSettings settings, SsdOptions defaults) => defaults with
    {
        Size = settings is { MinSize: null, MaxSize: null } ? defaults.Size : new ImageSize(
            settings.MinSize ?? defaults.Size.Height, settings.MaxSize ?? settings.MinSize ?? defaults.Size.Width),
        Selection = settings.Change(defaults.Selection),
    };

    private static int DefaultBoxes(SsdOptions options) => 2 + 2 * options.AspectRatios[0].Count;

    private static long? PerDefaultBox(long length, SsdOptions options) =>
        (Math.DivRem(length, DefaultBoxes(options)) is (var count, 0)) ? count : null;
}
