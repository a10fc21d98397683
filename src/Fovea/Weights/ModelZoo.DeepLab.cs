using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string DeepLabV3Paper = "Chen et al., Rethinking Atrous Convolution for Semantic Image Segmentation, 2017";
    private const string MobileNetV3Large = "mobilenet_v3_large";

    // In MobileNetV3-Large: the last layers at 1/8 of the picture, and the last of all.
    private static readonly int[] MobileMaps = [4, 16];

    // Atrous spatial pyramid pooling, and what became of it on mobile networks.
    private static IEnumerable<SegmenterEntry> DeepLab() =>
    [
        DeepLabV3ResNet(18),
        DeepLabV3ResNet(50),
        DeepLabV3ResNet(101),
        new("deeplabv3_mobilenet_v3_large", DeepLabV3Paper, SegmenterEntry.Dilated,
            (classCount, settings, generator) => new DeepLabV3(MobileBody(settings, generator), settings.ToOptions(classCount), generator))
            { BackboneId = MobileNetV3Large, BackbonePart = "features." },
        new("lraspp_mobilenet_v3_large", "Howard et al., Searching for MobileNetV3, ICCV 2019, section 6.4",
            [nameof(S.OutputStride), nameof(S.FrozenBatchNorm)],
            (classCount, settings, generator) => new LrAspp(MobileBody(settings, generator), settings.ToOptions(classCount), generator))
            { BackboneId = MobileNetV3Large, BackbonePart = "features." },
    ];

    private static SegmenterEntry DeepLabV3ResNet(int depth) => new($"deeplabv3_resnet{depth}", DeepLabV3Paper, SegmenterEntry.Dilated,
        (classCount, settings, generator) => new DeepLabV3(
            new ResNet(depth, settings.ToBackbone(8), generator), settings.ToOptions(classCount), generator))
        { BackboneId = $"resnet{depth}" };

    private static MobileNetV3 MobileBody(SegmenterSettings settings, Generator? generator) =>
        new(MobileNetV3Design.Large, settings.ToBackbone(16), generator, MobileMaps);
}
