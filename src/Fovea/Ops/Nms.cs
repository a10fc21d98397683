using Fovea.Ops.Compositions;
using Fovea.Ops.Kernels;
using Fovea.Torch;

namespace Fovea.Ops;

/// <summary>NMS, greedy non-maximum suppression: of boxes that overlap, the one with the best score stays.</summary>
/// <remarks>Kept indices are torchvision's, including ties: equal scores keep their order, the earlier box wins. Without gradient.
/// Letters: N boxes.</remarks>
public static class Nms
{
    /// <summary>Suppresses among all boxes.</summary>
    /// <param name="boxes">N x 4, x1 y1 x2 y2 in any one frame.</param>
    /// <param name="scores">N.</param>
    /// <param name="iouThreshold">A box goes when its intersection over union with a better one exceeds this.</param>
    /// <returns>Indices of the kept boxes, int64, best score first.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor Keep(Tensor boxes, Tensor scores, double iouThreshold)
    {
        Check(boxes, scores);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        if (!KernelChoice.Applies(boxes)) return scope.Keep(NmsComposition.Keep(boxes, scores, iouThreshold, classes: null));
        return scope.Keep(ToTensor(NmsKernel.Keep(Values(boxes), Values(scores), iouThreshold)));
    }

    /// <summary>As <see cref="Keep"/>, but boxes of different classes leave each other alone.</summary>
    /// <param name="boxes">N x 4, x1 y1 x2 y2 in any one frame.</param>
    /// <param name="scores">N.</param>
    /// <param name="classes">N, int64: class of each box, or any other group, such as a level of a pyramid.</param>
    /// <param name="iouThreshold">As in <see cref="Keep"/>.</param>
    /// <returns>Indices of the kept boxes, int64, best score first.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public static Tensor KeepPerClass(Tensor boxes, Tensor scores, Tensor classes, double iouThreshold)
    {
        Check(boxes, scores);
        CheckClasses(classes, scores);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        if (!KernelChoice.Applies(boxes)) return scope.Keep(NmsComposition.KeepPerClass(boxes, scores, classes, iouThreshold));
        Span<long> groups = classes.Contiguous().Span<long>();
        return scope.Keep(ToTensor(NmsKernel.KeepPerClass(Values(boxes), Values(scores), groups, iouThreshold)));
    }

    private static Span<float> Values(Tensor tensor) => tensor.Contiguous().Span<float>();

    private static Tensor ToTensor(long[] indices) => Tensor.From(indices, indices.Length);

    /// <summary>Boxes are N x 4, scores N.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    internal static void Check(Tensor boxes, Tensor scores)
    {
        if (boxes.Dim != 2 || boxes.Size(1) != 4)
            throw new ArgumentException($"The boxes are {boxes.Describe()}, but N x 4 is needed: x1, y1, x2, y2.", nameof(boxes));
        if (scores.Dim != 1 || scores.Numel != boxes.Size(0) || scores.DType != boxes.DType || scores.Device != boxes.Device)
            throw new ArgumentException($"The boxes are {boxes.Describe()} and the scores {scores.Describe()}: "
                + "one score a box is needed, of the same type and on the same device.", nameof(scores));
    }

    /// <summary>Classes are N, int64.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    internal static void CheckClasses(Tensor classes, Tensor scores)
    {
        if (classes.Dim != 1 || classes.Numel != scores.Numel || classes.DType != DType.Int64)
            throw new ArgumentException($"The classes are {classes.Describe()}, but "
                + $"int64[{scores.Numel}] is needed: one class a box.", nameof(classes));
    }
}
