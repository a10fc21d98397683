using Fovea.Imaging;

namespace Fovea.Structures;

/// <summary>What a segmenter says of one picture, in the picture's own pixels.</summary>
/// <param name="Map">The most probable class of each pixel.</param>
/// <param name="Confidence">Height x width bytes, row by row: the probability of that class, 0 to 255 for 0 to 1.</param>
public sealed record SegmentationPrediction(SegmentationMap Map, byte[] Confidence)
{
    /// <summary>The second map of a network with two heads; null where there is one map.</summary>
    public SegmentationPrediction? Second { get; init; }

    /// <summary>Height and width of the picture.</summary>
    public ImageSize Size => Map.Size;

    /// <summary>Pixels of each class, and the mean of their confidence, 0 to 1; NaN for a class without pixels.</summary>
    /// <param name="classCount">K.</param>
    public (long Pixels, double Confidence)[] Summary(int classCount)
    {
        var pixels = new long[classCount];
        var sums = new long[classCount];
        for (int i = 0; i < Confidence.Length; i++)
        {
            byte label = Map.Labels[i];
            pixels[label]++;
            sums[label] += Confidence[i];
        }
        return [.. pixels.Select((count, k) => (count, count > 0 ? sums[k] / 255.0 / count : double.NaN))];
    }
}
