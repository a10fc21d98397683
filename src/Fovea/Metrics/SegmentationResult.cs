using Fovea.Structures;

namespace Fovea.Metrics;

/// <summary>How well the classes of pixels were told.</summary>
/// <remarks>Figures as in Long, Shelhamer, Darrell: "Fully Convolutional Networks for Semantic Segmentation" (CVPR 2015), section 5, over all
/// pixels of all pictures together. A class that neither occurs nor was predicted is left out of the means.</remarks>
/// <param name="Confusion">How often each class was taken for each other one, in pixels.</param>
/// <param name="Categories">The classes, in the order of the matrix.</param>
public sealed record SegmentationResult(ConfusionMatrix Confusion, IReadOnlyList<Category> Categories)
{
    /// <summary>The same of the second map of a network with two heads; null where there is one map.</summary>
    public SegmentationResult? Second { get; init; }

    /// <summary>Share of pixels whose class is right.</summary>
    public double PixelAccuracy => Confusion.Accuracy;

    /// <summary>Mean over the classes of the share of their pixels that are right.</summary>
    public double MeanAccuracy => Confusion.MeanRecall;

    /// <summary>Mean over the classes of intersection over union.</summary>
    public double MeanIoU => Confusion.MeanIoU;

    /// <summary>Mean intersection over union, each class by how often it occurs.</summary>
    public double FrequencyWeightedIoU => Confusion.FrequencyWeightedIoU;
}
