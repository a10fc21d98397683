namespace Fovea.Weights;

public static partial class ModelZoo
{
    /// <summary>All networks for semantic segmentation, in the order of their ideas; of each paper the smallest one first.</summary>
    public static IReadOnlyList<SegmenterEntry> Segmenters => field ??=
    [
        .. FullyConvolutional(),
        .. DeepLab(),
        .. EncoderDecoders(),
        .. Contexts(),
        .. MultiResolution(),
        .. Transformers(),
    ];

    /// <summary>The segmentation network of this name.</summary>
    /// <exception cref="ArgumentException">There is no such model, or it does something else.</exception>
    public static SegmenterEntry FindSegmenter(string id) => Find(id) as SegmenterEntry
        ?? throw new ArgumentException($"{id} is no segmentation network: its task is '{Find(id).Task}'.", nameof(id));
}
