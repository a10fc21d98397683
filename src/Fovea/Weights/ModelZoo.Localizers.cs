using Fovea.Detection;
using S = Fovea.Weights.DetectorSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    // It finds one object at most, so a limit on their number is no more than what it is.
    private static readonly DetectorFamily LocalizerFamily = new()
    {
        Task = "localize", ClassLayers = ["class_head."], ClassBias = "class_head.bias", Backbone = "backbone.",
        Settings =
        [
            nameof(S.MinSize), nameof(S.MaxSize), nameof(S.Rounding), nameof(S.FrozenBatchNorm), nameof(S.BatchNormEpsilon),
            nameof(S.ScoreThreshold), nameof(S.DetectionsPerImage), nameof(S.SampleAll),
        ],
        Lengths = settings =>
        {
            LocalizerOptionsOf(settings);
            return [("box_head.bias", 4)];
        },
    };

    private static IEnumerable<DetectorEntry> Localizers() => [Localizer("resnet18"), Localizer("resnet50")];

    private static DetectorEntry Localizer(string backbone) => new(
        $"localizer_{backbone}", "Sermanet et al., OverFeat, ICLR 2014; single-object localisation of ILSVRC", LocalizerFamily,
        (classCount, settings, generator) => new Localizer(
            FindClassifier(backbone).Create(settings.ToBackbone(), generator), classCount, LocalizerOptionsOf(settings), generator))
        { BackboneId = backbone };

    private static LocalizerOptions LocalizerOptionsOf(DetectorSettings settings)
    {
        var defaults = new LocalizerOptions();
        DetectionTransform transform = settings.Change(defaults.Transform);
        return defaults with
        {
            Transform = transform with { MaxSize = settings.MaxSize ?? transform.MinSize },
            ScoreThreshold = settings.ScoreThreshold ?? defaults.ScoreThreshold,
        };
    }
}
