namespace Fovea.Structures;

/// <summary>One key point of an object that was found.</summary>
/// <param name="X">Horizontal position in continuous absolute pixels of the original picture.</param>
/// <param name="Y">Vertical position in the same.</param>
/// <param name="Score">How sure the detector is; only the order matters.</param>
public readonly record struct DetectedKeypoint(float X, float Y, float Score);
