using Fovea.Backbones;
using Fovea.Transforms;

namespace Fovea.Weights;

// The classification networks, one family after the other.
public static partial class ModelZoo
{
    private const string AlexNetPaper = "Krizhevsky, One Weird Trick for Parallelizing Convolutional Neural Networks, 2014",
        VggPaper = "Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, ICLR 2015",
        DenseNetPaper = "Huang et al., Densely Connected Convolutional Networks, CVPR 2017",
        GoogLeNetPaper = "Szegedy et al., Going Deeper with Convolutions, CVPR 2015";

    private const string ResNetPaper = "He et al., Deep Residual Learning for Image Recognition, CVPR 2016",
        WideResNetPaper = "Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016",
        SwinPaper = "Liu et al., Swin Transformer, ICCV 2021",
        MixerPaper = "Tolstikhin et al., MLP-Mixer, NeurIPS 2021",
        VisionTransformerPaper = "Dosovitskiy et al., An Image Is Worth 16x16 Words, ICLR 2021",
        ResNextPaper = "Xie et al., Aggregated Residual Transformations for Deep Neural Networks, CVPR 2017";

    /// <summary>All classification networks.</summary>
    public static IReadOnlyList<ClassifierEntry> Classifiers { get; } =
    [
        ResNet("resnet18", ResNetPaper, ResNetDesign.OfDepth(18)),
        ResNet("resnet34", ResNetPaper, ResNetDesign.OfDepth(34)),
        ResNet("resnet50", ResNetPaper, ResNetDesign.OfDepth(50)),
        ResNet("resnet101", ResNetPaper, ResNetDesign.OfDepth(101)),
        ResNet("resnet152", ResNetPaper, ResNetDesign.OfDepth(152)),
        ResNet("resnext50_32x4d", ResNextPaper, ResNetDesign.OfDepth(50) with { Groups = 32, WidthPerGroup = 4 }),
        ResNet("resnext101_32x8d", ResNextPaper, ResNetDesign.OfDepth(101) with { Groups = 32, WidthPerGroup = 8 }),
        ResNet("resnext101_64x4d", ResNextPaper, ResNetDesign.OfDepth(101) with { Groups = 64, WidthPerGroup = 4 }),
        ResNet("wide_resnet50_2", WideResNetPaper, ResNetDesign.OfDepth(50) with { WidthPerGroup = 128 }),
        ResNet("wide_resnet101_2", WideResNetPaper, ResNetDesign.OfDepth(101) with { WidthPerGroup = 128 }),
        SqueezeResNet("se_resnet50", ResNetDesign.OfDepth(50)),
        SqueezeResNet("se_resnet101", ResNetDesign.OfDepth(101)),
        SqueezeResNet("se_resnet152", ResNetDesign.OfDepth(152)),
        SqueezeResNet("se_resnext50_32x4d", ResNetDesign.OfDepth(50) with { Groups = 32, WidthPerGroup = 4 }),
        SqueezeResNet("se_resnext101_32x4d", ResNetDesign.OfDepth(101) with { Groups = 32, WidthPerGroup = 4 }),
        VisionTransformer("vit_b_16", VisionTransformerDesign.Base(16)),
        VisionTransformer("vit_b_32", VisionTransformerDesign.Base(32)),
        VisionTransformer("vit_l_16", VisionTransformerDesign.Large(16)),
        VisionTransformer("vit_l_32", VisionTransformerDesign.Large(32)),
        VisionTransformer("vit_h_14", VisionTransformerDesign.Huge(14)),
        Swin("swin_t", SwinTransformerDesign.Tiny),
        Swin("swin_s", SwinTransformerDesign.Small),
        Swin("swin_b", SwinTransformerDesign.Base),
        Mixer("mixer_s_32", MlpMixerDesign.Small(32)),
        Mixer("mixer_s_16", MlpMixerDesign.Small(16)),
        Mixer("mixer_b_32", MlpMixerDesign.Base(32)),
        Mixer("mixer_b_16", MlpMixerDesign.Base(16)),
        Mixer("mixer_l_16", MlpMixerDesign.Large(16)),
        .. MobileNets(),
        .. EfficientNets(),
        .. RegNets(),
        .. ConvNeXts(),
        .. ShuffleNets(),
        .. ((int[])[20, 32, 44, 56, 110]).Select(depth => new ClassifierEntry($"cifar_resnet{depth}", ResNetPaper,
            (options, generator) => new CifarResNet(depth, options, generator)) { ImageSize = 32 }),
        SmallWideResNet(10, 2),
        SmallWideResNet(16, 4),
        SmallWideResNet(16, 8),
        SmallWideResNet(28, 2),
        SmallWideResNet(28, 10),
        new("alexnet", AlexNetPaper, (options, generator) => new AlexNet(options, generator)),
        .. ((int[])[11, 13, 16, 19]).SelectMany(depth => (ClassifierEntry[])
            [Vgg($"vgg{depth}", depth, false), Vgg($"vgg{depth}_bn", depth, true)]),
        .. ((int[])[121, 161, 169, 201]).Select(depth => new ClassifierEntry($"densenet{depth}", DenseNetPaper,
            (options, generator) => new DenseNet(DenseNetDesign.OfDepth(depth), options, generator))),
        new("darknet53", "Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018",
            (options, generator) => new Darknet53(options, generator))
            { ImageSize = 256, Normalization = Normalization.None, ReadsDarknet = true },
        .. ((int[])[18, 32, 48]).Select(width => new ClassifierEntry($"hrnet_w{width}",
            "Wang et al., Deep High-Resolution Representation Learning for Visual Recognition, PAMI 2021",
            (options, generator) => new HrNet(HrNetDesign.OfWidth(width), options, generator))),
        new("googlenet", GoogLeNetPaper, (options, generator) => new GoogLeNet(options, generator)),
    ];

    private static ClassifierEntry Vgg(string id, int depth, bool batchNorm) =>
        new(id, VggPaper, (options, generator) => new Vgg(VggDesign.OfDepth(depth, batchNorm), options, generator));

    private static ClassifierEntry ResNet(string id, string paper, ResNetDesign design) =>
        new(id, paper, (options, generator) => new ResNet(design, options, generator));

    private static ClassifierEntry SqueezeResNet(string id, ResNetDesign design) =>
        ResNet(id, "Hu et al., Squeeze-and-Excitation Networks, CVPR 2018", design with { SqueezeRatio = 16 });

    private static ClassifierEntry VisionTransformer(string id, VisionTransformerDesign design) =>
        new(id, VisionTransformerPaper, (options, generator) => new VisionTransformer(design, options, generator));

    private static ClassifierEntry Swin(string id, SwinTransformerDesign design) =>
        new(id, SwinPaper, (options, generator) => new SwinTransformer(design, options, generator));

    private static ClassifierEntry Mixer(string id, MlpMixerDesign design) =>
        new(id, MixerPaper, (options, generator) => new MlpMixer(design, options, generator));

    private static ClassifierEntry SmallWideResNet(int depth, int widen) => new($"wrn_{depth}_{widen}", WideResNetPaper,
        (options, generator) => new SmallWideResNet(depth, widen, options, generator)) { ImageSize = 32 };
}
