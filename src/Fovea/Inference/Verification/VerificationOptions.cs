namespace Fovea.Inference.Verification;

/// <summary>How closely a model must meet its reference.</summary>
/// <remarks>A tensor passes when none of its elements differs by more than the absolute tolerance plus the relative one times the
/// largest magnitude in the reference tensor. The scale is the whole tensor's, because the rounding of a corner of a box or of an
/// element of a gradient follows the size of the numbers that it was computed from, not its own.</remarks>
public sealed record VerificationOptions
{
    /// <summary>Relative tolerance of boxes, scores and losses. torchvision's own float32 results lie within 1e-5 of its float64
    /// ones.</summary>
    public double RelativeTolerance { get; init => field = Check.NotNegative(value); } = 1e-4;

    /// <summary>Absolute tolerance of everything.</summary>
    public double AbsoluteTolerance { get; init => field = Check.NotNegative(value); } = 1e-7;

    /// <summary>Relative tolerance of gradients. It is wider: a rectifier whose input is rounded across zero changes no value, but
    /// switches part of a gradient (up to 4e-4 between torchvision's float32 and float64).</summary>
    public double GradientTolerance { get; init => field = Check.NotNegative(value); } = 1e-3;

    /// <summary>Whether gradients are compared, where the reference holds them.</summary>
    public bool Gradients { get; init; }
}
