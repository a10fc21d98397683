using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>Decides which true box each anchor or region should learn: the one that it overlaps most, if that is enough.</summary>
/// <remarks>Ren, He, Girshick, Sun: "Faster R-CNN" (NIPS 2015), section 3.1.2; the numbers are those of torchvision's Matcher over
/// box_iou. Letters: G true boxes, A anchors.</remarks>
public sealed class Matcher
{
    /// <summary>The anchor overlaps no true box enough to count: background.</summary>
    public const long Background = MatcherKernel.Background;

    /// <summary>The anchor overlaps too much for background and too little for a match: it is left out of the loss.</summary>
    public const long Between = MatcherKernel.Between;

    private readonly double _high, _low;
    private readonly bool _keepBest;

    /// <summary>A matcher with its thresholds.</summary>
    /// <param name="high">An intersection over union of at least this is a match.</param>
    /// <param name="low">One below this is background.</param>
    /// <param name="keepBest">Also match, for each true box, the anchors that overlap it most, however little. A true box that
    /// meets no anchor at all thereby matches every anchor to that anchor's own best box, as in torchvision.</param>
    /// <exception cref="ArgumentException">The thresholds are not in order.</exception>
    public Matcher(double high, double low, bool keepBest)
    {
        if (!(low <= high))
            throw new ArgumentException($"The threshold for background, {low}, must not exceed the one for objects, {high}.", nameof(low));
        (_high, _low, _keepBest) = (high, low, keepBest);
    }

    /// <summary>Matches every anchor.</summary>
    /// <param name="truth">G x 4, x1 y1 x2 y2; G may be 0, then all anchors are background.</param>
    /// <param name="anchors">A x 4, in the same frame.</param>
    /// <returns>A, int64: index of the true box, <see cref="Background"/> or <see cref="Between"/>. Without gradient.</returns>
    public Tensor Match(Tensor truth, Tensor anchors)
    {
        if (truth.Dim != 2 || truth.Size(1) != 4 || anchors.Dim != 2 || anchors.Size(1) != 4)
            throw new ArgumentException($"The true boxes are {truth.Describe()} and the anchors {anchors.Describe()}, but "
                + "both need to be boxes x 4.");
        if (truth.Size(0) == 0 || anchors.Size(0) == 0) return Tensor.Full([anchors.Size(0)], Background, DType.Int64, anchors.Device);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        if (!KernelChoice.Applies(anchors) || !KernelChoice.Applies(truth)) return scope.Keep(Compose(truth, anchors));
        Tensor matches = Tensor.Empty([anchors.Size(0)], DType.Int64);
        MatcherKernel.Match(truth.Contiguous().Span<float>(), anchors.Contiguous().Span<float>(), (float)_high, (float)_low, _keepBest,
            matches.Span<long>());
        return scope.Keep(matches);
    }

    /// <summary>What each anchor should say.</summary>
    /// <param name="matches">A, from <see cref="Match"/>.</param>
    /// <param name="labels">G, int64: the class of each true box, 1 or more; null where an object is simply 1.</param>
    /// <returns>A, int64: the class, 0 for background, -1 to be left out.</returns>
    public static Tensor Labels(Tensor matches, Tensor? labels)
    {
        using var scope = new TensorScope();
        Tensor classes = labels is null || labels.Numel == 0
            ? (matches >= 0).To(DType.Int64)
            : labels.IndexSelect(0, matches.Clamp(min: 0));
        return scope.Keep(classes.MaskedFill(matches.Eq(Background), 0).MaskedFill(matches.Eq(Between), -1));
    }

    // On any device; the matrix of overlaps is G x A.
    private Tensor Compose(Tensor truth, Tensor anchors)
    {
        DType type = anchors.DType == DType.Float64 ? DType.Float64 : DType.Float32;
        Tensor overlaps = BoxOverlap.Matrix(truth.To(type), anchors.To(type), generalized: false);
        overlaps = overlaps.MaskedFill(overlaps.IsNaN(), double.NegativeInfinity);
        (Tensor best, Tensor match) = overlaps.Max(0);
        Tensor result = match.MaskedFill(best < _high, Between).MaskedFill(best < _low, Background);
        if (!_keepBest) return result;
        Tensor kept = (overlaps.Eq(overlaps.Max(1, keepDimension: true).Values) & (overlaps > double.NegativeInfinity)).Any(0);
        return kept.Where(match, result);
    }
}
