using Fovea.Backbones;
using Fovea.Segmentation;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string
        DeepLabV1Paper = "Chen et al., Semantic Image Segmentation with Deep Convolutional Nets and Fully Connected CRFs, ICLR 2015",
        Dilation8Paper = "Yu and Koltun, Multi-Scale Context Aggregation by Dilated Convolutions, ICLR 2016",
        DeepLabV2Paper = "Chen et al., DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution, and " +
            "Fully Connected CRFs, PAMI 2018",
        Vgg16 = "vgg16";

    // Of VGG in networks for two cores: a quarter of the paper's, so that a picture costs a sixteenth.
    private const int SmallWidth = 16, PaperWidth = 64;

    // Of the head on ResNet-18 in networks that work at 1/4 of the picture, where the papers' 256 would cost many times what the backbone does.
    private const int SmallHead = 64, PaperHead = 256;

    // Networks that look farther around a pixel: by dilation, by pooling, by large kernels.
    private static IEnumerable<SegmenterEntry> Contexts() =>
    [
        LargeFov("deeplab_largefov_small", SmallWidth),
        LargeFov("deeplab_largefov_vgg16", PaperWidth) with { BackboneId = Vgg16 },
        Dilation8("dilation8_small", SmallWidth),
        Dilation8("dilation8_vgg16", PaperWidth) with
        {
            BackboneId = Vgg16,
            FullyConnected = new Dictionary<string, string> { ["classifier.0."] = "fc6.", ["classifier.3."] = "fc7." },
        },
        DeepLabV2ResNet(18),
        new("deeplabv2_vgg16", DeepLabV2Paper, [nameof(S.Dropout), nameof(S.Width)], (classCount, settings, generator) =>
            DeepLabV2.OnVgg(new Vgg(Design(settings, PaperWidth), settings.ToBackbone(8), generator), settings.ToOptions(classCount), generator))
            { BackboneId = Vgg16 },
        DeepLabV2ResNet(101),
        Gcn(18),
        Gcn(50),
        PspNet(18, 16),
        PspNet(50, 8),
        PspNet(101, 8),
        RefineNet(18, SmallHead),
        RefineNet(50, PaperHead),
        RefineNet(101, PaperHead),
        DeepLabV3Plus(18, 2 * SmallHead),
        DeepLabV3Plus(50, PaperHead),
        DeepLabV3Plus(101, PaperHead),
    ];

    private static SegmenterEntry LargeFov(string id, int width) => new(id, DeepLabV1Paper, [nameof(S.Dropout), nameof(S.Width)],
        (classCount, settings, generator) => new DeepLabLargeFov(
            new Vgg(Design(settings, width), settings.ToBackbone(8), generator), settings.ToOptions(classCount), generator));

    private static SegmenterEntry Dilation8(string id, int width) => new(id, Dilation8Paper,
        [nameof(S.Auxiliary), nameof(S.Dropout), nameof(S.Width), nameof(S.Context)], (classCount, settings, generator) => new Dilation8(
            new Vgg(Design(settings, width) with { DropsDensePooling = true }, settings.ToBackbone(8), generator),
            settings.ToOptions(classCount), settings.Context ?? ContextForm.Basic, generator));

    private static SegmenterEntry DeepLabV2ResNet(int depth) => new($"deeplabv2_resnet{depth}", DeepLabV2Paper,
        [nameof(S.OutputStride), nameof(S.FrozenBatchNorm)], (classCount, settings, generator) => DeepLabV2.OnResNet(
            new ResNet(depth, settings.ToBackbone(8), generator), settings.ToOptions(classCount), generator))
        { BackboneId = $"resnet{depth}" };

    private static SegmenterEntry Gcn(int depth) => new($"gcn_resnet{depth}", "Peng et al., Large Kernel Matters, CVPR 2017",
        [nameof(S.FrozenBatchNorm)], (classCount, settings, generator) => new Gcn(
            new ResNet(depth, settings.ToBackbone(), generator), settings.ToOptions(classCount), generator: generator))
        { BackboneId = $"resnet{depth}" };

    // The paper dilates to 8; at 16, which is what ResNet-18 has here, a picture costs a third.
    private static SegmenterEntry PspNet(int depth, int outputStride) => new($"pspnet_resnet{depth}",
        "Zhao et al., Pyramid Scene Parsing Network, CVPR 2017",
        [.. SegmenterEntry.Dilated, nameof(S.Bins), nameof(S.Pooling), nameof(S.DimensionReduction)],
        (classCount, settings, generator) => new PspNet(
            new ResNet(depth, settings.ToBackbone(outputStride), generator), settings.ToOptions(classCount), settings.ToPyramid(), generator))
        { BackboneId = $"resnet{depth}" };

    private static SegmenterEntry RefineNet(int depth, int channels) => new($"refinenet_resnet{depth}",
        "Lin et al., RefineNet: Multi-Path Refinement Networks, CVPR 2017", [nameof(S.Dropout), nameof(S.FrozenBatchNorm)],
        (classCount, settings, generator) => new RefineNet(
            new ResNet(depth, settings.ToBackbone(), generator), settings.ToOptions(classCount), channels, generator: generator))
        { BackboneId = $"resnet{depth}" };

    private static SegmenterEntry DeepLabV3Plus(int depth, int channels) => new($"deeplabv3plus_resnet{depth}",
        "Chen et al., Encoder-Decoder with Atrous Separable Convolution, ECCV 2018",
        [nameof(S.Dropout), nameof(S.OutputStride), nameof(S.FrozenBatchNorm)], (classCount, settings, generator) => new DeepLabV3Plus(
            new ResNet(depth, settings.ToBackbone(16), generator), settings.ToOptions(classCount), channels, generator))
        { BackboneId = $"resnet{depth}" };

    private static VggDesign Design(SegmenterSettings settings, int width) => VggDesign.OfDepth(16) with { Width = settings.Width ?? width };
}
