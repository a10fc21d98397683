using Fovea.Backbones;
using Fovea.Segmentation;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string SegNetPaper = "Badrinarayanan et al., SegNet: A Deep Convolutional Encoder-Decoder Architecture, PAMI 2017",
        DeconvNetPaper = "Noh et al., Learning Deconvolution Network for Semantic Segmentation, ICCV 2015",
        UNetPaper = "Ronneberger et al., U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI 2015",
        ENetPaper = "Paszke et al., ENet: A Deep Neural Network Architecture for Real-Time Semantic Segmentation, 2016",
        FcDenseNetPaper = "Jegou et al., The One Hundred Layers Tiramisu, CVPR Workshops 2017",
        IcNetPaper = "Zhao et al., ICNet for Real-Time Semantic Segmentation on High-Resolution Images, ECCV 2018";

    // Encoders, and decoders that go back to the picture's size step by step.
    private static IEnumerable<SegmenterEntry> EncoderDecoders() =>
    [
        new("segnet_basic", SegNetPaper, [],
            (classCount, settings, generator) => new SegNetBasic(settings.ToOptions(classCount), generator)),
        new("segnet", SegNetPaper, [nameof(S.FrozenBatchNorm)], (classCount, settings, generator) => new SegNet(
            new Vgg(VggDesign.OfDepth(16, batchNorm: true), settings.ToBackbone(), generator), settings.ToOptions(classCount), generator))
            { BackboneId = "vgg16_bn" },
        DeconvNet("deconvnet_small", 16),
        DeconvNet("deconvnet", 64) with { BackboneId = "vgg16_bn" },
        UNet("unet_small", 16),
        UNet("unet", 64),
        new("unet_same", UNetPaper, [nameof(S.Dropout), nameof(S.Width)], (classCount, settings, generator) =>
            new SameUNet(settings.ToOptions(classCount), settings.Width ?? 64, generator)),
        new("enet", ENetPaper, [nameof(S.Dropout)],
            (classCount, settings, generator) => new ENet(settings.ToOptions(classCount), generator)),
        FcDenseNet(56),
        FcDenseNet(67),
        FcDenseNet(103),
        IcNet("icnet_resnet50_half", ResNetDesign.OfDepth(50) with { Width = 32 }),
        IcNet("icnet_resnet18", ResNetDesign.OfDepth(18)) with { BackboneId = "resnet18" },
        IcNet("icnet_resnet50", ResNetDesign.OfDepth(50)) with { BackboneId = "resnet50" },
    ];

    private static SegmenterEntry DeconvNet(string id, int width) => new(id, DeconvNetPaper, [nameof(S.FrozenBatchNorm), nameof(S.Width)],
        (classCount, settings, generator) => new DeconvNet(
            new Vgg(VggDesign.OfDepth(16, batchNorm: true) with { Width = settings.Width ?? width }, settings.ToBackbone(), generator),
            settings.ToOptions(classCount), generator));

    private static SegmenterEntry UNet(string id, int width) => new(id, UNetPaper, [nameof(S.Dropout), nameof(S.Width)],
        (classCount, settings, generator) => new UNet(settings.ToOptions(classCount), settings.Width ?? width, generator));

    private static SegmenterEntry FcDenseNet(int depth) => new($"fc_densenet{depth}", FcDenseNetPaper, [nameof(S.Dropout)],
        (classCount, settings, generator) => new FcDenseNet(FcDenseNetDesign.OfDepth(depth), settings.ToOptions(classCount), generator));

    private static SegmenterEntry IcNet(string id, ResNetDesign design) => new(id, IcNetPaper,
        [nameof(S.Auxiliary), nameof(S.FrozenBatchNorm)], (classCount, settings, generator) => new IcNet(
            new ResNet(design, settings.ToBackbone(8), generator), settings.ToOptions(classCount), generator));
}
