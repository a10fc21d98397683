using Fovea.Backbones;
using Fovea.Detection;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private static IEnumerable<DetectorEntry> CornerNets() =>
    [
        CornerNet("cornernet_small", HourglassDesign.Small, new CornerNetOptions
        {
            PoolChannels = 32, Transform = new DetectionTransform { MinSize = 256, MaxSize = 384 },
        }),
        CornerNet("cornernet_hourglass104", HourglassDesign.Hourglass104, new CornerNetOptions()),
    ];

    private static DetectorEntry CornerNet(string id, HourglassDesign design, CornerNetOptions defaults) => new(
        id, "Law and Deng, CornerNet: Detecting Objects as Paired Keypoints, ECCV 2018", CornerNetFamily(design, defaults),
        (classCount, settings, generator) =>
            new CornerNet(design, classCount, CornerNetOptionsOf(settings, defaults), settings.ToBackbone(), generator));

    // Every choice is free of chance already, so learning from all changes nothing.
    private static DetectorFamily CornerNetFamily(HourglassDesign design, CornerNetOptions defaults) => new()
    {
        ClassLayers = [.. from corner in (string[])["top_left", "bottom_right"]
                          from stack in Enumerable.Range(0, design.Stacks)
                          select $"{corner}.{stack}.heat.1."],
        ClassBias = "top_left.0.heat.1.0.bias", ClassCount = (length, _) => length + 1, Backbone = "backbone.",
        Settings =
        [
            nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon),
            nameof(S.ScoreThreshold), nameof(S.NmsThreshold), nameof(S.DetectionsPerImage), nameof(S.SampleAll),
        ],
        Lengths = settings =>
        {
            CornerNetOptionsOf(settings, defaults);
            return [("backbone.stem.0.1.bias", design.Stem), ("top_left.0.pooling.vertical.1.bias", defaults.PoolChannels)];
        },
    };

    private static CornerNetOptions CornerNetOptionsOf(DetectorSettings settings, CornerNetOptions defaults) => defaults with
    {
        Transform = settings.Change(defaults.Transform), Selection = settings.Change(defaults.Selection),
    };
}
