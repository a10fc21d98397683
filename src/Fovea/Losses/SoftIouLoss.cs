using Fovea.Torch;

namespace Fovea.Losses;

/// <summary>Soft IoU (Jaccard) loss: 1 - I / U with I = sum p y and U = sum (p + y - p y), of each class, then the mean over
/// classes.</summary>
/// <remarks>Rahman, Wang: "Optimizing Intersection-Over-Union in Deep Neural Networks for Image Segmentation" (ISVC 2016), section 3. Sums
/// run over the whole batch, as theirs do, since a single picture lacks most classes. Letters: N pictures, K classes.</remarks>
public static class SoftIouLoss
{
    /// <summary>The loss of classes or of soft masks.</summary>
    /// <param name="logits">N x K or N x K x H x W, floating point; half types are widened to float32.</param>
    /// <param name="targets">Classes, N or N x H x W, int64 in [0, K) or the ignore index (checked on the CPU only); or masks of the
    /// logits' shape, floating point in [0, 1].</param>
    /// <param name="options">Probabilities, smoothing, absent classes, ignore index.</param>
    /// <returns>A scalar between 0 and 1; 0 where nothing counts.</returns>
    /// <exception cref="ArgumentException">Shapes or types do not fit.</exception>
    public static Tensor Compute(Tensor logits, Tensor targets, OverlapOptions? options = null)
    {
        options ??= OverlapOptions.Default;
        using var scope = new TensorScope();
        ClassOverlap overlap = ClassOverlap.Of(logits, targets, options);
        Tensor union = overlap.Predicted + overlap.True - overlap.Common;                           // K
        return scope.Keep(overlap.MeanDistance(union - overlap.Common, union, options));
    }
}
