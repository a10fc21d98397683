namespace Fovea.Metrics;

/// <summary>One annotated object, as COCO's evaluation sees it.</summary>
/// <typeparam name="TShape">What overlaps are measured on: a <see cref="CocoBox"/>, or another shape.</typeparam>
/// <param name="Category">Zero-based index of its category.</param>
/// <param name="Shape">Where it is.</param>
/// <param name="Area">Its annotated area in square pixels, which decides whether it is small, medium or large.</param>
/// <param name="IsCrowd">It stands for a group: need not be found, and any number of detections may fall on it unpunished.</param>
/// <param name="IsIgnored">It need not be found, and one detection may fall on it unpunished: a person without labelled key
/// points.</param>
public readonly record struct CocoTruth<TShape>(
    int Category, TShape Shape, double Area, bool IsCrowd = false, bool IsIgnored = false)
{
    /// <summary>True when it counts as an object to find, as far as its area allows.</summary>
    internal bool Counts => !IsCrowd && !IsIgnored;
}

/// <summary>One detected object, as COCO's evaluation sees it.</summary>
/// <typeparam name="TShape">What overlaps are measured on: a <see cref="CocoBox"/>, or another shape.</typeparam>
/// <param name="Category">Zero-based index of its category.</param>
/// <param name="Shape">Where it is.</param>
/// <param name="Area">Its area in square pixels: a detection that found nothing is only wrong in the ranges that hold it.</param>
/// <param name="Score">How sure the detector is; only the order matters.</param>
public readonly record struct CocoDetection<TShape>(int Category, TShape Shape, double Area, double Score);
