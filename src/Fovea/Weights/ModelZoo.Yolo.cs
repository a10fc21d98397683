using Fovea.Backbones;
using Fovea.Detection;
using Fovea.Detection.Parts;
using Fovea.Imaging;
using Fovea.Training;
using Fovea.Transforms;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

// YOLO v1 and v3, each on the paper's network, on its small one, and on ResNet-18.
public static partial class ModelZoo
{
    private const string YoloV1Paper = "Redmon et al., You Only Look Once, CVPR 2016",
        YoloV3Paper = "Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018";

    // Half as wide. Batch norm throughout leaves dropout little to do: without it the network learns in half the steps.
    private static readonly YoloV1Options YoloV1OnResNet = new()
    {
        NeckChannels = 512, HeadWidth = 1024, Dropout = 0,
        Transform = new YoloV1Options().Transform with { Normalization = Normalization.ImageNet },
    };

    private static readonly YoloV3Options YoloV3OnResNet = new()
    {
        Scales = YoloPyramid.Narrow,
        Transform = YoloV3Options.Letterbox with { Normalization = Normalization.ImageNet, Ground = 0 },
    };

    private static readonly YoloV3Options YoloV3Tiny = new() { Scales = YoloPyramid.Tiny, AnchorShapes = YoloV3Options.TinyAnchorShapes };

    // Losses are sums over all cells, and the rates Darknet's.
    private static readonly TrainingOptions YoloTraining = new()
    {
        LearningRate = 1e-3, WeightDecay = 5e-4, DecayNormAndBias = false, ClipNorm = 100,
    };

    private static IEnumerable<DetectorEntry> YoloV1s() =>
    [
        YoloV1("yolov1_resnet18", YoloV1OnResNet, (settings, generator) => new ResNet(18, settings.ToBackbone(), generator))
            with { BackboneId = "resnet18" },
        YoloV1("yolov1_fast", new YoloV1Options { NeckStrides = [] },
            (settings, generator) => new DarknetChain(DarknetChain.FastYolo, settings.ToBackbone(), generator)),
        YoloV1("yolov1", new YoloV1Options(),
            (settings, generator) => new DarknetChain(DarknetChain.Yolo, settings.ToBackbone(), generator)),
    ];

    private static IEnumerable<DetectorEntry> YoloV3s() =>
    [
        YoloV3("yolov3_tiny", YoloV3Tiny,
            (settings, generator) => new DarknetChain(DarknetChain.TinyYoloV3, settings.ToBackbone(), generator))
            with { ReadsDarknet = true },
        YoloV3("yolov3_resnet18", YoloV3OnResNet, (settings, generator) => new ResNet(18, settings.ToBackbone(), generator))
            with { BackboneId = "resnet18" },
        YoloV3("yolov3", new YoloV3Options(), (settings, generator) => new Darknet53(settings.ToBackbone(), generator))
            with { BackboneId = "darknet53", ReadsDarknet = true },
    ];

    private static DetectorEntry YoloV1(string id, YoloV1Options own, Func<S, Torch.Generator?, Backbone> backbone)
    {
        const int Stride = 64;
        return new DetectorEntry(id, YoloV1Paper, new DetectorFamily
        {
            ClassLayers = ["output."], ClassBias = "output.bias", Backbone = "backbone.", Training = YoloTraining,
            Settings =
            [
                nameof(S.MinSize), nameof(S.MaxSize), nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon), nameof(S.ScoreThreshold),
                nameof(S.NmsThreshold), nameof(S.DetectionsPerImage), nameof(S.HeadWidth), nameof(S.SampleAll),
            ],
            ClassCount = (length, settings) =>
            {
                YoloV1Options options = YoloV1OptionsOf(settings, own);
                long cells = options.Transform.FixedSize!.Value.Height / Stride, all = cells * cells;
                long classes = all == 0 ? 0 : length / all - 5 * options.BoxesPerCell;
                return classes >= 1 && length % all == 0 ? classes + 1 : null;
            },
            Lengths = settings => [("hidden.bias", YoloV1OptionsOf(settings, own).HeadWidth)],
        }, (classCount, settings, generator) =>
            new YoloV1(backbone(settings, generator), classCount, YoloV1OptionsOf(settings, own), generator));
    }

    private static YoloV1Options YoloV1OptionsOf(S settings, YoloV1Options own)
    {
        int side = settings.MaxSize ?? settings.MinSize ?? own.Transform.FixedSize!.Value.Height;
        if ((settings.MinSize ?? side) != side)
            throw new ArgumentException($"YOLO v1 stretches pictures to a square, but {settings.MinSize}x{settings.MaxSize} arrived: " +
                $"give one side twice, such as {side}x{side}.");
        return own with
        {
            Transform = own.Transform with { FixedSize = new ImageSize(side, side) },
            HeadWidth = settings.HeadWidth ?? own.HeadWidth, BatchNorm = settings.ToBackbone(),
            Dropout = settings.SampleAll == true ? 0 : own.Dropout, Selection = settings.Change(own.Selection),
        };
    }

    private static DetectorEntry YoloV3(string id, YoloV3Options own, Func<S, Torch.Generator?, Backbone> backbone) =>
        new(id, YoloV3Paper, new DetectorFamily
        {
            ClassLayers = [.. own.Scales.Select((_, i) => $"network.scales.{i}.output.")], ClassBias = "network.scales.0.output.bias",
            Backbone = "network.backbone.", Training = YoloTraining,
            Settings =
            [
                nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon),
                nameof(S.AnchorShapes), nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage), nameof(S.SampleAll),
            ],
            ClassCount = (length, settings) =>
            {
                int perCell = YoloV3OptionsOf(settings, own).AnchorShapes.Count / (2 * own.Scales.Count);
                long classes = perCell == 0 ? 0 : length / perCell - 5;
                return classes >= 1 && length % perCell == 0 ? classes + 1 : null;
            },
            Lengths = settings =>
            {
                YoloV3OptionsOf(settings, own);
                return [("network.scales.0.expand.1.bias", own.Scales[0].Expand)];
            },
        }, (classCount, settings, generator) =>
            new YoloV3(backbone(settings, generator), classCount, YoloV3OptionsOf(settings, own), generator));

    // The longer side alone decides: the shorter one's rest is grey.
    private static YoloV3Options YoloV3OptionsOf(S settings, YoloV3Options own)
    {
        int side = settings.MaxSize ?? settings.MinSize ?? own.Transform.MaxSize;
        return own with
        {
            Transform = settings.Change(own.Transform) with { MinSize = side, MaxSize = side },
            AnchorShapes = settings.AnchorShapes ?? own.AnchorShapes, BatchNorm = settings.ToBackbone(),
            Selection = settings.Change(own.Selection),
        };
    }
}
