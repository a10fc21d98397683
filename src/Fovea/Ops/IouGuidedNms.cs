using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>IoU-guided NMS: of boxes that overlap, the one that is believed to lie best stays, with the best of their scores.</summary>
/// <remarks>Jiang, Luo, Mao, Xiao, Jiang: "Acquisition of Localization Confidence for Accurate Object Detection" (ECCV 2018), algorithm 1.
/// Scores tell how surely a box holds an object, not how well it lies; the localisation confidence, an IoU that a network predicts,
/// does. It works on the CPU in single precision: what lies on another device is copied there and back. Without gradient. Letters: N
/// boxes, M of them that stay.</remarks>
public static class IouGuidedNms
{
    /// <summary>Suppresses among the boxes of each class.</summary>
    /// <param name="boxes">N x 4, x1 y1 x2 y2 in any one frame.</param>
    /// <param name="scores">N: classification confidence.</param>
    /// <param name="confidence">N: localisation confidence, of which only the order matters; equal ones keep the order of the
    /// boxes.</param>
    /// <param name="classes">N, int64: boxes of different classes leave each other alone.</param>
    /// <param name="iouThreshold">A box joins the cluster of one of more confidence when their IoU exceeds this.</param>
    /// <returns>M int64: indices of the boxes that stay, and M: the best score of the cluster of each, of the scores' type; best score
    /// first.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static (Tensor Indices, Tensor Scores) KeepPerClass(Tensor boxes, Tensor scores, Tensor confidence, Tensor classes,
        double iouThreshold)
    {
        Nms.Check(boxes, scores);
        Nms.CheckClasses(classes, scores);
        if (confidence.Dim != 1 || confidence.Numel != scores.Numel || !confidence.DType.IsFloatingPoint())
            throw new ArgumentException($"The confidence is {confidence.Describe()}, but one number a box is needed, " +
                $"[{scores.Numel}].", nameof(confidence));
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor groups = classes.To(Device.Cpu).Contiguous();
        (long[] indices, float[] best) = IouGuidedNmsKernel.KeepPerClass(Values(boxes), Values(scores), Values(confidence),
            groups.Span<long>(), NmsKernel.RoundDown(iouThreshold));
        return (scope.Keep(Tensor.From(indices, indices.Length).To(scores.Device)),
            scope.Keep(Tensor.From(best, best.Length).To(scores.Device, scores.DType)));
    }

    private static Span<float> Values(Tensor tensor) => tensor.To(Device.Cpu, DType.Float32).Contiguous().Span<float>();
}
