namespace Fovea.Structures;

/// <summary>One key point of an object.</summary>
/// <param name="X">Horizontal position in continuous absolute pixels.</param>
/// <param name="Y">Vertical position in continuous absolute pixels.</param>
/// <param name="Visibility">COCO's: 0 not labelled, 1 labelled but hidden, 2 labelled and visible.</param>
public readonly record struct Keypoint(double X, double Y, int Visibility);
