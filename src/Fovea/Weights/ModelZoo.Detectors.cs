namespace Fovea.Weights;

public static partial class ModelZoo
{
    /// <summary>All detectors, in the order of their ideas; of each paper the smallest one first.</summary>
    public static IReadOnlyList<DetectorEntry> Detectors => field ??=
    [
        .. FasterRcnns(),
        .. Ssds(),
        .. RetinaNets(),
        .. Fcoses(),
        .. MaskRcnns(),
        .. YoloV1s(),
        .. YoloV3s(),
        .. IouNets(),
        .. CornerNets(),
        .. Localizers(),
    ];

    /// <summary>The detector of this name.</summary>
    /// <exception cref="ArgumentException">There is no such model, or it does something else.</exception>
    public static DetectorEntry FindDetector(string id) => Find(id) as DetectorEntry
        ?? throw new ArgumentException($"{id} is no detector: its task is '{Find(id).Task}'.", nameof(id));
}
