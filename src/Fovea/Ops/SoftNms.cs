using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>By how much a box's score falls when it overlaps a better box.</summary>
public enum SoftNmsDecay
{
    /// <summary>Times 1 - IoU where the IoU is at least the threshold (equation 2).</summary>
    Linear,
    /// <summary>Times exp(-IoU^2 / sigma), whatever the IoU (equation 3).</summary>
    Gaussian,
}

/// <summary>The numbers of <see cref="SoftNms"/>.</summary>
public sealed record SoftNmsOptions
{
    /// <summary>How scores fall.</summary>
    public SoftNmsDecay Decay { get; init; } = SoftNmsDecay.Gaussian;

    /// <summary>From which IoU on <see cref="SoftNmsDecay.Linear"/> lowers a score (N_t; section 4: 0.3).</summary>
    public double Threshold { get; init => field = Fovea.Check.Fraction(value); } = 0.3;

    /// <summary>How slowly <see cref="SoftNmsDecay.Gaussian"/> sets in: the larger, the less falls (section 4: 0.5).</summary>
    public double Sigma { get; init => field = Fovea.Check.Positive(value); } = 0.5;

    /// <summary>A box stays where its score, once fallen, is above this.</summary>
    public double MinScore { get; init => field = Fovea.Check.NotNegative(value); } = 0.001;

    /// <summary>Boxes that stay at most; null for all.</summary>
    public int? Most { get; init => field = value is null ? null : Fovea.Check.Positive(value.Value); }
}

/// <summary>Soft-NMS: boxes that overlap a better one are not dropped; their scores fall.</summary>
/// <remarks>Bodla, Singh, Chellappa, Davis: "Soft-NMS: Improving Object Detection with One Line of Code" (ICCV 2017), figure 2. The
/// best box is taken out and lowers the scores of all that are left, then the best of these, and so on. Of equal scores the earlier box
/// is taken first; scores that are not numbers are left out. It works on the CPU in single precision: what lies on another device is
/// copied there and back, so that the result is the same everywhere. Without gradient. Letters: N boxes, M of them that stay.</remarks>
public static class SoftNms
{
    /// <summary>Lowers the scores of boxes that overlap better ones of their class.</summary>
    /// <param name="boxes">N x 4, x1 y1 x2 y2 in any one frame.</param>
    /// <param name="scores">N, 0 or more.</param>
    /// <param name="classes">N, int64: boxes of different classes leave each other alone.</param>
    /// <param name="options">How scores fall, and what stays; the defaults where null.</param>
    /// <returns>M int64: indices of the boxes that stay, and M: their scores, of the scores' type; best first.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static (Tensor Indices, Tensor Scores) KeepPerClass(Tensor boxes, Tensor scores, Tensor classes, SoftNmsOptions? options = null)
    {
        Nms.Check(boxes, scores);
        Nms.CheckClasses(classes, scores);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor groups = classes.To(Device.Cpu).Contiguous();
        (long[] indices, float[] fallen) = SoftNmsKernel.KeepPerClass(Values(boxes), Values(scores), groups.Span<long>(),
            options ?? new SoftNmsOptions());
        return (scope.Keep(Tensor.From(indices, indices.Length).To(scores.Device)),
            scope.Keep(Tensor.From(fallen, fallen.Length).To(scores.Device, scores.DType)));
    }

    private static Span<float> Values(Tensor tensor) => tensor.To(Device.Cpu, DType.Float32).Contiguous().Span<float>();
}
