using Fovea.Backbones;
using Fovea.Segmentation;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    // Classification networks turned into dense ones.
    private static IEnumerable<SegmenterEntry> FullyConvolutional() =>
    [
        DilatedFcnResNet(18),
        DilatedFcnResNet(50),
        DilatedFcnResNet(101),
    ];

    private static SegmenterEntry DilatedFcnResNet(int depth) => new(
        $"fcn_resnet{depth}", "Long et al., Fully Convolutional Networks, CVPR 2015; with dilation of Yu and Koltun, ICLR 2016",
        SegmenterEntry.Dilated,
        (classCount, settings, generator) => new DilatedFcn(
            new ResNet(depth, settings.ToBackbone(8), generator), settings.ToOptions(classCount), generator))
        { BackboneId = $"resnet{depth}" };
}
