using Fovea.Backbones;
using Fovea.Segmentation;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string DilatedFcnPaper =
        "Long et al., Fully Convolutional Networks, CVPR 2015; with dilation of Yu and Koltun, ICLR 2016";

    private const string FcnPaper = "Long et al., Fully Convolutional Networks for Semantic Segmentation, CVPR 2015";

    // Sky, horizontal and vertical, as in the paper, where neither data nor checkpoint say how many there are.
    private const int GeometricClasses = 3;
    private const string TwoHeads = "_two_heads";

    // Classification networks turned into dense ones.
    private static IEnumerable<SegmenterEntry> FullyConvolutional() =>
    [
        Patches("patch_classifier_small", 8, 16, 32),
        Patches("patch_classifier", 16, 64, 256),
        new("fcn32s_googlenet", FcnPaper, [nameof(S.Dropout), nameof(S.FrozenBatchNorm)], (classCount, settings, generator) =>
            Fcn.OnGoogLeNet(new GoogLeNet(settings.ToBackbone(), generator), settings.ToOptions(classCount), generator))
            { BackboneId = "googlenet" },
        new("fcn32s_alexnet", FcnPaper, [nameof(S.Dropout), nameof(S.HeadWidth)], (classCount, settings, generator) =>
            Fcn.OnAlexNet(new AlexNet(settings.ToBackbone(), generator), settings.ToOptions(classCount), settings.HeadWidth ?? 4096, generator))
        {
            BackboneId = "alexnet",
            FullyConnected = new Dictionary<string, string> { ["classifier.1."] = "fc6.", ["classifier.4."] = "fc7." },
        },
        FcnVgg16(32),
        FcnVgg16(16),
        FcnVgg16(8),
        DilatedFcnResNet(18, GeometricClasses),
        FcnVgg16(16, GeometricClasses),
        DilatedFcnResNet(18),
        DilatedFcnResNet(50),
        DilatedFcnResNet(101),
        ParseNetVgg(11),
        ParseNetVgg(16),
    ];

    private static SegmenterEntry Patches(string id, params int[] channels) => new(
        id, "Farabet et al., Learning Hierarchical Features for Scene Labeling, PAMI 2013", [],
        (classCount, settings, generator) => new PatchClassifier(channels, settings.ToOptions(classCount), generator));

    private static SegmenterEntry FcnVgg16(int stride, int secondClasses = 0) => new(
        $"fcn{stride}s_vgg16{(secondClasses > 0 ? TwoHeads : "")}", FcnPaper,
        [nameof(S.Dropout), nameof(S.HeadWidth), .. Second(secondClasses)],
        (classCount, settings, generator) => Fcn.OnVgg(new Vgg(VggDesign.OfDepth(16), settings.ToBackbone(), generator), stride,
            settings.ToOptions(classCount, secondClasses), settings.HeadWidth ?? 4096, generator))
    {
        BackboneId = "vgg16",
        FullyConnected = new Dictionary<string, string> { ["classifier.0."] = "fc6.", ["classifier.3."] = "fc7." },
    };

    private static string[] Second(int classes) => classes > 0 ? [nameof(S.SecondClassCount)] : [];

    private static SegmenterEntry DilatedFcnResNet(int depth, int secondClasses = 0) => new(
        $"fcn_resnet{depth}{(secondClasses > 0 ? TwoHeads : "")}", secondClasses > 0 ? FcnPaper : DilatedFcnPaper,
        [.. SegmenterEntry.Dilated, .. Second(secondClasses)],
        (classCount, settings, generator) => new DilatedFcn(
            new ResNet(depth, settings.ToBackbone(8), generator), settings.ToOptions(classCount, secondClasses), generator))
        { BackboneId = $"resnet{depth}" };

    private static SegmenterEntry ParseNetVgg(int depth) => new(
        $"parsenet_vgg{depth}", "Liu et al., ParseNet: Looking Wider to See Better, 2015", [nameof(S.Dropout), nameof(S.Width)],
        (classCount, settings, generator) => new ParseNet(new Vgg(VggDesign.OfDepth(depth), settings.ToBackbone(8), generator),
            settings.ToOptions(classCount), settings.Width ?? 1024, generator))
        { BackboneId = $"vgg{depth}" };
}
