using Fovea.Backbones;

namespace Fovea.Weights;

// Classification networks made for little arithmetic, and their kin.
public static partial class ModelZoo
{
    private const string MobileNetV1Paper = "Howard et al., MobileNets, 2017",
        MobileNetV2Paper = "Sandler et al., MobileNetV2, CVPR 2018",
        MobileNetV3Paper = "Howard et al., Searching for MobileNetV3, ICCV 2019",
        EfficientNetPaper = "Tan and Le, EfficientNet, ICML 2019",
        EfficientNetV2Paper = "Tan and Le, EfficientNetV2, ICML 2021",
        RegNetPaper = "Radosavovic et al., Designing Network Design Spaces, CVPR 2020",
        ConvNeXtPaper = "Liu et al., A ConvNet for the 2020s, CVPR 2022",
        ShuffleNetV1Paper = "Zhang et al., ShuffleNet, CVPR 2018",
        ShuffleNetV2Paper = "Ma et al., ShuffleNet V2, ECCV 2018";

    private static ClassifierEntry[] MobileNets() =>
    [
        MobileNetV1("mobilenet_v1", 1),
        MobileNetV1("mobilenet_v1_x0_75", 0.75),
        MobileNetV1("mobilenet_v1_x0_5", 0.5),
        MobileNetV1("mobilenet_v1_x0_25", 0.25),
        new("mobilenet_v2", MobileNetV2Paper, (options, generator) => new MobileNetV2(options, generator)),
        MobileNetV3("mobilenet_v3_large", MobileNetV3Design.Large),
        MobileNetV3("mobilenet_v3_small", MobileNetV3Design.Small),
    ];

    private static ClassifierEntry[] EfficientNets() =>
    [
        .. Enumerable.Range(0, 8).Select(number =>
            EfficientNet($"efficientnet_b{number}", EfficientNetPaper, EfficientNetDesign.B(number))),
        EfficientNet("efficientnet_v2_s", EfficientNetV2Paper, EfficientNetDesign.V2Small),
        EfficientNet("efficientnet_v2_m", EfficientNetV2Paper, EfficientNetDesign.V2Medium),
        EfficientNet("efficientnet_v2_l", EfficientNetV2Paper, EfficientNetDesign.V2Large),
    ];

    private static ClassifierEntry[] RegNets() =>
    [
        RegNet("regnet_y_400mf", RegNetDesign.Y(400)),
        RegNet("regnet_y_800mf", RegNetDesign.Y(800)),
        RegNet("regnet_y_1_6gf", RegNetDesign.Y(1600)),
        RegNet("regnet_y_3_2gf", RegNetDesign.Y(3200)),
        RegNet("regnet_y_8gf", RegNetDesign.Y(8000)),
        RegNet("regnet_y_16gf", RegNetDesign.Y(16000)),
        RegNet("regnet_y_32gf", RegNetDesign.Y(32000)),
        RegNet("regnet_y_128gf", RegNetDesign.Y(128000)),
        RegNet("regnet_x_400mf", RegNetDesign.X(400)),
        RegNet("regnet_x_800mf", RegNetDesign.X(800)),
        RegNet("regnet_x_1_6gf", RegNetDesign.X(1600)),
        RegNet("regnet_x_3_2gf", RegNetDesign.X(3200)),
        RegNet("regnet_x_8gf", RegNetDesign.X(8000)),
        RegNet("regnet_x_16gf", RegNetDesign.X(16000)),
        RegNet("regnet_x_32gf", RegNetDesign.X(32000)),
    ];

    private static ClassifierEntry[] ConvNeXts() =>
    [
        ConvNeXt("convnext_tiny", ConvNeXtDesign.Tiny),
        ConvNeXt("convnext_small", ConvNeXtDesign.Small),
        ConvNeXt("convnext_base", ConvNeXtDesign.Base),
        ConvNeXt("convnext_large", ConvNeXtDesign.Large),
    ];

    private static ClassifierEntry[] ShuffleNets() =>
    [
        .. ((int[])[1, 2, 3, 4, 8]).Select(groups => ShuffleNetV1($"shufflenet_v1_g{groups}", groups, 1)),
        .. ((int[])[3, 8]).SelectMany(groups => (ClassifierEntry[])
        [
            ShuffleNetV1($"shufflenet_v1_g{groups}_x0_5", groups, 0.5),
            ShuffleNetV1($"shufflenet_v1_g{groups}_x1_5", groups, 1.5),
            ShuffleNetV1($"shufflenet_v1_g{groups}_x2_0", groups, 2),
        ]),
        ShuffleNetV2("shufflenet_v2_x0_5", 0.5),
        ShuffleNetV2("shufflenet_v2_x1_0", 1),
        ShuffleNetV2("shufflenet_v2_x1_5", 1.5),
        ShuffleNetV2("shufflenet_v2_x2_0", 2),
    ];

    private static ClassifierEntry MobileNetV1(string id, double width) =>
        new(id, MobileNetV1Paper, (options, generator) => new MobileNetV1(width, options, generator));

    private static ClassifierEntry MobileNetV3(string id, MobileNetV3Design design) =>
        new(id, MobileNetV3Paper, (options, generator) => new MobileNetV3(design, options, generator));

    private static ClassifierEntry EfficientNet(string id, string paper, EfficientNetDesign design) =>
        new(id, paper, (options, generator) => new EfficientNet(design, options, generator)) { ImageSize = design.ImageSize };

    private static ClassifierEntry RegNet(string id, RegNetDesign design) =>
        new(id, RegNetPaper, (options, generator) => new RegNet(design, options, generator));

    private static ClassifierEntry ConvNeXt(string id, ConvNeXtDesign design) =>
        new(id, ConvNeXtPaper, (options, generator) => new ConvNeXt(design, options, generator));

    private static ClassifierEntry ShuffleNetV1(string id, int groups, double scale) =>
        new(id, ShuffleNetV1Paper, (options, generator) => new ShuffleNetV1(groups, options, generator, scale));

    private static ClassifierEntry ShuffleNetV2(string id, double complexity) =>
        new(id, ShuffleNetV2Paper, (options, generator) => new ShuffleNetV2(complexity, options, generator));
}
