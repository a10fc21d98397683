using Fovea.Backbones;

namespace Fovea.Weights;

// The classification networks, one family after the other.
public static partial class ModelZoo
{
    private const string ResNetPaper = "He et al., Deep Residual Learning for Image Recognition, CVPR 2016",
        WideResNetPaper = "Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016",
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
    ];

    private static ClassifierEntry ResNet(string id, string paper, ResNetDesign design) =>
        new(id, paper, (options, generator) => new ResNet(design, options, generator));
}
