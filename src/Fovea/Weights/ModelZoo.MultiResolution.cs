using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string
        HrNetPaper = "Wang et al., Deep High-Resolution Representation Learning for Visual Recognition, PAMI 2021; HRNetV2",
        OcrPaper = "Yuan et al., Object-Contextual Representations for Semantic Segmentation, ECCV 2020",
        UperNetPaper = "Xiao et al., Unified Perceptual Parsing for Scene Understanding, ECCV 2018";

    // Of pixels' representations and of pyramids, in the papers and in networks for two cores.
    private const int PaperChannels = 512, FewChannels = 128;

    // Networks that keep or join maps of several resolutions.
    private static IEnumerable<SegmenterEntry> MultiResolution() =>
    [
        HrNetV2("hrnetv2_w18_small", HrNetDesign.Small),
        HrNetV2("hrnetv2_w18", HrNetDesign.OfWidth(18)) with { BackboneId = "hrnet_w18" },
        HrNetV2("hrnetv2_w48", HrNetDesign.OfWidth(48)) with { BackboneId = "hrnet_w48" },
        Ocr("hrnetv2_w18_small_ocr", HrNetDesign.Small, FewChannels),
        Ocr("hrnetv2_w18_ocr", HrNetDesign.OfWidth(18), PaperChannels) with { BackboneId = "hrnet_w18" },
        Ocr("hrnetv2_w48_ocr", HrNetDesign.OfWidth(48), PaperChannels) with { BackboneId = "hrnet_w48" },
        UperNetResNet(18, FewChannels),
        UperNetResNet(50, PaperChannels),
        new("upernet_swin_t", UperNetPaper, [nameof(S.Auxiliary), nameof(S.Dropout)], (classCount, settings, generator) => new UperNet(
            new SwinTransformer(SwinTransformerDesign.Tiny, settings.ToBackbone(), generator), settings.ToOptions(classCount),
            PaperChannels, generator)) { BackboneId = "swin_t" },
    ];

    private static SegmenterEntry HrNetV2(string id, HrNetDesign design) => new(id, HrNetPaper, [nameof(S.FrozenBatchNorm)],
        (classCount, settings, generator) => new HrNetV2(HrNet(design, settings, generator), settings.ToOptions(classCount), generator));

    private static SegmenterEntry Ocr(string id, HrNetDesign design, int channels) => new(id, OcrPaper,
        [nameof(S.Auxiliary), nameof(S.Dropout), nameof(S.FrozenBatchNorm)], (classCount, settings, generator) => new OcrNet(
            HrNet(design, settings, generator), settings.ToOptions(classCount), channels, generator));

    private static SegmenterEntry UperNetResNet(int depth, int channels) => new($"upernet_resnet{depth}", UperNetPaper,
        [nameof(S.Auxiliary), nameof(S.Dropout), nameof(S.FrozenBatchNorm)], (classCount, settings, generator) => new UperNet(
            new ResNet(depth, settings.ToBackbone(), generator), settings.ToOptions(classCount), channels, generator))
        { BackboneId = $"resnet{depth}" };

    private static HrNet HrNet(HrNetDesign design, SegmenterSettings settings, Generator? generator) =>
        new(design with { Bilinear = true }, settings.ToBackbone(), generator);
}
